"""Brings a PostgreSQL store to this release's schema, one process at a time."""

# pyright: reportMissingTypeStubs=false

import time
from contextlib import suppress
from typing import Any

import psycopg
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI

from adapters import errors, migrations
from adapters.migrations import Migration, OneTransaction
from adapters.postgres import connection
from projections.epoch import EPOCH

PACKAGE = "adapters.postgres"

# "bookings", as eight bytes: every process must name the same lock.
LOCK = int.from_bytes(b"bookings", "big")


# Whoever calls meanwhile waits behind a migration that waits for a table: for so long,
# and then they have a while for themselves.
TABLE_TIMEOUT = "2s"
PAUSE = 2.0  # seconds
TRIES = 15


def migrate(url: str, *, after: bool = False) -> list[str]:
    """Apply what `migrations.to_do` says, and return the ids of it."""
    with connection.reachable(), connection.connect(url) as conn:
        # Of the session: it ends with the process, however that ends.
        conn.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        tables = _tables(conn)
        before = set(_applied(conn))
        migrations.refuse_foreign(before, tables, PACKAGE)
        if after and before:
            _refuse_epoch(conn)
        for _try in range(TRIES):
            with suppress(psycopg.errors.LockNotAvailable):
                _bring_up(url, after=after)
                _begin_epoch(conn)
                return sorted(set(_applied(conn)) - before)
            time.sleep(PAUSE)
        raise errors.StoreBusy


def _bring_up(url: str, *, after: bool) -> None:
    with _Backend(_address(url), migrations.TABLE) as opened:
        backend: Any = opened
        backend.execute(f"SET lock_timeout = '{TABLE_TIMEOUT}'")
        migrations.bring_up(backend, PACKAGE, after=after)


def status(url: str) -> list[Migration]:
    with connection.reachable(), connection.connect(url) as conn:
        return migrations.status(_applied(conn), PACKAGE)


def check(url: str) -> None:
    """Raise unless this release can work on the store at `url`."""
    with connection.reachable(), connection.connect(url) as conn:
        migrations.refuse_unready(_applied(conn), PACKAGE)
        _refuse_epoch(conn)


def _refuse_epoch(conn: psycopg.Connection[Any]) -> None:
    found = conn.execute("SELECT epoch FROM log_head WHERE id = 1")
    migrations.refuse_epoch(found.fetchone())


def _begin_epoch(conn: psycopg.Connection[Any]) -> None:
    """Begin with this release's epoch where no read model was made by another."""
    with conn.transaction():
        conn.execute("SELECT FROM log_head WHERE id = 1 FOR UPDATE")
        conn.execute(
            "UPDATE log_head SET epoch = %s WHERE epoch < %s "
            "AND NOT EXISTS (SELECT FROM stored_events)",
            [EPOCH, EPOCH],
        )


_TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = to_regnamespace(current_schema()) AND relkind IN ('r', 'p')
AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
"""


def _tables(conn: psycopg.Connection[Any]) -> list[str]:
    """Return what is where our tables are to be, but for what an extension brought.

    Raises `StoreForbidden` where none can be made: yoyo would pass over that.
    """
    query = "SELECT has_schema_privilege(current_schema(), 'CREATE')"
    if conn.execute(query).fetchone() != (True,):
        raise errors.StoreForbidden("it can make no table in the schema")
    return [name for (name,) in conn.execute(_TABLES)]


def _applied(conn: psycopg.Connection[Any]) -> list[str]:
    try:
        found = conn.execute("SELECT migration_id FROM _yoyo_migration")
    except psycopg.errors.UndefinedTable:
        return []
    return [name for (name,) in found]


def _address(url: str) -> DatabaseURI:
    """Carry `url` past yoyo's own parser, which knows fewer addresses than libpq."""
    args = {"conninfo": connection.conninfo(url)}
    return DatabaseURI("postgresql+psycopg", None, None, None, None, None, args)


class _Backend(OneTransaction, PostgresqlPsycopgBackend):  # type: ignore[misc]
    """Yoyo on psycopg 3."""
