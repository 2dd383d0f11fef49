"""What replay and verify read of PostgreSQL: the log itself, and one snapshot of all.

Nothing here writes; a snapshot ends with its block.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.abc import Buffer
from psycopg.rows import tuple_row

from adapters import read_models
from adapters.postgres import connection, migrate
from adapters.read_models import TABLES, Row, Table
from adapters.sql import load
from application.following import Noted
from application.stored import Append
from application.streams import LogEntry
from application.verify import Extent, Record

TEMPLATES = load("adapters.postgres", "audit.sql")
STATEMENTS = {name: text.encode() for name, text in TEMPLATES.items()}

Connection = psycopg.Connection[tuple[Any, ...]]


class PostgresLog:
    """The log, as it is at each call."""

    def __init__(self, conn: Connection) -> None:
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
        found = self._conn.execute(STATEMENTS["owner_key"], [owner], binary=True)
        row = found.fetchone()
        return None if row is None else bytes(row[0])

    def _noted(self, name: str, *params: int | str) -> Sequence[Noted]:
        found = self._conn.execute(STATEMENTS[name], params, binary=True)
        return [Noted(*row) for row in found]


class PostgresSnapshot:
    """A store at one moment."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def extent(self) -> Extent:
        ((events, last),) = self._conn.execute(STATEMENTS["extent"])
        return Extent(events=events, last=last)

    def misplaced(self) -> int:
        ((place,),) = self._conn.execute(STATEMENTS["misplaced"])
        return int(place)

    def batches(self) -> Iterable[Sequence[tuple[str, Sequence[LogEntry]]]]:
        with self._conn.cursor("events", row_factory=tuple_row) as cursor:
            cursor.itersize = read_models.BATCH
            cursor.execute(STATEMENTS["events"], binary=True)
            yield from read_models.batches(cursor)

    def history(self, stream_id: str) -> Sequence[LogEntry]:
        return _history(self._conn, stream_id)

    def records(self, folded: Append) -> Iterator[Record]:
        for table in TABLES:
            numbers = read_models.owners(table, folded)
            found = self._rows("rows", table, [numbers])
            yield from read_models.beside(table, folded, found)

    def strays(self) -> Iterator[Record]:
        for table in TABLES:
            for row in self._rows("strays", table, []):
                yield read_models.record(table, table.key_of(row), None, row)

    def _rows(self, name: str, table: Table, params: Sequence[Any]) -> Iterator[Row]:
        query = about(TEMPLATES[name], table)
        for row in self._conn.execute(query, params, binary=True):
            yield table.row(*row)


class _AnyTime(connection.UtcLoader):
    """Loads what somebody wrote by hand, too: `infinity` is no datetime."""

    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except OverflowError:
            return bytes(data)


def _history(conn: Connection, stream_id: str) -> Sequence[LogEntry]:
    found = conn.execute(STATEMENTS["history"], [stream_id], binary=True)
    return [entry for batch in read_models.batches(found) for entry in batch[0][1]]


def about(template: str, table: Table, /, **names: sql.Composable) -> sql.Composed:
    """Return a statement about a read model and its shadow."""
    new = read_models.shadow(table.name)
    return formatted(
        template,
        **{
            "table": sql.Identifier(table.name),
            "shadow": sql.Identifier(new),
            "live": sql.Literal(table.name),
            "new": sql.Literal(new),
            "columns": sql.SQL(", ").join(map(sql.Identifier, table.columns)),
            "owner": sql.Identifier(table.owner),
            "kind": sql.Literal(table.kind),
            **names,
        },
    )


def formatted(template: str, /, **names: sql.Composable) -> sql.Composed:
    """Fill in what cannot be a parameter."""
    query = sql.SQL(template)  # pyright: ignore[reportArgumentType] - from our files
    return query.format(**names)


@contextmanager
def open_log(url: str) -> Generator[PostgresLog]:
    """Open the log; raise `StoreUnreachable` when there is no store."""
    with connection.reachable(), connection.connect(url) as conn:
        conn.execute(STATEMENTS["only_read"])
        yield PostgresLog(conn)


@contextmanager
def open_snapshot(url: str) -> Generator[PostgresSnapshot]:
    """Open a snapshot, once no rebuild is at work."""
    with (
        connection.reachable(),
        read_models.uncollected(),
        connection.connect(url) as conn,
    ):
        conn.adapters.register_loader("timestamptz", _AnyTime)
        conn.execute(STATEMENTS["wait"])
        conn.execute(STATEMENTS["share"], [migrate.LOCK])
        conn.execute(STATEMENTS["snapshot"])
        yield PostgresSnapshot(conn)
