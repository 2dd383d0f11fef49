"""How often something happened in a window of time: in this process, or in Redis.

Its one law: nobody waits for a count. One that cannot be had at once is `Uncounted`,
and what that means is the caller's to say.
"""

import asyncio
from contextlib import suppress
from typing import Any, Protocol

import structlog
from limits.aio.storage import RedisStorage
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from adapters.connections import Connections

# Long for a Redis that is near, and short for whoever waits for an answer.
PATIENCE = 0.1
# How long a Redis that failed is not asked again.
PAUSE = 1.0
# As many counts as a process keeps; more would be somebody's attack on its memory.
MOST = 100_000
_CONNECTIONS = 32

_log = structlog.get_logger()


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
        # The library leaves the types of its further options open.
        self._pool = BlockingConnectionPool.from_url(  # pyright: ignore[reportUnknownMemberType]
            url,
            max_connections=_CONNECTIONS,
            timeout=patience,
            socket_connect_timeout=patience,
            # A connection that ended meanwhile is made anew, and that is all.
            retry=Retry(NoBackoff(), 1),
        )
        # `limits` knows its own options by their types, and this one not.
        self._storage = RedisStorage(
            url,
            implementation="redispy",
            key_prefix=prefix,
            connection_pool=self._pool,  # type: ignore[arg-type]
        )
        self._patience, self._pause = patience, pause
        self._ask_from = 0.0
        self._is_well = True
        self._callers = 0

    @property
    def connections(self) -> Connections:
        # The library leaves the type of what it says beside each count open.
        pool: Any = self._pool
        idle, used = (count for count, _state in pool.get_connection_count())
        return Connections(
            open=idle + used,
            used=used,
            limit=_CONNECTIONS,
            waiting=max(0, self._callers - used),
        )

    async def count(self, key: str, window: int, seconds: int) -> int:
        now = asyncio.get_running_loop().time
        if now() < self._ask_from:
            raise Uncounted
        try:
            count = await self._incr(f"{key}/{window}", seconds)
        except (RedisError, OSError) as error:
            self._ask_from = now() + self._pause
            self._say(type(error).__name__, is_well=False)
            raise Uncounted from None
        self._say("", is_well=True)
        return count

    async def _incr(self, key: str, seconds: int) -> int:
        self._callers += 1
        try:
            async with asyncio.timeout(self._patience):
                return await self._storage.incr(key, seconds)
        finally:
            self._callers -= 1

    async def ping(self) -> None:
        """Ask for an answer. Raises `Uncounted`."""
        is_well = False
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience):
                is_well = await self._storage.check()
        if not is_well:
            raise Uncounted

    async def close(self) -> None:
        await self._pool.aclose()

    def _say(self, why: str, *, is_well: bool) -> None:
        """Log when it goes and when it comes back, and not each call meanwhile."""
        if is_well == self._is_well:
            return
        self._is_well = is_well
        if is_well:
            _log.info("redis is back")
        else:
            # Not the message, which may name who and where.
            _log.warning("redis is away", why=why)
