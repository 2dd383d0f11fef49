"""A connection in a thread of its own, opened when first used, and again when lost."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from adapters.connections import Connections
from adapters.errors import StoreUnreachable
from adapters.sqlite import connection
from application.failures import OutcomeUnknown, Unavailable

T = TypeVar("T")


class Session:
    """Runs functions of a connection, one after the other, beside the event loop."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._conn: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        self._callers = 0

    @property
    def connections(self) -> Connections:
        return Connections.of_one(is_open=self._conn is not None, callers=self._callers)

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `work` returns. Raises `Unavailable` for what the file lacks."""
        loop = asyncio.get_running_loop()
        self._callers += 1
        try:
            return await loop.run_in_executor(self._thread, self._run, work)
        finally:
            self._callers -= 1

    async def close(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            if self._conn is None:
                self._conn = connection.connect(self._database)
            return work(self._conn)
        except (OSError, sqlite3.OperationalError) as error:
            self._close()
            raise Unavailable(str(StoreUnreachable(error))) from error
        except OutcomeUnknown:
            self._close()
            raise

    def _close(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None
