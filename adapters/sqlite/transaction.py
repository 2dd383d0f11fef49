"""Transactions begun by hand: a writer's at once and in its turn, a reader's when read.

BEGIN alone is deferred: a read and then a write after somebody else's write is
"database is locked" at once, whatever the timeout.
"""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from adapters.errors import StoreUnreachable
from adapters.sqlite import writer
from application.failures import OutcomeUnknown


@contextmanager
def writing(conn: sqlite3.Connection, database: Path) -> Generator[None]:
    """Commit what happens inside, on the disk; an exception undoes it.

    Raises `OutcomeUnknown` when the disk fails in the middle of the commit.
    """
    with writer.turn(database):
        conn.execute("BEGIN IMMEDIATE")
        try:
            yield
            _commit(conn)
        finally:
            # After a COMMIT that failed, too: the transaction would stay open.
            if conn.in_transaction:
                conn.execute("ROLLBACK")


def _commit(conn: sqlite3.Connection) -> None:
    try:
        conn.execute("COMMIT")
    except sqlite3.OperationalError as error:
        raise OutcomeUnknown(str(StoreUnreachable(error))) from error


@contextmanager
def reading(conn: sqlite3.Connection) -> Generator[None]:
    """Show one snapshot to all that is read inside."""
    conn.execute("BEGIN")
    try:
        yield
    finally:
        conn.execute("ROLLBACK")
