"""Hints wake whoever follows the log; without them it is followed all the same."""

import asyncio
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from queue import Queue

import httpx
import pytest
from eventsourcing.persistence import StoredEvent
from redis import Redis as RedisClient

from adapters import hinting
from adapters.hinting import ANYWHERE, FromRedis, InProcess, ToRedis
from adapters.settings import SettingsError, read_settings
from adapters.subscription import PollingSubscription, Tail
from tests import running, servers, stores
from tests.servers import Redis

FOR_EVER = 1e6  # seconds: whoever waits so long was woken, or hangs


class Rare(InProcess):
    """Hints beside which nobody looks by itself."""

    @property
    def poll(self) -> float:
        return FOR_EVER


class Follower:
    """Reads all positions of a log in a thread, woken by hints."""

    def __init__(self, recorder: stores.Recorder, hints: hinting.Hints) -> None:
        self.seen = Queue[int]()
        self._subscription = PollingSubscription(recorder, 0, hints=hints)
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        for notification in self._subscription:
            self.seen.put(notification.id)

    def stop(self) -> None:
        self._subscription.stop()
        self._thread.join()


@contextmanager
def following(recorder: stores.Recorder, hints: hinting.Hints) -> Iterator[Follower]:
    follower = Follower(recorder, hints)
    try:
        yield follower
    finally:
        follower.stop()


@contextmanager
def hearing(
    url: str, prefix: str, poll: float
) -> Iterator[tuple[FromRedis, Queue[int]]]:
    """Yield what hears, and what it heard so far: first that it hears at all."""
    with closing(FromRedis(url, prefix, poll=poll)) as hints:
        heard = Queue[int]()
        hints.listen(heard.put)
        hints.start()
        assert heard.get() == ANYWHERE
        yield hints, heard


@pytest.fixture
def recorder(store_url):
    stores.migrate(store_url)
    with stores.recording(store_url) as recorder:
        yield recorder


@pytest.fixture
def prefix() -> str:
    return f"test-{secrets.token_hex(6)}"


@pytest.fixture
def redis() -> Iterator[Redis]:
    with servers.own_redis() as server:
        yield server


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let silence be noticed soon: the law is the same."""
    monkeypatch.setattr(hinting, "SILENCE", 0.2)
    monkeypatch.setattr(hinting, "PAUSE", 0.05)


def position(heard: Queue[int]) -> int:
    """Return the next position that is told; a busy Redis may be taken for silent."""
    found = heard.get()
    while found == ANYWHERE:
        found = heard.get()
    return found


def placed(recorder: stores.Recorder, version: int) -> int:
    written = recorder.insert_events(
        [StoredEvent("booking-1", version, "booking.placed", b"{}")]
    )
    assert written is not None
    return written[0]


def says_hello(url: str, booking_id: int) -> int:
    """Let Kari write to the workshop; return the answer's status."""
    return httpx.put(
        f"{url}/api/co/bookings/{booking_id}",
        json={"message": {"text": "Hello."}},
        headers={"authorization": f"Bearer {running.token('kari')}"},
        timeout=30,
    ).status_code


async def told(url: str, prefix: str, *positions: int, patience: float = 5.0) -> None:
    """Tell positions as a process that commits does, as far as Redis takes them."""
    hints = ToRedis(url, prefix, patience=patience, pause=0.0)
    task = asyncio.create_task(hints.run())
    for one in positions:
        hints.tell(one)
        await hints.settle()
    task.cancel()
    await asyncio.wait([task])
    await hints.close()


def test_a_hint_wakes_a_follower_that_would_not_look_for_long(recorder):
    hints = Rare()
    with following(recorder, hints) as follower:
        for version in (1, 2, 3):
            hints.tell(placed(recorder, version))

            assert follower.seen.get() == version


def test_a_hint_of_what_was_read_wakes_nobody():
    hints = Rare()
    tail = Tail(lambda last: [last + 1], int, 0, hints)
    assert tail.page() == [1]
    is_woken = tail._rung.is_set  # noqa: SLF001 - nobody else can tell

    hints.tell(1)
    assert not is_woken()
    hints.tell(2)
    assert is_woken()


def test_who_stopped_hears_nothing_more(recorder):
    hints = Rare()
    with following(recorder, hints):
        assert len(hints._listeners) == 1  # noqa: SLF001 - nobody else can tell

    assert hints._listeners == []  # noqa: SLF001 - as above


def test_other_processes_hear_by_redis(recorder, redis_url: str, prefix: str):
    with (
        hearing(redis_url, prefix, FOR_EVER) as (hints, _heard),
        following(recorder, hints) as follower,
    ):
        for version in (1, 2):
            last = placed(recorder, version)
            asyncio.run(told(redis_url, prefix, last))

            assert follower.seen.get() == last


def test_a_hint_is_a_position_and_nothing_else(redis_url: str, prefix: str):
    with hearing(redis_url, prefix, FOR_EVER) as (_hints, heard):
        asyncio.run(told(redis_url, prefix, 7, 3, 9))
        with closing(RedisClient.from_url(redis_url)) as stranger:
            stranger.publish(f"other-{prefix}/log", "10")
            stranger.publish(f"{prefix}/log", "11")
            assert [position(heard) for _hint in range(3)] == [7, 9, 11]

            stranger.publish(f"{prefix}/log", "what?")
            assert heard.get() == ANYWHERE


def test_a_server_tells_what_it_committed(
    postgres_url: str, redis_url: str, prefix: str
):
    booked = asyncio.run(running.place_one_each(postgres_url, ["kari"]))
    more = {"REDIS_URL": redis_url, "BOOKINGS_REDIS_PREFIX": prefix}
    with (
        hearing(redis_url, prefix, FOR_EVER) as (_hints, heard),
        running.serving(postgres_url, more=more) as (server,),
    ):
        assert says_hello(server.url, booked["kari"]) == 200
        assert position(heard) == 3  # after the workshop and the booking


def test_no_answer_needs_redis(sqlite_url: str, redis: Redis, prefix: str):
    booked = asyncio.run(running.place_one_each(sqlite_url, ["kari"]))
    more = {
        "REDIS_URL": redis.url,
        "BOOKINGS_REDIS_PREFIX": prefix,
        "BOOKINGS_RATE_PER_TOKEN": "off",
    }
    harms: list[Callable[[], None]] = [redis.pause, redis.go_on, redis.kill]
    with running.serving(sqlite_url, more=more) as (server,):
        for harm in (*harms, redis.start_empty):
            harm()
            assert says_hello(server.url, booked["kari"]) == 200


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("harm", ["kill", "pause"])
def test_without_redis_followers_look_by_themselves(
    sqlite_url: str, redis: Redis, prefix: str, harm: str
):
    stores.migrate(sqlite_url)
    with (
        stores.recording(sqlite_url) as recorder,
        hearing(redis.url, prefix, FOR_EVER) as (hints, heard),
        following(recorder, hints) as follower,
    ):
        getattr(redis, harm)()
        # Told when it is noticed that hints may be missed.
        assert heard.get() == ANYWHERE
        last = placed(recorder, 1)
        asyncio.run(told(redis.url, prefix, last, patience=0.1))

        assert follower.seen.get() == last


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("harm", ["kill", "pause"])
def test_hints_come_again_once_redis_is_back(redis: Redis, prefix: str, harm: str):
    with hearing(redis.url, prefix, FOR_EVER) as (hints, heard):
        getattr(redis, harm)()
        assert heard.get() == ANYWHERE
        assert hints.poll == hinting.POLL
        redis.go_on() if harm == "pause" else redis.start_empty()
        while hints.poll != FOR_EVER:
            assert heard.get() == ANYWHERE
        asyncio.run(told(redis.url, prefix, 5))

        assert position(heard) == 5


def test_hints_that_cannot_be_told_are_dropped_and_keep_nobody(
    redis: Redis, prefix: str
):
    async def tell() -> bool:
        hints = ToRedis(redis.url, prefix, patience=0.1, pause=FOR_EVER)
        task = asyncio.create_task(hints.run())
        for one in range(1, 1000):
            hints.tell(one)
        await hints.settle()
        is_running = not task.done()
        task.cancel()
        await asyncio.wait([task])
        await hints.close()
        return is_running

    redis.pause()
    assert asyncio.run(tell())


def test_without_redis_hints_stay_in_the_process():
    settings = read_settings({})

    async def tell() -> None:
        async with hinting.telling(settings) as hint:
            hint(1)

    asyncio.run(tell())
    with hinting.hearing(settings) as hints:
        assert hints.poll == hinting.POLL


def test_an_address_that_is_none_is_one_line():
    settings = read_settings({"REDIS_URL": "redis://h:hush"})

    async def tell() -> None:
        async with hinting.telling(settings):
            pytest.fail("there is nothing to tell by")

    with pytest.raises(SettingsError, match=r"REDIS_URL cannot be used\.$"):
        asyncio.run(tell())
    with (
        pytest.raises(SettingsError, match=r"REDIS_URL cannot be used\.$"),
        hinting.hearing(settings),
    ):
        pytest.fail("there is nothing to hear by")
