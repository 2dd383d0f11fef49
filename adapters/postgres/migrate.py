"""Brings a PostgreSQL store to this release's schema, one process at a time."""

# pyright: reportMissingTypeStubs=false

from typing import Any

import psycopg
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI

from adapters import migrations
from adapters.migrations import OneTransaction
from adapters.postgres import connection

PACKAGE = "adapters.postgres"

# "bookings", as eight bytes: every process must name the same lock.
LOCK = int.from_bytes(b"bookings", "big")


def migrate(url: str) -> list[str]:
    """Apply what is missing, and return the ids of it."""
    with connection.reachable(), connection.connect(url) as conn:
        # Of the session: it ends with the process, however that ends.
        conn.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        with _Backend(_address(url), migrations.TABLE) as backend:
            return migrations.bring_up(backend, PACKAGE)


def check(url: str) -> None:
    """Raise unless the store at `url` has exactly this release's schema."""
    with connection.reachable(), connection.connect(url) as conn:
        migrations.refuse_unready(_applied(conn), PACKAGE)


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
