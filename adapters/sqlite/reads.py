"""Rounds of reads on SQLite, on a connection of their own: writers do not stop them."""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints
from uuid import UUID

from adapters import sql
from adapters.connections import Connections
from adapters.rounds import Asked, Many, Query, Rows, Value
from adapters.sqlite.append import check_epoch, moment, plain
from adapters.sqlite.session import Session
from adapters.sqlite.transaction import reading
from projections.epoch import EPOCH

STATEMENTS = sql.load("adapters.sqlite", "reads.sql")


class SqliteReads:
    """Answers one round of questions out of one snapshot."""

    def __init__(self, database: Path, *, epoch: int = EPOCH) -> None:
        self._session = Session(database)
        self._epoch = epoch

    @property
    def connections(self) -> Connections:
        return self._session.connections

    async def read(self, asked: Asked) -> Sequence[Rows]:
        """Return the rows of each statement. Raises `Unavailable`, `EpochChanged`."""
        return await self._session.run(lambda conn: self._read(conn, asked))

    async def close(self) -> None:
        await self._session.close()

    def _read(self, conn: sqlite3.Connection, asked: Asked) -> Sequence[Rows]:
        with reading(conn):
            check_epoch(conn, self._epoch)
            return [_rows(conn, query) for query in asked.statements()]


def _rows(conn: sqlite3.Connection, query: Query[Any]) -> Rows:
    found = conn.execute(STATEMENTS[query.name], params(query))
    kind: Any = query.row
    readers = _readers(kind)
    return [_read_row(row, readers) for row in found]


def params(query: Query[Any]) -> list[Any]:
    """Return the parameters of a query as SQLite takes them: arrays as JSON."""
    return [_param(param) for param in query.params]


def _param(param: Value | Many) -> Any:
    if isinstance(param, Many):
        return json.dumps([plain(value) for value in param.values])
    return plain(param)


Reader = Callable[[Any], Any]


def _read_row(row: tuple[Any, ...], readers: Mapping[int, Reader]) -> tuple[Any, ...]:
    """Return a row with its times and UUIDs as such."""
    values = list(row)
    for place, read in readers.items():
        if values[place] is not None:
            values[place] = read(values[place])
    return tuple(values)


@cache
def _readers(row: Any) -> Mapping[int, Reader]:
    kinds = get_type_hints(row)
    return {
        place: _READERS[kinds[name]]
        for place, name in enumerate(row._fields)
        if kinds[name] in _READERS
    }


_READERS: Mapping[Any, Reader] = {
    datetime: moment,
    datetime | None: moment,
    UUID: UUID,
    UUID | None: UUID,
}
