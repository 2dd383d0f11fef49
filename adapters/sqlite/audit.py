"""What replay and verify read of SQLite: the log itself, and one snapshot of all.

Nothing here writes; a snapshot ends with its block.
"""

import json
import sqlite3
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints
from uuid import UUID

from adapters import errors, read_models
from adapters.read_models import TABLES, Row, Table
from adapters.sql import load
from adapters.sqlite import append, connection
from adapters.sqlite.transaction import reading
from application.following import Noted
from application.stored import Append
from application.streams import LogEntry
from application.verify import Extent, Record

STATEMENTS = load("adapters.sqlite", "audit.sql")


class SqliteLog:
    """The log, as it is at each call."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn

    def history(self, stream_id: str) -> Sequence[LogEntry]:
        return _history(self._conn, stream_id)

    def after(self, position: int, limit: int) -> Sequence[Noted]:
        return self._noted("after", position, limit)

    def stream_after(
        self, stream_id: str, position: int, limit: int
    ) -> Sequence[Noted]:
        return self._noted("stream_after", stream_id, position, limit)

    def owner_key(self, owner: str) -> bytes | None:
        found = self._conn.execute(STATEMENTS["owner_key"], [owner]).fetchone()
        return None if found is None else bytes(found[0])

    def _noted(self, name: str, *params: int | str) -> Sequence[Noted]:
        found = self._conn.execute(STATEMENTS[name], params)
        return [Noted(*row) for row in found]


class SqliteSnapshot:
    """A store at one moment."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn

    def extent(self) -> Extent:
        return Extent(*self._conn.execute(STATEMENTS["extent"]).fetchone())

    def misplaced(self) -> int:
        (place,) = self._conn.execute(STATEMENTS["misplaced"]).fetchone()
        return int(place)

    def batches(self) -> Iterable[Sequence[tuple[str, Sequence[LogEntry]]]]:
        return read_models.batches(self._conn.execute(STATEMENTS["events"]))

    def history(self, stream_id: str) -> Sequence[LogEntry]:
        return _history(self._conn, stream_id)

    def records(self, folded: Append) -> Iterator[Record]:
        for table in TABLES:
            numbers = json.dumps(read_models.owners(table, folded))
            found = self._rows("rows", table, [numbers])
            yield from read_models.beside(table, folded, found)

    def strays(self) -> Iterator[Record]:
        for table in TABLES:
            for row in self._rows("strays", table, []):
                yield read_models.record(table, table.key_of(row), None, row)

    def _rows(self, name: str, table: Table, params: Sequence[Any]) -> Iterator[Row]:
        for row in self._conn.execute(about(STATEMENTS[name], table), params):
            yield as_folded(table, row)


def _history(conn: sqlite3.Connection, stream_id: str) -> Sequence[LogEntry]:
    found = conn.execute(STATEMENTS["history"], [stream_id])
    return [entry for batch in read_models.batches(found) for entry in batch[0][1]]


def about(template: str, table: Table, /, **names: str) -> str:
    """Return a statement about a read model and its shadow."""
    return template.format(
        **{
            "table": table.name,
            "shadow": read_models.shadow(table.name),
            "old": read_models.old(table.name),
            "columns": ", ".join(table.columns),
            "places": ", ".join("?" * len(table.columns)),
            "owner": table.owner,
            "kind": table.kind,
            **names,
        }
    )


def as_folded(table: Table, row: Row) -> Row:
    """Return a row as a fold makes it; what no writer of ours wrote stays as it is."""
    made: Row = table.row(
        *(read(value) for read, value in zip(_readers(table.row), row, strict=True))
    )
    return made


@cache
def _readers(row: Any) -> tuple[Any, ...]:
    kinds = get_type_hints(row)
    return tuple(_READERS.get(kinds[name], _as_it_is) for name in row._fields)


def _moment(value: Any) -> Any:
    try:
        return append.moment(value)
    except (TypeError, OverflowError):
        return value


def _uuid(value: Any) -> Any:
    try:
        uuid = UUID(value)
    except (AttributeError, TypeError, ValueError):
        return value
    return uuid if str(uuid) == value else value


def _as_it_is(value: Any) -> Any:
    return value


_READERS = {
    datetime: _moment,
    datetime | None: _moment,
    UUID: _uuid,
    UUID | None: _uuid,
}


@contextmanager
def open_log(database: Path) -> Generator[SqliteLog]:
    """Open the log; raise `StoreUnreachable` when there is no store."""
    with reachable(), connected(database) as conn:
        conn.execute(STATEMENTS["only_read"])
        yield SqliteLog(conn)


@contextmanager
def open_snapshot(database: Path) -> Generator[SqliteSnapshot]:
    with (
        reachable(),
        read_models.uncollected(),
        connected(database) as conn,
        reading(conn),
    ):
        conn.execute(STATEMENTS["only_read"])
        yield SqliteSnapshot(conn)


@contextmanager
def connected(database: Path) -> Generator[sqlite3.Connection]:
    with closing(connection.connect(database)) as conn:
        conn.text_factory = _text
        yield conn


def _text(value: bytes) -> str:
    """Read text, which need not be UTF-8 when somebody wrote it by hand."""
    return value.decode(errors="replace")


@contextmanager
def reachable() -> Generator[None]:
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        raise errors.StoreUnreachable(error) from error
