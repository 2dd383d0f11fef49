"""How often something happened in a window of time: in this process, or in Redis.

Its one law: nobody waits for a count. One that cannot be had at once is `Uncounted`,
and what that means is the caller's to say.
"""

import asyncio
from contextlib import suppress
from typing import Protocol

from limits.aio.storage import RedisStorage

from adapters.connections import Connections
from adapters.reaching import PATIENCE, PAUSE, Away, Reached

# As many counts as a process keeps; more would be somebody's attack on its memory.
MOST = 100_000
_CONNECTIONS = 32


class Uncounted(Exception):
    """The count cannot be had now."""

    def __init__(self) -> None:
        super().__init__("Redis does not answer.")


class Counter(Protocol):
    async def count(self, key: str, window: int, seconds: int) -> int:
        """Return how often `key` was counted in this window, with this time.

        Windows of `seconds` have ascending numbers. Raises `Uncounted`.
        """
        ...

    async def close(self) -> None: ...

    @property
    def connections(self) -> Connections: ...


class InMemory:
    """The counts of one process; those of a window go when the next one begins."""

    def __init__(self) -> None:
        self._windows: dict[int, tuple[int, dict[str, int]]] = {}

    async def count(self, key: str, window: int, seconds: int) -> int:
        current, counts = self._windows.get(seconds, (window, {}))
        if window > current or len(counts) >= MOST:
            counts = {}
        self._windows[seconds] = (max(window, current), counts)
        counts[key] = counts.get(key, 0) + 1
        return counts[key]

    async def close(self) -> None:
        """Do nothing: nothing is open."""

    @property
    def connections(self) -> Connections:
        return Connections(open=0, used=0, limit=0, waiting=0)


class InRedis:
    """The counts of all processes, in a Redis that may go at any time.

    A key lives as long as its window: a Redis that lost them all begins anew.
    """

    def __init__(
        self,
        url: str,
        prefix: str,
        *,
        patience: float = PATIENCE,
        pause: float = PAUSE,
    ) -> None:
        self._redis = Reached(
            url, "limits", connections=_CONNECTIONS, patience=patience, pause=pause
        )
        # `limits` knows its own options by their types, and this one not.
        self._storage = RedisStorage(
            url,
            implementation="redispy",
            key_prefix=prefix,
            connection_pool=self._redis.pool,  # type: ignore[arg-type]
        )
        self._patience = patience

    @property
    def connections(self) -> Connections:
        return self._redis.connections

    async def count(self, key: str, window: int, seconds: int) -> int:
        try:
            return await self._redis.ask(
                lambda: self._storage.incr(f"{key}/{window}", seconds)
            )
        except Away:
            raise Uncounted from None

    async def ping(self) -> None:
        """Ask for an answer. Raises `Uncounted`."""
        is_well = False
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience):
                is_well = await self._storage.check()
        if not is_well:
            raise Uncounted

    async def close(self) -> None:
        await self._redis.close()
