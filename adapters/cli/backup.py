"""`bookings backup`: a SQLite store, copied while it is served."""

from pathlib import Path

from adapters import bootstrap
from adapters.cli import output
from adapters.errors import StoreNotMigrated
from adapters.migrations import State
from adapters.sqlite.backup import Damaged

DAMAGED = 1
_NOT_THERE = {State.MISSING, State.TO_COME}


def backup(file: Path, /) -> None:
    back_up = bootstrap.kind(bootstrap.settings()).back_up
    if back_up is None:
        raise output.Failed("PostgreSQL has programs for that: `pg_dump` is one.")
    _must_be_a_store()
    try:
        events = back_up(file)
    except Damaged as error:
        raise output.Failed(
            f"The copy is damaged: {error}", exit_code=DAMAGED
        ) from None
    except OSError as error:
        raise output.Failed(f"{file} cannot be written: {error.strerror}.") from None
    output.write(f"Backed up {events} events to {file}.")


def _must_be_a_store() -> None:
    """Raise unless something is there; it may be of any release, as before an upgrade.

    Raises `StoreNotMigrated`.
    """
    found = bootstrap.kind(bootstrap.settings()).status()
    if all(one.state in _NOT_THERE for one in found):
        raise StoreNotMigrated(one.name for one in found)
