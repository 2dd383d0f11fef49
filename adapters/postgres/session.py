"""A connection of the event loop, opened when first used, and again when lost."""

import asyncio
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psycopg

from adapters.errors import StoreUnreachable
from adapters.postgres import connection, pipeline
from adapters.postgres.plan import Statement
from application.ports import Unavailable

# How long a batch waits for the head row, before it is answered 503.
LOCK_TIMEOUT = "5s"

Connection = psycopg.AsyncConnection[Any]


class Session:
    """One connection, used by one at a time."""

    def __init__(
        self,
        url: str,
        *,
        lock_timeout: str = LOCK_TIMEOUT,
        settings: Sequence[Statement] = (),
    ) -> None:
        self._url = url
        self._settings = [Statement("configure", (lock_timeout,)), *settings]
        self._conn: Connection | None = None
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def connected(self) -> AsyncGenerator[Connection]:
        """Yield the connection; it is closed when the work on it was cut short.

        Raises `Unavailable` when there is none to be had.
        """
        async with self._turn:
            conn = await self._open()
            try:
                yield conn
            except asyncio.CancelledError:
                await conn.close()
                raise

    async def close(self) -> None:
        if self._conn is not None:
            await self._conn.close()

    async def _open(self) -> Connection:
        if self._conn is None or self._conn.closed:
            self._conn = await self._connect()
        return self._conn

    async def _connect(self) -> Connection:
        try:
            conn = await connection.connect_async(self._url)
        except StoreUnreachable as error:
            raise Unavailable(str(error)) from error
        try:
            with unavailable():
                await pipeline.run_async(conn, self._settings)
        except BaseException:
            await conn.close()
            raise
        return conn


@contextmanager
def unavailable() -> Generator[None]:
    """Raise `Unavailable` for what is wrong with the store, not with the statement."""
    try:
        yield
    except (
        psycopg.OperationalError,
        psycopg.InterfaceError,
        # A standby that has not taken over yet.
        psycopg.errors.ReadOnlySqlTransaction,
    ) as error:
        raise Unavailable(str(StoreUnreachable(error))) from error
