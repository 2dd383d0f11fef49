"""`bookings migrate`: makes the store, or brings it up in two halves."""

from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter

from adapters import bootstrap
from adapters.bootstrap import Kind
from adapters.cli import output
from adapters.cli.parameters import Json
from adapters.errors import StoreBehind
from adapters.migrations import Migration, State

NOT_READY = 1

After = Annotated[
    bool,
    Parameter(negative=(), help="Apply the after half too: no older process works."),
]
Status = Annotated[
    bool, Parameter(negative=(), help="Change nothing; say how it stands with each.")
]


def migrate(
    *, after: After = False, status: Status = False, json: Json = False
) -> None:
    kind = bootstrap.kind(bootstrap.settings())
    if status:
        _tell(kind.status(), as_json=json)
        if behind := _behind(kind):
            raise output.Failed(str(behind), exit_code=NOT_READY)
        return
    done = kind.migrate(after=after)
    if json:
        output.write_json(one for one in kind.status() if one.name in done)
        return
    for name in done:
        output.write(f"Applied {name}.")
    if not done:
        output.write("The store is up to date.")
    if any(one.state is State.TO_COME for one in kind.status()):
        output.write("The after half is to come, when no older process works any more.")
    if behind := _behind(kind):
        output.write(str(behind))


def _behind(kind: Kind) -> StoreBehind | None:
    """Return what is to be done before this release can work on the store."""
    try:
        kind.check()
    except StoreBehind as error:
        return error
    return None


def _tell(found: Sequence[Migration], *, as_json: bool) -> None:
    if as_json:
        output.write_json(found)
    else:
        for one in found:
            output.write(f"{one.state.value:18}  {one.name}")
    if any(one.state is State.MISSING for one in found):
        raise output.Failed("Run `bookings migrate`.", exit_code=NOT_READY)
