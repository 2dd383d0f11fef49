"""`bookings rebuild` and `bookings verify`: the read model against its log."""

from adapters import bootstrap
from adapters.bootstrap import Kind
from adapters.cli import output
from adapters.cli.parameters import Json
from application import rebuild as rebuilding
from application import verify as verifying
from application.rebuild import Rebuilt
from application.streams import Broken
from application.verify import Report

DIFFERENCE, BUSY = 1, 3


def rebuild(*, json: Json = False) -> None:
    try:
        rebuilt = _rebuild(_ready())
    except (Broken, rebuilding.Differs) as error:
        raise output.Failed(str(error), exit_code=DIFFERENCE) from None
    except rebuilding.NoTurn:
        raise output.Failed(
            "Nothing was swapped: somebody kept the tables in use all the time.",
            exit_code=BUSY,
        ) from None
    if json:
        output.write_json([rebuilt])
        return
    output.write(
        f"Rebuilt from {rebuilt.events} events of {rebuilt.streams} streams, and from "
        f"{rebuilt.caught_up} that changed meanwhile; "
        f"swapped at position {rebuilt.position}."
    )


def _rebuild(at: Kind) -> Rebuilt:
    with at.shadow() as shadow, output.progress("Rebuilding") as told:
        return rebuilding.rebuild(shadow, told)


def verify(*, json: Json = False) -> None:
    report = _verify(_ready())
    if json:
        output.write_json([report])
    else:
        _tell(report)
    if not report.is_sound:
        raise output.Failed(
            f"Not sound: {report.differences[0].words}", exit_code=DIFFERENCE
        )


def _verify(at: Kind) -> Report:
    with at.snapshot() as snapshot, output.progress("Verifying") as told:
        return verifying.verify(snapshot, told)


def _tell(report: Report) -> None:
    for difference in report.differences:
        output.write(difference.words)
    output.write(
        f"{report.events} events of {report.streams} streams and {report.rows} rows: "
        f"{report.found or 'no'} difference{'s' * (report.found != 1)}."
    )


def _ready() -> Kind:
    at = bootstrap.kind(bootstrap.settings())
    at.check()
    return at
