"""`bookings rebuild` and `bookings verify`: the read model against its log."""

from contextlib import nullcontext, suppress
from typing import Annotated

from cyclopts import Parameter

from adapters import bootstrap
from adapters.bootstrap import Kind
from adapters.cli import output
from adapters.cli.parameters import Json
from adapters.errors import StoreBehind
from application import rebuild as rebuilding
from application import verify as verifying
from application.rebuild import Rebuilt
from application.streams import Broken
from application.verify import Report

DIFFERENCE, BUSY = 1, 3


Switch = Annotated[
    bool,
    Parameter(
        negative=(),
        help="Take over from an earlier release: its processes answer 503, and end.",
    ),
]


def rebuild(*, switch: Switch = False, json: Json = False) -> None:
    at = bootstrap.kind(bootstrap.settings())
    with suppress(StoreBehind) if switch else nullcontext():
        at.check()
    try:
        rebuilt = _rebuild(at)
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
    at = bootstrap.kind(bootstrap.settings())
    at.check()
    report = _verify(at)
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
