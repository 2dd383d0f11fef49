"""Hints by Redis, where the settings name one, else within the process.

Their one law is that of `application.hints`: nobody waits for one, and whoever listens
looks by itself as well, at least every `poll` seconds.
"""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from threading import Event, Thread
from typing import Any, Protocol

from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.exceptions import RedisError
from redis.retry import Retry

from adapters.reaching import PATIENCE, PAUSE, Away, Reached
from adapters.settings import Settings, SettingsError
from application.hints import Hint

# Without hints, or without those of other processes.
POLL = 0.1  # seconds
# While hints come: what they cannot bring, since Redis may fail without a word.
RARE_POLL = 2.0
# Between two hints of a process: one for many commits does.
REST = 0.05
# How long Redis says nothing before it is asked whether it is there.
SILENCE = 1.0
# Told when hints may have been missed: every follower looks.
ANYWHERE = 2**63 - 1


Message = dict[str, Any]


class Hints(Protocol):
    """Hears hints, and passes them on, from any thread."""

    @property
    def poll(self) -> float:
        """For how many seconds whoever listens may wait before it looks by itself."""
        ...

    def listen(self, hear: Hint) -> None: ...

    def forget(self, hear: Hint) -> None: ...


class InProcess:
    """Hints of this process, told and heard at once; others write unheard."""

    def __init__(self) -> None:
        self._listeners: list[Hint] = []

    @property
    def poll(self) -> float:
        return POLL

    def listen(self, hear: Hint) -> None:
        self._listeners.append(hear)

    def forget(self, hear: Hint) -> None:
        self._listeners.remove(hear)

    def tell(self, position: int) -> None:
        for hear in list(self._listeners):
            hear(position)


class ToRedis:
    """Tells all processes; while Redis is away hints are dropped."""

    def __init__(
        self,
        url: str,
        prefix: str,
        *,
        patience: float = PATIENCE,
        pause: float = PAUSE,
    ) -> None:
        self._redis = Reached(
            url, "hints", connections=1, patience=patience, pause=pause
        )
        self._client = AsyncRedis(connection_pool=self._redis.pool)
        self._channel = channel(prefix)
        self._reached = 0
        self._came, self._settled = asyncio.Event(), asyncio.Event()

    def tell(self, position: int) -> None:
        """Leave `position` to be told, unless a later one was."""
        if position > self._reached:
            self._reached = position
            self._settled.clear()
            self._came.set()

    async def settle(self) -> None:
        """Wait until all was told, or given up."""
        await self._settled.wait()

    async def run(self) -> None:
        """Tell the latest position, again and again, until cancelled."""
        while True:
            await self._came.wait()
            self._came.clear()
            with suppress(Away):
                await self._redis.ask(self._publish)
            if not self._came.is_set():
                self._settled.set()
            await asyncio.sleep(REST)

    async def close(self) -> None:
        await self._redis.close()

    async def _publish(self) -> None:
        # Its options are open in the library's types.
        await self._client.publish(self._channel, str(self._reached))  # pyright: ignore[reportUnknownMemberType]


class FromRedis:
    """Hears the hints of all processes, in a thread of its own.

    It connects again for ever. Whenever it may have missed some, it says so by a hint.
    """

    def __init__(self, url: str, prefix: str, *, poll: float = RARE_POLL) -> None:
        # As above.
        self._client = Redis.from_url(  # pyright: ignore[reportUnknownMemberType]
            url,
            socket_connect_timeout=SILENCE,
            socket_timeout=SILENCE,
            retry=Retry(NoBackoff(), 0),
        )
        self._channel = channel(prefix)
        self._local = InProcess()
        self._poll = poll
        self._is_heard = False
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="hints", daemon=True)

    @property
    def poll(self) -> float:
        return self._poll if self._is_heard else POLL

    def listen(self, hear: Hint) -> None:
        self._local.listen(hear)

    def forget(self, hear: Hint) -> None:
        self._local.forget(hear)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stopped.set()
        self._thread.join()
        self._client.close()

    def _run(self) -> None:
        while not self._stopped.is_set():
            with suppress(RedisError, OSError), closing(self._opened()) as heard:
                self._hear(heard)
            self._is_heard = False
            self._local.tell(ANYWHERE)
            self._stopped.wait(PAUSE)

    def _opened(self) -> PubSub:
        # As above; and it has no types here.
        heard: PubSub = self._client.pubsub()  # type: ignore[no-untyped-call]  # pyright: ignore[reportUnknownMemberType]
        heard.subscribe(self._channel)
        return heard

    def _hear(self, heard: PubSub) -> None:
        """Pass on what comes, until Redis neither says nor answers anything."""
        is_asked = True
        while not self._stopped.is_set():
            # As above.
            message: Message | None = heard.get_message(timeout=SILENCE)  # pyright: ignore[reportUnknownVariableType]
            if message is not None:
                is_asked = False
                self._pass_on(message)
            elif is_asked:
                return
            else:
                heard.ping()
                is_asked = True

    def _pass_on(self, message: Message) -> None:
        match message["type"]:
            case "subscribe":
                self._is_heard = True
                self._local.tell(ANYWHERE)
            case "message":
                self._local.tell(_position(message["data"]))
            case _:
                pass


def channel(prefix: str) -> str:
    return f"{prefix}/log"


@asynccontextmanager
async def telling(settings: Settings) -> AsyncGenerator[Hint]:
    """Yield what a committer tells. Raises `SettingsError`."""
    if settings.redis_url is None:
        yield InProcess().tell
        return
    with _usable():
        hints = ToRedis(settings.redis_url, settings.redis_prefix)
    task = asyncio.create_task(hints.run())
    try:
        yield hints.tell
    finally:
        task.cancel()
        await asyncio.wait([task])
        await hints.close()


@contextmanager
def hearing(settings: Settings) -> Generator[Hints]:
    """Yield what a follower in a process of its own hears. Raises `SettingsError`."""
    if settings.redis_url is None:
        yield InProcess()
        return
    with _usable():
        hints = FromRedis(settings.redis_url, settings.redis_prefix)
    hints.start()
    try:
        yield hints
    finally:
        hints.close()


@contextmanager
def _usable() -> Generator[None]:
    try:
        yield
    except ValueError:
        # Not the message, which has the address, and that may hold a password.
        raise SettingsError("REDIS_URL cannot be used.") from None


def _position(said: bytes) -> int:
    """Return the position in a message; whatever else is said may be any."""
    return int(said) if said.isdigit() else ANYWHERE
