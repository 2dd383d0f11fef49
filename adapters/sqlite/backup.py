"""Copies a SQLite store beside those who write; a copy is whole or not there."""

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from adapters.errors import StoreUnreachable
from adapters.sqlite import connection


class Damaged(Exception):
    """A copy that is not what a store must be; `told` by SQLite."""


def back_up(database: Path, to: Path) -> int:
    """Copy the store to a new file, on the disk and looked through; return its events.

    Raises `FileExistsError`, `OSError`, `Damaged`, `StoreUnreachable`.
    """
    # Of this run alone: another to the same name may be at work, or be killed. Nobody
    # else may read it, either: what is not sealed is in it as well.
    handle, name = tempfile.mkstemp(".draft", f"{to.name}.", to.parent)
    os.close(handle)
    draft = Path(name)
    try:
        events = _copy(database, draft)
        _sync(draft)
        # Unlike a rename it never takes the place of a file that is there.
        to.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)
    _sync(to.parent)
    return events


def _copy(database: Path, draft: Path) -> int:
    try:
        with (
            closing(connection.connect(database)) as source,
            closing(connection.connect(draft)) as target,
        ):
            # In one step: a snapshot, which keeps no writer waiting.
            source.backup(target)
            return _events(target)
    except sqlite3.Error as error:
        raise StoreUnreachable(error) from error


def _events(conn: sqlite3.Connection) -> int:
    told: str = conn.execute("PRAGMA integrity_check").fetchone()[0]
    if told != "ok":
        raise Damaged(told)
    query = "SELECT coalesce(max(rowid), 0) FROM stored_events"
    last: int = conn.execute(query).fetchone()[0]
    return last


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
