"""Read models beside the live ones, while a server writes, and the swap of both.

Each batch takes the writer's turn for itself. The swap is one turn: it folds what came
last, and renames.
"""

import fcntl
import json
import re
import sqlite3
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from adapters import errors, read_models
from adapters.read_models import HEADS, TABLES, Event, Head
from adapters.sql import load
from adapters.sqlite import append, audit, migrate
from adapters.sqlite.append import EPOCH
from adapters.sqlite.transaction import reading, writing
from application import streams
from application.rebuild import Filled, Progress
from application.streams import Stream

STATEMENTS = load("adapters.sqlite", "rebuild.sql")
PAUSE = 0.1  # seconds
PATIENCE = 60.0  # seconds

# More than this are caught up with before the writers are held off, not meanwhile.
MOST_UNDER_LOCK = 256  # streams

Turn = Callable[[], AbstractContextManager[None]]


class SqliteShadow:
    """A rebuild on two connections; `position` is how far the shadow has come."""

    def __init__(
        self, database: Path, reader: sqlite3.Connection, writer: sqlite3.Connection
    ) -> None:
        self._database = database
        self._reader = reader
        self._writer = writer
        self._position = 0

    def prepare(self) -> None:
        with self._turn():
            for table in TABLES:
                name = table.name
                for left in (read_models.shadow(name), read_models.old(name)):
                    self._write("drop", name=left)
                definition = self._writer.execute(STATEMENTS["definition"], [name])
                (made_by,) = definition.fetchone()
                self._writer.execute(_renamed(made_by, name))

    def fill(self, progress: Progress) -> Filled:
        with reading(self._reader):
            events, last = self._reader.execute(STATEMENTS["extent"]).fetchone()
            self._refuse_strays()
            found = self._reader.execute(STATEMENTS["streams"])
            filled = self._take(found, self._reader, self._turn, progress, events)
        self._position = last
        return filled

    def finish(self) -> None:
        """Make what a round needs; other indexes have names that are still in use."""
        with self._turn():
            for table in TABLES:
                statement = audit.about(STATEMENTS["index_rounds"], table)
                self._writer.execute(statement)

    def catch_up(self) -> int:
        with reading(self._reader):
            _events, last = self._reader.execute(STATEMENTS["extent"]).fetchone()
            return self._refold(last, self._reader, self._turn)

    def swap(self) -> int | None:
        with self._turn():
            last = append.last_position(self._writer, EPOCH)
            migrate.check(self._database)
            changed = self._writer.execute(
                STATEMENTS["count_changed"], [self._position]
            )
            if changed.fetchone()[0] > MOST_UNDER_LOCK:
                return None
            self._refold(last, self._writer, nullcontext)
            self._rename()
        return last

    def pause(self, attempt: int) -> None:
        time.sleep(read_models.pause(attempt))

    def _turn(self) -> AbstractContextManager[None]:
        return writing(self._writer, self._database)

    def _write(self, statement: str, /, **names: str) -> None:
        self._writer.execute(STATEMENTS[statement].format(**names))

    def _refuse_strays(self) -> None:
        for table in HEADS:
            found = self._reader.execute(audit.about(STATEMENTS["stray"], table))
            for (number,) in found.fetchall():
                raise read_models.stray(table.kind, number)

    def _refold(self, last: int, conn: sqlite3.Connection, turn: Turn) -> int:
        """Fold what changed after the shadow's position, up to the log's `last`."""
        if last == self._position:
            return 0
        with turn():
            for table in TABLES:
                statement = audit.about(STATEMENTS["forget"], table)
                self._writer.execute(statement, [self._position, last])
        found = conn.execute(STATEMENTS["changed_streams"], [self._position])
        filled = self._take(found, conn, turn, _silent, 0)
        self._position = last
        return filled.streams

    def _take(
        self,
        found: Iterable[Event],
        conn: sqlite3.Connection,
        turn: Turn,
        progress: Progress,
        total: int,
    ) -> Filled:
        """Fold streams, batch by batch, into the shadow."""
        events = count = 0
        for batch in read_models.batches(found):
            live = self._heads(conn, [stream_id for stream_id, _entries in batch])
            folded = [
                read_models.checked(stream_id, entries, live.get(stream_id))
                for stream_id, entries in batch
            ]
            with turn():
                self._insert(folded)
            events += sum(len(entries) for _stream_id, entries in batch)
            count += len(batch)
            progress(events, total)
        return Filled(events=events, streams=count)

    def _heads(
        self, conn: sqlite3.Connection, stream_ids: Sequence[str]
    ) -> dict[str, Head]:
        numbers = [streams.parsed(stream_id) for stream_id in stream_ids]
        heads: dict[str, Head] = {}
        for table in HEADS:
            wanted = [number for kind, number in numbers if kind == table.kind]
            statement = audit.about(STATEMENTS["heads"], table)
            for number, *head in conn.execute(statement, [json.dumps(wanted)]):
                heads[f"{table.kind}-{number}"] = Head(*head)
        return heads

    def _insert(self, batch: Sequence[Stream]) -> None:
        folded = streams.fold(batch)
        for table in TABLES:
            self._writer.executemany(
                audit.about(STATEMENTS["insert"], table), _plain(table.fold(folded))
            )

    def _rename(self) -> None:
        for table in TABLES:
            name = table.name
            new, old = read_models.shadow(name), read_models.old(name)
            indexes = self._writer.execute(STATEMENTS["indexes"], [name]).fetchall()
            self._write("drop_index", name=f"{new}_owner")
            for index, _made_by in indexes:
                self._write("drop_index", name=index)
            self._write("rename", name=name, to=old)
            self._write("rename", name=new, to=name)
            for _index, made_by in indexes:
                self._writer.execute(made_by)


def _renamed(made_by: str, name: str) -> str:
    """Return the statement that makes the shadow as `made_by` made the table."""
    shadow = f"CREATE TABLE {read_models.shadow(name)}"
    return re.sub(rf'^CREATE TABLE "?{name}"?', shadow, made_by)


def _plain(rows: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
    for row in rows:
        yield [append.plain(value) for value in row]


def _silent(_done: int, _of: int) -> None:
    pass


@contextmanager
def open_shadow(database: Path) -> Generator[SqliteShadow]:
    """Open what rebuilds, once no other rebuild is at work."""
    with (
        audit.reachable(),
        read_models.uncollected(),
        audit.connected(database) as reader,
        audit.connected(database) as writer,
        _alone(database),
    ):
        try:
            yield SqliteShadow(database, reader, writer)
        except sqlite3.IntegrityError as error:
            raise read_models.contradiction(f"{error}.") from error


@contextmanager
def _alone(database: Path) -> Generator[None]:
    """Keep out other rebuilds; a process that dies lets them in again."""
    with Path(f"{database}.rebuild").open("ab") as lock:
        deadline = time.monotonic() + PATIENCE
        while not _taken(lock.fileno()):
            if time.monotonic() > deadline:
                raise errors.StoreBusy
            time.sleep(PAUSE)
        yield


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
