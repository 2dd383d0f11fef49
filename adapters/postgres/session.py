"""A connection of the event loop, opened when first used, and again when lost.

Its one law: whoever has a turn on it has it for so many seconds at most, whatever the
server and the network do meanwhile; then the connection is cut.
"""

import asyncio
import os
import socket
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any
from weakref import WeakSet

import psycopg
import structlog

from adapters.connections import Connections
from adapters.errors import StoreUnreachable
from adapters.postgres import connection, pipeline
from adapters.postgres.plan import Statement
from application.failures import OutcomeUnknown, Unavailable

# How long a batch waits for the head row, before it is answered 503.
LOCK_TIMEOUT = "5s"
# How long a turn takes at most: longer than the server gives to one of its statements.
SECONDS = 12.0

Connection = psycopg.AsyncConnection[Any]


_log = structlog.get_logger()

# What is wrong with the server, and not with what it was asked: an error inside it,
# which a file that cannot grow is too, and a table or an index that is damaged.
_ILL = (
    psycopg.errors.InternalError_,
    psycopg.errors.DataCorrupted,
    psycopg.errors.IndexCorrupted,
)


class Lost(Unavailable):
    """The connection is gone: another may be had at once."""


class TooSlow(Lost):
    """It was cut, since the turn's time was over: few would wait as long once more."""


class Session:
    """One connection, used by one at a time; `use` is for the log."""

    def __init__(
        self,
        url: str,
        *,
        lock_timeout: str = LOCK_TIMEOUT,
        settings: Sequence[Statement] = (),
        seconds: float = SECONDS,
        use: str = "store",
    ) -> None:
        self._url = url
        self._use, self._is_well = use, True
        self._settings = [Statement("configure", (lock_timeout,)), *settings]
        self._seconds = seconds
        self._conn: Connection | None = None
        self._turn = asyncio.Lock()
        self._callers = 0

    @property
    def connections(self) -> Connections:
        is_open = self._conn is not None and not self._conn.closed
        return Connections.of_one(is_open=is_open, callers=self._callers)

    @asynccontextmanager
    async def connected(self) -> AsyncGenerator[Connection]:
        """Yield the connection; it is closed when the work on it was cut short.

        Raises `Unavailable` when there is none to be had.
        """
        self._callers += 1
        try:
            async with self._in_turn():
                with self._telling():
                    conn = await self._open()
                try:
                    with self._telling(), self._in_time(conn):
                        yield conn
                    self._say(None)
                except asyncio.CancelledError:
                    await conn.close()
                    raise
        finally:
            self._callers -= 1

    async def close(self) -> None:
        if self._conn is not None:
            await self._conn.close()

    @contextmanager
    def _telling(self) -> Generator[None]:
        """Log what is wrong, unless another connection may mend it."""
        try:
            yield
        except TooSlow as error:
            self._say(error)
            raise
        except (Lost, OutcomeUnknown):
            raise
        except Unavailable as error:
            self._say(error)
            raise

    def _say(self, error: Unavailable | None) -> None:
        """Log when the store goes and when it comes back, and not each call."""
        if self._is_well == (error is None):
            return
        self._is_well = error is None
        if error is None:
            _log.info("store is back", use=self._use)
        else:
            _log.warning("store is away", use=self._use, why=str(error))

    @asynccontextmanager
    async def _in_turn(self) -> AsyncGenerator[None]:
        await self._take_turn()
        try:
            yield
        finally:
            self._turn.release()

    async def _take_turn(self) -> None:
        """Wait for those before us no longer than each of them may take."""
        if not self._turn.locked():
            await self._turn.acquire()
            return
        try:
            async with asyncio.timeout(self._seconds):
                await self._turn.acquire()
        except TimeoutError:
            raise Unavailable("Too many wait for the store.") from None

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
            with self._in_time(conn), unavailable(conn):
                await pipeline.run_async(conn, self._settings)
        except BaseException:
            await conn.close()
            raise
        return conn

    @contextmanager
    def _in_time(self, conn: Connection) -> Generator[None]:
        cut = asyncio.get_running_loop().call_later(self._seconds, _cut, conn)
        try:
            yield
        finally:
            cut.cancel()


_overdue = WeakSet[Connection]()


def _cut(conn: Connection) -> None:
    """Let whoever waits for the server find that the connection is gone.

    To cancel the waiting instead would wait for the server once more.
    """
    _overdue.add(conn)
    with (
        suppress(OSError, psycopg.OperationalError),
        socket.socket(fileno=os.dup(conn.pgconn.socket)) as same,
    ):
        same.shutdown(socket.SHUT_RDWR)


@contextmanager
def unavailable(conn: Connection) -> Generator[None]:
    """Raise `Unavailable` for what is wrong with the store, not with the statement.

    That is `Lost` when the connection is gone, whatever the last word on it was, and
    `TooSlow` when we have cut it.
    """
    try:
        yield
    except psycopg.Error as error:
        what = str(StoreUnreachable(error))
        if conn.closed:
            raise (TooSlow if conn in _overdue else Lost)(what) from error
        if isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
            # A standby that has not taken over yet, or that was the primary: the
            # address may lead to another one by now.
            conn.pgconn.finish()
            raise Unavailable(what) from error
        if isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError, *_ILL)):
            raise Unavailable(what) from error
        raise
