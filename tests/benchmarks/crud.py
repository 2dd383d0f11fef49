"""One UPDATE for each PUT on our own stack: by itself, or with all that wait."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from litestar.types import ASGIApp
from psycopg.adapt import Buffer, Dumper
from psycopg.pq import Format

from adapters.http.problems import Problem
from adapters.postgres import connection
from adapters.postgres.arrays import Array, Bigints, Texts, Times
from adapters.settings import Settings
from tests.benchmarks import plain, stack
from tests.benchmarks.plain import Change
from tests.benchmarks.stack import Opens, Pool

POOL = 8  # connections: with four or 16 it was not faster
ONE = b"""
UPDATE plain_booking SET
    starts_at = $3, message = $4, key = $5, revision = revision + 1
WHERE id = $1 AND owner = $2
RETURNING id, revision
"""
MANY = b"""
UPDATE plain_booking AS b SET
    starts_at = c.starts_at, message = c.message, key = c.key,
    revision = b.revision + 1
FROM unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::text[], $5::text[])
    AS c (id, owner, starts_at, message, key)
WHERE b.id = c.id AND b.owner = c.owner
RETURNING b.id, b.revision
"""


class Single:
    """Each change takes a connection, and gives it back."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def change(self, change: Change) -> None:
        async with self._pool.connection() as conn:
            cursor = await psycopg.AsyncRawCursor(conn).execute(
                ONE, change, prepare=True, binary=True
            )
            row = await cursor.fetchone()
        if row is None:
            raise Problem("not_found")


class Batched:
    """Changes that wait go together, while no others are under way."""

    def __init__(self, conn: psycopg.AsyncConnection[Any]) -> None:
        self._conn = conn
        self._waiting: list[tuple[Change, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def change(self, change: Change) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((change, waiter))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await waiter

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                found = await self._update([change for change, _waiter in batch])
            except psycopg.Error as error:
                for _change, waiter in batch:
                    waiter.set_exception(error)
                break
            for change, waiter in batch:
                if change.booking_id in found:
                    waiter.set_result(None)
                else:
                    waiter.set_exception(Problem("not_found"))
        self._writing = None

    async def _update(self, changes: Sequence[Change]) -> set[int]:
        ids, owners, starts, texts, keys = zip(*changes, strict=True)
        params = (Bigints(ids), Texts(owners), Times(starts), Texts(texts), Texts(keys))
        cursor = await psycopg.AsyncRawCursor(self._conn).execute(
            MANY, params, prepare=True, binary=True
        )
        return {row[0] for row in await cursor.fetchall()}


class Packed(Dumper):
    """Arrays of ours, which are packed at once: the statement says of what they are."""

    format = Format.BINARY

    def dump(self, obj: Array) -> Buffer:
        return obj.dump()


@asynccontextmanager
async def _single(settings: Settings) -> AsyncGenerator[ASGIApp]:
    async with (
        stack.pool(settings.database_url, POOL) as pool,
        stack.stacked(settings) as ours,
    ):
        yield ours.around([plain.change], changes=Single(pool).change)


@asynccontextmanager
async def _batched(settings: Settings) -> AsyncGenerator[ASGIApp]:
    async with (
        await connection.connect_async(settings.database_url) as conn,
        stack.stacked(settings) as ours,
    ):
        for kind in (Bigints, Texts, Times):
            conn.adapters.register_dumper(kind, Packed)
        yield ours.around([plain.change], changes=Batched(conn).change)


KINDS: Mapping[str, Opens] = {"single": _single, "batched": _batched}

if __name__ == "__main__":
    stack.serve(KINDS[sys.argv[1]])
