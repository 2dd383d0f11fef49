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
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, NamedTuple

from adapters import errors, read_models
from adapters.read_models import HEADS, REWRITTEN, SLOTS, TABLES, Event, Part
from adapters.sql import load
from adapters.sqlite import append, audit, migrate
from adapters.sqlite.transaction import reading, writing
from application.failures import EpochChanged
from application.rebuild import Filled, Progress
from application.stored import Append, Loaded
from application.streams import LogEntry
from projections.epoch import EPOCH

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
            taking = _Taking(self._reader, self._turn, self._insert)
            filled = self._take(found, taking, progress, events)
        self._position = last
        return filled

    def finish(self) -> None:
        """Do nothing yet: the names of indexes are in use until the swap."""

    def catch_up(self) -> int:
        with reading(self._reader):
            (last,) = self._reader.execute(STATEMENTS["last"]).fetchone()
            return self._advance(last, self._reader, self._turn)

    def swap(self) -> int | None:
        with self._turn():
            self._refuse_newer()
            with suppress(errors.StoreBehind):
                migrate.check(self._database)
            last = int(self._writer.execute(STATEMENTS["last"]).fetchone()[0])
            changed = self._writer.execute(
                STATEMENTS["count_changed"], [self._position]
            )
            if changed.fetchone()[0] > MOST_UNDER_LOCK:
                return None
            self._advance(last, self._writer, nullcontext)
            self._rename()
            self._writer.execute(STATEMENTS["raise_epoch"], {"epoch": EPOCH})
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

    def _refuse_newer(self) -> None:
        if self._writer.execute(STATEMENTS["newer_epoch"], [EPOCH]).fetchone():
            raise EpochChanged

    def _advance(self, last: int, conn: sqlite3.Connection, turn: Turn) -> int:
        """Fold what came after the shadow's position, up to the log's `last`."""
        if last == self._position:
            return 0
        with turn():
            statement = audit.about(STATEMENTS["release"], SLOTS)
            self._writer.execute(statement, [self._position, last])
        found = conn.execute(STATEMENTS["new_events"], [self._position])
        filled = self._take(found, _Taking(conn, turn, self._update), _silent, 0)
        self._position = last
        return filled.streams

    def _take(
        self, found: Iterable[Event], taking: "_Taking", progress: Progress, total: int
    ) -> Filled:
        """Write events, batch by batch, into the shadow."""
        events = count = 0
        for batch in read_models.batches(found):
            parts = list(_with_heads(taking.conn, batch))
            with taking.turn():
                taking.write(parts)
            events += sum(len(part.entries) for part in parts)
            count += len(parts)
            progress(events, total)
        return Filled(events=events, streams=count)

    def _insert(self, parts: Sequence[Part]) -> None:
        """Write streams that the shadow has nothing of."""
        self._add(read_models.fold(parts, Loaded()))

    def _update(self, parts: Sequence[Part]) -> None:
        """Write what comes after what the shadow has."""
        folded = read_models.fold(parts, self._known(parts))
        for table in REWRITTEN:
            (key,) = table.key
            self._writer.executemany(
                audit.about(STATEMENTS["forget"], table, key=key),
                _plain(table.key_of(row) for row in table.fold(folded)),
            )
        self._add(folded)

    def _known(self, parts: Sequence[Part]) -> Loaded:
        found: dict[str, list[Any]] = {}
        for table in HEADS:
            numbers = json.dumps(read_models.numbers(parts, table.kind))
            rows = self._writer.execute(
                audit.about(STATEMENTS["known"], table), [numbers]
            )
            found[table.kind] = [
                (number, version, chain, append.moment(at), position, state)
                for number, version, chain, at, position, state in rows
            ]
        return read_models.known(found)

    def _add(self, folded: Append) -> None:
        for table in TABLES:
            self._writer.executemany(
                audit.about(STATEMENTS["insert"], table), _plain(table.fold(folded))
            )

    def _rename(self) -> None:
        for table in TABLES:
            name = table.name
            new, old = read_models.shadow(name), read_models.old(name)
            indexes = self._writer.execute(STATEMENTS["indexes"], [name]).fetchall()
            for index, _made_by in indexes:
                self._write("drop_index", name=index)
            self._write("rename", name=name, to=old)
            self._write("rename", name=new, to=name)
            for _index, made_by in indexes:
                self._writer.execute(made_by)


class _Taking(NamedTuple):
    """Where the log is read, whose turn it is to write, and how."""

    conn: sqlite3.Connection
    turn: Turn
    write: Callable[[Sequence[Part]], None]


def _with_heads(
    conn: sqlite3.Connection, batch: Sequence[tuple[str, Sequence[LogEntry]]]
) -> Iterator[Part]:
    """Put the live rows' ends of the streams beside their events."""
    parts = [Part(stream_id, entries, None) for stream_id, entries in batch]
    live: dict[str, tuple[int, bytes]] = {}
    for table in HEADS:
        numbers = json.dumps(read_models.numbers(parts, table.kind))
        statement = audit.about(STATEMENTS["heads"], table)
        for number, version, chain in conn.execute(statement, [numbers]):
            live[f"{table.kind}-{number}"] = (version, chain)
    for part in parts:
        yield part._replace(live=live.get(part.stream_id))


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
