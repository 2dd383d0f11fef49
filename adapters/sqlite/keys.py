"""Owners' keys on SQLite, for whoever wraps them anew; a connection of its own."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from adapters import sql
from adapters.sqlite import append
from adapters.sqlite.append import plain
from adapters.sqlite.session import Session
from adapters.sqlite.transaction import writing
from application.rotating import Canary, WrappedAnew, WrappedKey
from projections.epoch import EPOCH

STATEMENTS = sql.load("adapters.sqlite", "keys.sql")

Change = tuple[str, Sequence[Any]]
"""A statement by its name, with its parameters."""


class SqliteKeys:
    """The port `WrappedKeys`."""

    def __init__(self, database: Path, *, epoch: int = EPOCH) -> None:
        self._database = database
        self._session = Session(database)
        self._epoch = epoch

    async def canaries(self) -> Sequence[Canary]:
        found = await self._find("see_canaries")
        return [Canary(wrapped=wrapped, wrapped_by=by) for wrapped, by in found]

    async def count(self) -> Sequence[tuple[bytes | None, int]]:
        return await self._find("count_keys")

    async def after(self, owner: str, limit: int) -> Sequence[WrappedKey]:
        found = await self._find("see_keys", owner, limit)
        return [
            WrappedKey(owner=owner, wrapped=wrapped, wrapped_by=by)
            for owner, wrapped, by in found
        ]

    async def take_over(
        self, canary: WrappedAnew, former: bytes, now: datetime
    ) -> bool:
        remember = ("keep_former", (canary.wrapped, former, plain(now)))
        changed = await self._change([remember, _anew(canary.wrapped, canary)])
        return changed[-1] == 1

    async def wrap_anew(self, canary: bytes, keys: Sequence[WrappedAnew]) -> int:
        return sum(await self._change([_anew(canary, key) for key in keys]))

    async def forget_formers(self) -> None:
        await self._change([("forget_formers", ())])

    async def close(self) -> None:
        await self._session.close()

    async def _find(self, name: str, *params: Any) -> list[Any]:
        return await self._session.run(
            lambda conn: conn.execute(STATEMENTS[name], params).fetchall()
        )

    async def _change(self, changes: Sequence[Change]) -> Sequence[int]:
        """Change rows in the writer's turn; return how many each statement did."""
        return await self._session.run(lambda conn: self._write(conn, changes))

    def _write(
        self, conn: sqlite3.Connection, changes: Sequence[Change]
    ) -> Sequence[int]:
        with writing(conn, self._database):
            append.last_position(conn, self._epoch)
            return [
                conn.execute(STATEMENTS[name], params).rowcount
                for name, params in changes
            ]


def _anew(canary: bytes, key: WrappedAnew) -> Change:
    params = (
        *(canary, key.owner, key.wrapped),
        *(key.anew, key.wrapped_by, key.sealed_by),
    )
    return "wrap_key_anew", params
