"""What is swept up on SQLite, on a connection of its own."""

import json
import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from adapters import rows, sql
from adapters.connections import Connections
from adapters.rows import UploadRow
from adapters.sqlite import append
from adapters.sqlite.append import plain
from adapters.sqlite.load import upload_row
from adapters.sqlite.session import Session
from adapters.sqlite.transaction import writing
from application.stored import Upload
from projections.epoch import EPOCH

STATEMENTS = sql.load("adapters.sqlite", "sweeps.sql")

Row = tuple[Any, ...]


class SqliteSweeps:
    """The port `Sweeps`."""

    def __init__(self, database: Path, *, epoch: int = EPOCH) -> None:
        self._database = database
        self._session = Session(database)
        self._epoch = epoch

    @property
    def connections(self) -> Connections:
        return self._session.connections

    async def moment(self, now: datetime) -> datetime:
        """Return `now`: there is no clock but this machine's."""
        return now

    async def due(
        self, now: datetime, limit: int, without: Collection[int] = ()
    ) -> Sequence[int]:
        passed = json.dumps([*without])
        found = await self._find("find_due", plain(now), limit, passed)
        return [booking_id for (booking_id,) in found]

    async def doomed(self, limit: int) -> Sequence[Upload]:
        found = await self._find("find_doomed", limit)
        return [rows.upload(UploadRow(*upload_row(row))) for row in found]

    async def bookings_of(self, owner: str) -> Sequence[int]:
        found = await self._find("find_owners_bookings", owner)
        return [booking_id for (booking_id,) in found]

    async def doom_unused(self, before: datetime, limit: int) -> int:
        return await self._change("doom_unused", plain(before), limit)

    async def remove(self, uploads: Sequence[UUID]) -> int:
        return await self._change("remove_doomed", json.dumps([*map(plain, uploads)]))

    async def forget_keys(self, before: datetime, limit: int) -> int:
        return await self._change("forget_answers", plain(before), limit)

    async def close(self) -> None:
        await self._session.close()

    async def _find(self, name: str, *params: Any) -> list[Row]:
        return await self._session.run(
            lambda conn: conn.execute(STATEMENTS[name], params).fetchall()
        )

    async def _change(self, name: str, *params: Any) -> int:
        """Change rows in the writer's turn; return how many."""
        return await self._session.run(lambda conn: self._write(conn, name, params))

    def _write(self, conn: sqlite3.Connection, name: str, params: Row) -> int:
        with writing(conn, self._database):
            append.last_position(conn, self._epoch)
            return conn.execute(STATEMENTS[name], params).rowcount
