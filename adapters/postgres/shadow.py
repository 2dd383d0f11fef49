"""Read models beside the live ones, while everybody writes, and the swap of both.

One connection reads the log in snapshots, the other fills the shadow. For the swap the
first holds the head row, so that the log stands still until its names have changed.
"""

import struct
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from adapters import read_models
from adapters.postgres import audit, connection, migrate
from adapters.postgres.audit import Connection
from adapters.read_models import HEADS, REWRITTEN, SLOTS, TABLES, Part, Table
from adapters.sql import load
from application.failures import EpochChanged
from application.rebuild import Filled, Progress
from application.stored import Append, Loaded
from application.streams import LogEntry
from projections.epoch import EPOCH

TEMPLATES = load("adapters.postgres", "rebuild.sql")

# More than this are caught up with before the head row is held, not meanwhile.
MOST_UNDER_LOCK = 256  # streams

_STREAM = ["text", "text", "bytea", "bytea", "bigint", "bytea"]
_place = struct.Struct("!qqi")  # position, version, bytes of the state


class _Index(NamedTuple):
    """`definition` follows ADD CONSTRAINT, or the USING of CREATE INDEX."""

    name: str
    statement: str
    definition: str


class PostgresShadow:
    """A rebuild on two connections; `position` is how far the shadow has come."""

    def __init__(self, reader: Connection, writer: Connection) -> None:
        self._reader = reader
        self._writer = writer
        self._position = 0
        self._types: dict[str, list[str]] = {}
        self._indexes: dict[str, list[_Index]] = {}

    def prepare(self) -> None:
        for table in TABLES:
            for name in (read_models.shadow(table.name), read_models.old(table.name)):
                self._write("drop", table, table=sql.Identifier(name))
            self._write("create", table)
            for (grant,) in self._write("grants", table).fetchall():
                self._writer.execute(audit.formatted(grant))
            types = dict(self._write("types", table).fetchall())
            self._types[table.name] = [types[name] for name in table.columns]
            self._indexes[table.name] = list(self._indexes_of(table))

    def fill(self, progress: Progress) -> Filled:
        with self._snapshot():
            ((events, last),) = self._read("extent")
            for table in HEADS:
                for (number,) in self._read("stray", table):
                    raise read_models.stray(table.kind, number)
            every = audit.formatted(TEMPLATES["all"])
            filled = self._take(every, self._insert, progress, events)
        self._position = last
        return filled

    def finish(self) -> None:
        for table in TABLES:
            for index in self._indexes[table.name]:
                self._write(
                    index.statement,
                    table,
                    index=sql.Identifier(read_models.shadow(index.name)),
                    definition=audit.formatted(index.definition),
                )
            self._write("analyze", table)
        self._read("quick")
        self._write("quick")

    def catch_up(self) -> int:
        with self._snapshot():
            ((last,),) = self._read("last")
            return self._advance(last)

    def swap(self) -> int | None:
        try:
            with self._holding_head():
                last, changed = self._head()
                if changed > MOST_UNDER_LOCK:
                    return None
                self._advance(last)
                self._rename()
        except (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled):
            return None
        return last

    def pause(self, attempt: int) -> None:
        time.sleep(read_models.pause(attempt))

    def _advance(self, last: int) -> int:
        """Fold what came after the shadow's position, up to the log's `last`."""
        if last == self._position:
            return 0
        bounds = {"after": sql.Literal(self._position), "last": sql.Literal(last)}
        self._write("release", SLOTS, **bounds)
        new = audit.formatted(TEMPLATES["new"], after=bounds["after"])
        filled = self._take(new, self._update, _silent, 0)
        self._position = last
        return filled.streams

    def _take(
        self,
        which: sql.Composable,
        write: Callable[[Sequence[Part]], None],
        progress: Progress,
        total: int,
    ) -> Filled:
        """Write the events that are meant, batch by batch, into the shadow."""
        events = count = size = 0
        batch: list[Part] = []
        for part in self._gathered(which):
            batch.append(part)
            size += len(part.entries)
            if size >= read_models.BATCH:
                write(batch)
                events, count = events + size, count + len(batch)
                progress(events, total)
                batch, size = [], 0
        write(batch)
        progress(events + size, total)
        return Filled(events=events + size, streams=count + len(batch))

    def _gathered(self, which: sql.Composable) -> Iterator[Part]:
        query = audit.formatted(TEMPLATES["streams"], which=which)
        with self._reader.cursor().copy(query) as copy:
            copy.set_types(_STREAM)
            for stream_id, topics, states, places, version, chain in copy.rows():
                entries = list(_entries(topics, states, places))
                live = None if version is None else (version, chain)
                yield Part(stream_id, entries, live)

    def _insert(self, parts: Sequence[Part]) -> None:
        """Write streams that the shadow has nothing of."""
        self._copy(read_models.fold(parts, Loaded()))

    def _update(self, parts: Sequence[Part]) -> None:
        """Write what comes after what the shadow has."""
        folded = read_models.fold(parts, self._known(parts))
        for table in REWRITTEN:
            (key,) = table.key
            keys = [table.key_of(row)[0] for row in table.fold(folded)]
            if not keys:
                continue
            query = audit.about(TEMPLATES["forget"], table, key=sql.Identifier(key))
            self._writer.execute(query, [keys])
        self._copy(folded)

    def _known(self, parts: Sequence[Part]) -> Loaded:
        found = {
            table.kind: self._writer.execute(
                audit.about(TEMPLATES["known"], table),
                [read_models.numbers(parts, table.kind)],
                binary=True,
            ).fetchall()
            for table in HEADS
        }
        return read_models.known(found)

    def _copy(self, folded: Append) -> None:
        for table in TABLES:
            rows = table.fold(folded)
            if not rows:
                continue
            query = audit.about(TEMPLATES["copy"], table)
            with self._writer.cursor().copy(query) as copy:
                copy.set_types(self._types[table.name])
                for row in rows:
                    copy.write_row(row)

    def _indexes_of(self, table: Table) -> Iterator[_Index]:
        for name, constraint, made_by, is_unique in self._write("indexes", table):
            if constraint is not None:
                yield _Index(name, "add_constraint", constraint)
            else:
                _create, _using, definition = made_by.partition(" USING ")
                kind = "add_unique_index" if is_unique else "add_index"
                yield _Index(name, kind, definition)

    def _head(self) -> tuple[int, int]:
        """Return the log's last position, and how many streams are not folded yet."""
        after = sql.Literal(self._position)
        ((epoch, last, changed),) = self._read("check_head", after=after)
        if epoch > EPOCH:
            raise EpochChanged
        return last, changed

    def _rename(self) -> None:
        names = sql.SQL(", ").join(sql.Identifier(table.name) for table in TABLES)
        self._read("soon")
        self._read("lock_tables", tables=names)
        self._read("surely")
        # One round trip for all that nobody may see half of.
        with self._reader.pipeline():
            self._read("raise_epoch", epoch=sql.Literal(EPOCH))
            for table in TABLES:
                self._read("mind_itself", table)
                for index in self._indexes[table.name]:
                    self._swap_names("rename_index", table, index.name)
                self._swap_names("rename", table, table.name)

    def _swap_names(self, statement: str, table: Table, name: str) -> None:
        new, old = read_models.shadow(name), read_models.old(name)
        for before, after in ((name, old), (new, name)):
            self._read(
                statement,
                table,
                table=sql.Identifier(before),
                name=sql.Identifier(after),
            )

    @contextmanager
    def _snapshot(self) -> Generator[None]:
        self._read("snapshot")
        try:
            yield
        finally:
            self._reader.rollback()

    @contextmanager
    def _holding_head(self) -> Generator[None]:
        """Let nobody append; whoever reads goes on."""
        self._read("begin")
        try:
            self._read("patience")
            self._read("wait_for_head")
            self._read("lock_head")
            yield
            self._read("commit")
        finally:
            self._reader.rollback()

    def _read(
        self, name: str, about: Table | None = None, /, **names: sql.Composable
    ) -> psycopg.Cursor[tuple[Any, ...]]:
        return self._reader.execute(_statement(name, about, names))

    def _write(
        self, name: str, about: Table | None = None, /, **names: sql.Composable
    ) -> psycopg.Cursor[tuple[Any, ...]]:
        return self._writer.execute(_statement(name, about, names))


def _entries(topics: str, states: bytes, places: bytes) -> Iterator[LogEntry]:
    """Take apart what the server gathered."""
    begin = 0
    for topic, place in zip(topics.split(" "), _place.iter_unpack(places), strict=True):
        position, version, length = place
        yield LogEntry(
            position=position,
            version=version,
            topic=topic,
            state=states[begin : begin + length],
        )
        begin += length


def _statement(
    name: str, table: Table | None, names: dict[str, sql.Composable]
) -> sql.Composed:
    if table is None:
        return audit.formatted(TEMPLATES[name], **names)
    return audit.about(TEMPLATES[name], table, **names)


def _silent(_done: int, _of: int) -> None:
    pass


@contextmanager
def open_shadow(url: str) -> Generator[PostgresShadow]:
    """Open what rebuilds, once no other rebuild, verify or migration is at work."""
    with (
        connection.reachable(),
        read_models.uncollected(),
        connection.connect(url) as reader,
        connection.connect(url) as writer,
    ):
        writer.execute(TEMPLATES["wait"].encode())
        writer.execute(TEMPLATES["exclude"].encode(), [migrate.LOCK])
        writer.execute(TEMPLATES["hasten"].encode())
        try:
            yield PostgresShadow(reader, writer)
        except psycopg.IntegrityError as error:
            raise read_models.contradiction(error.diag.message_detail) from error
