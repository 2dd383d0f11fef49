"""How Redis is reached, which may go at any time: killed, paused, slow or empty.

Its one law: nobody waits for it. What is not there in time is `Away`, and for a while
after that it is not asked.
"""

import asyncio
from collections.abc import Awaitable, Callable
from ssl import SSLCertVerificationError
from typing import Any, TypeVar

import structlog
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from adapters.connections import Connections

# Long for a Redis that is near, and short for whoever waits for an answer.
PATIENCE = 0.1
# How long a Redis that failed is not asked again.
PAUSE = 1.0

R = TypeVar("R")

_log = structlog.get_logger()


class Away(Exception):
    """Redis did not answer in time, now or a moment ago."""

    def __init__(self) -> None:
        super().__init__("Redis does not answer.")


class Reached:
    """One Redis, on so many connections of the event loop; `use` is for the log.

    Raises `ValueError` for an address that is none.
    """

    def __init__(
        self,
        url: str,
        use: str,
        *,
        connections: int,
        patience: float = PATIENCE,
        pause: float = PAUSE,
    ) -> None:
        # The library leaves the types of its further options open.
        self.pool = BlockingConnectionPool.from_url(  # pyright: ignore[reportUnknownMemberType]
            url,
            max_connections=connections,
            timeout=patience,
            socket_connect_timeout=patience,
            # A connection that ended meanwhile is made anew, and that is all.
            retry=Retry(NoBackoff(), 1),
        )
        _must_be_usable(self.pool)
        self._use, self._limit, self._callers = use, connections, 0
        self._patience, self._pause = patience, pause
        self._ask_from = 0.0
        self._is_well = True

    @property
    def connections(self) -> Connections:
        # The library leaves the type of what it says beside each count open.
        pool: Any = self.pool
        idle, used = (count for count, _state in pool.get_connection_count())
        waiting = max(0, self._callers - used)
        return Connections(
            open=idle + used, used=used, limit=self._limit, waiting=waiting
        )

    async def ask(self, question: Callable[[], Awaitable[R]]) -> R:
        """Return the answer to `question`. Raises `Away`."""
        now = asyncio.get_running_loop().time
        if now() < self._ask_from:
            raise Away
        try:
            answer = await self._answer(question)
        except (RedisError, OSError) as error:
            self._ask_from = now() + self._pause
            self._say(_why(error), is_well=False)
            raise Away from None
        self._say("", is_well=True)
        return answer

    async def _answer(self, question: Callable[[], Awaitable[R]]) -> R:
        self._callers += 1
        try:
            async with asyncio.timeout(self._patience):
                return await question()
        finally:
            self._callers -= 1

    async def close(self) -> None:
        await self.pool.aclose()

    def _say(self, why: str, *, is_well: bool) -> None:
        """Log when it goes and when it comes back, and not each call meanwhile."""
        if is_well == self._is_well:
            return
        self._is_well = is_well
        if is_well:
            _log.info("redis is back", use=self._use)
        else:
            # Not the message, which may name who and where.
            _log.warning("redis is away", use=self._use, why=why)


def _must_be_usable(pool: Any) -> None:
    """Raise `ValueError` for what only a first connection would stumble over."""
    try:
        pool.make_connection()
    except (TypeError, RedisError):
        raise ValueError from None


def _why(error: Exception) -> str:
    """Return what is wrong, and not the message: that may name who and where."""
    name, cause = type(error).__name__, error.__context__
    if isinstance(cause, SSLCertVerificationError):
        return f"{name}: {cause.verify_message}"
    if isinstance(cause, OSError) and cause.strerror:
        return f"{name}: {cause.strerror}"
    return name
