"""How a SQLite file is opened: write-ahead log, and every commit on the disk."""

import sqlite3
from pathlib import Path

BUSY_TIMEOUT = 5.0  # seconds


def connect(database: Path) -> sqlite3.Connection:
    """Open an existing store; its transactions are begun by hand."""
    conn = sqlite3.connect(
        f"{database.absolute().as_uri()}?mode=rw",
        uri=True,
        isolation_level=None,
        timeout=BUSY_TIMEOUT,
        check_same_thread=False,
    )
    try:
        # NORMAL, the usual companion of WAL, loses acknowledged commits with the power.
        conn.execute("PRAGMA synchronous = FULL")
    except sqlite3.Error:
        conn.close()
        raise
    return conn


def create(database: Path) -> None:
    """Make the file and its folder when missing, and switch it to the write-ahead log.

    The caller has the writer's turn: the switch wants the file for itself.
    """
    database.touch()
    conn = connect(database)
    try:
        conn.execute("PRAGMA journal_mode = WAL")
    finally:
        conn.close()
