"""Rounds of reads on SQLite, on a connection of their own: writers do not stop them."""

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

from adapters.reading import BEGINNING, Asked, Found, Page
from adapters.sqlite.append import STATEMENTS, moment, plain
from adapters.sqlite.session import Session
from adapters.sqlite.transaction import reading

Row = tuple[Any, ...]


class SqliteReads:
    """Answers one round of questions out of one snapshot."""

    def __init__(self, database: Path) -> None:
        self._session = Session(database)

    async def read(self, asked: Asked) -> Found:
        return await self._session.run(lambda conn: _read(conn, asked))

    async def close(self) -> None:
        await self._session.close()


def _read(conn: sqlite3.Connection, asked: Asked) -> Found:
    bookings = json.dumps(list(asked.bookings))
    requests = json.dumps([str(request_id) for request_id in asked.change_requests])
    with reading(conn):
        return Found(
            bookings={row[0]: row for row in _seen(conn, "see_bookings", (bookings,))},
            change_requests={
                UUID(request_id): (booking_id, state)
                for request_id, booking_id, state in conn.execute(
                    STATEMENTS["see_change_requests"], [requests]
                )
            },
            pages=[list(_page(conn, page)) for page in asked.pages],
        )


def _page(conn: sqlite3.Connection, page: Page) -> Iterable[Row]:
    after = page.after or BEGINNING
    params = (page.owner, plain(after.start), after.booking_id, page.limit)
    return _seen(conn, "see_owners_bookings", params)


def _seen(conn: sqlite3.Connection, name: str, params: Row) -> Iterable[Row]:
    for row in conn.execute(STATEMENTS[name], params):
        yield (*row[:3], moment(row[3]), *row[4:])
