"""Brings a SQLite store to this release's schema, one process at a time."""

# pyright: reportMissingTypeStubs=false

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from yoyo.backends.core.sqlite3 import SQLiteBackend
from yoyo.connections import DatabaseURI

from adapters import errors, migrations
from adapters.migrations import Migration, OneTransaction
from adapters.sqlite import connection, writer
from projections.epoch import EPOCH

PACKAGE = "adapters.sqlite"


def migrate(database: Path, *, after: bool = False) -> list[str]:
    """Make the file when missing, apply what `migrations.to_do` says, and return it."""
    with _reachable():
        tables = _tables(database)
        migrations.refuse_foreign(_applied(database), tables, PACKAGE)
        database.parent.mkdir(parents=True, exist_ok=True)
        with writer.turn(database):
            connection.create(database)
            if after and _applied(database):
                _refuse_epoch(database)
            with _Backend(_address(database), migrations.TABLE) as backend:
                done = migrations.bring_up(backend, PACKAGE, after=after)
            _begin_epoch(database)
            return done


def status(database: Path) -> list[Migration]:
    with _reachable():
        return migrations.status(_applied(database), PACKAGE)


def check(database: Path) -> None:
    """Raise unless this release can work on the store; makes no file."""
    with _reachable():
        migrations.refuse_unready(_applied(database), PACKAGE)
        _refuse_epoch(database)


def _refuse_epoch(database: Path) -> None:
    with closing(connection.connect(database)) as conn:
        found = conn.execute("SELECT epoch FROM log_head WHERE id = 1")
        migrations.refuse_epoch(found.fetchone())


def _begin_epoch(database: Path) -> None:
    """Begin with this release's epoch where no read model was made by another."""
    with closing(connection.connect(database)) as conn:
        conn.execute(
            "UPDATE log_head SET epoch = ? WHERE epoch < ? "
            "AND NOT EXISTS (SELECT 1 FROM stored_events)",
            [EPOCH, EPOCH],
        )


def _tables(database: Path) -> list[str]:
    if not database.exists():
        return []
    with closing(connection.connect(database)) as conn:
        query = "SELECT name FROM sqlite_schema WHERE type = 'table'"
        return [name for (name,) in conn.execute(query)]


def _applied(database: Path) -> list[str]:
    if not database.exists():
        return []
    with closing(connection.connect(database)) as conn:
        tables = conn.execute(
            "SELECT 1 FROM sqlite_schema WHERE name = ?", [migrations.TABLE]
        )
        if tables.fetchone() is None:
            return []
        return [
            name for (name,) in conn.execute("SELECT migration_id FROM _yoyo_migration")
        ]


@contextmanager
def _reachable() -> Generator[None]:
    try:
        yield
    except (OSError, sqlite3.DatabaseError) as error:
        raise errors.StoreUnreachable(error) from error


def _address(database: Path) -> DatabaseURI:
    """Carry the path past yoyo's own parser, to which `?` and `%` mean something."""
    return DatabaseURI("sqlite", None, None, None, None, str(database), {})


class _Backend(OneTransaction, SQLiteBackend):  # type: ignore[misc]
    """Yoyo on our own connections: the same durability, no shared cache."""

    def connect(self, dburi: Any) -> sqlite3.Connection:
        return connection.connect(Path(dburi.database))
