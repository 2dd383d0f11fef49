"""`bookings backup`: a SQLite store, copied while it is served."""

from pathlib import Path

from adapters import bootstrap
from adapters.cli import output
from adapters.sqlite.backup import Damaged

DAMAGED = 1


def backup(file: Path, /) -> None:
    back_up = bootstrap.kind(bootstrap.settings()).back_up
    if back_up is None:
        raise output.Failed("PostgreSQL has programs for that: `pg_dump` is one.")
    try:
        events = back_up(file)
    except Damaged as error:
        raise output.Failed(
            f"The copy is damaged: {error}", exit_code=DAMAGED
        ) from None
    except OSError as error:
        raise output.Failed(f"{file} cannot be written: {error.strerror}.") from None
    output.write(f"Backed up {events} events to {file}.")
