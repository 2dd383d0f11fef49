"""Whether a SQLite file keeps what it acknowledges, on connections as ours are."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from adapters import findings
from adapters.errors import StoreUnreachable
from adapters.findings import Finding
from adapters.sqlite import connection

_FULL = 2
_SYNCHRONOUS = ("off", "normal", "full", "extra")


def durability(database: Path) -> Sequence[Finding]:
    """Return what of a power cut's harm is kept off. Raises `StoreUnreachable`."""
    try:
        with closing(connection.connect(database)) as conn:
            mode: str = conn.execute("PRAGMA journal_mode").fetchone()[0]
            level: int = conn.execute("PRAGMA synchronous").fetchone()[0]
    except sqlite3.Error as error:
        raise StoreUnreachable(error) from error
    remedy = "" if mode == "wal" else ": `bookings migrate` makes it wal"
    return [
        findings.judged("journal_mode", mode + remedy, is_safe=mode == "wal"),
        findings.judged("synchronous", _SYNCHRONOUS[level], is_safe=level >= _FULL),
    ]
