"""Limits count what comes, by whoever sends it, and never keep a good call waiting."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import httpx
import pytest
from redis.asyncio import Redis as RedisClient

from adapters import counting
from adapters.connections import Connections
from adapters.counting import InMemory, InRedis, Uncounted
from adapters.http.addresses import networks
from adapters.http.limiting import Limit, Limiter
from tests import servers
from tests.adapters.http import tiny
from tests.adapters.http.asking import TRUST, bearer
from tests.examples import MONDAY
from tests.servers import Redis

BOOKING = "/api/co/bookings/123"
TWO = Limit(calls=2, seconds=60)
PROXY = "10.0.0.7"
OTHER = {"sub": "owner-2"}


class Clock:
    """What the edge's clock shows."""

    now: datetime = MONDAY


class Client:
    """Asks the same edge, from any address, at a time of the test's choice."""

    def __init__(self, limiter: Limiter) -> None:
        self._edge = tiny.edge(limiter=limiter)
        self.clock = Clock()
        self._edge._clock = lambda: self.clock.now  # noqa: SLF001 - its time is ours

    async def ask(
        self,
        path: str = "/open",
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        address: str = "192.0.2.1",
    ) -> httpx.Response:
        # As in `asking`: an ASGI application is one by its behaviour.
        transport = httpx.ASGITransport(self._edge, client=(address, 1))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport) as client:
            return await client.request(method, f"http://test{path}", headers=headers)

    def asked(
        self,
        path: str = "/open",
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        address: str = "192.0.2.1",
    ) -> httpx.Response:
        return asyncio.run(self.ask(path, method, headers, address))


def by_address(proxies: str | None = None) -> Client:
    trusted = () if proxies is None else networks(proxies)
    return Client(Limiter(InMemory(), TRUST, per_address=TWO, proxies=trusted))


def by_token() -> Client:
    return Client(Limiter(InMemory(), TRUST, per_token=TWO))


def test_who_asks_too_often_is_told_when_to_come_back():
    client = by_address()
    client.clock.now = MONDAY.replace(second=15)
    first, second, third = (client.asked() for _ in range(3))

    assert [first.status_code, second.status_code] == [200, 200]
    assert third.status_code == 429
    assert third.json()["code"] == "rate_limited"
    assert third.headers["retry-after"] == third.headers["ratelimit-reset"] == "45"
    assert "x-request-id" in third.headers
    assert [answer.headers["ratelimit-limit"] for answer in (first, third)] == ["2"] * 2
    remaining = [a.headers["ratelimit-remaining"] for a in (first, second, third)]
    assert remaining == ["1", "0", "0"]


def test_in_the_next_window_one_begins_anew():
    client = by_address()
    answers = [client.asked() for _ in range(3)]
    client.clock.now = MONDAY + timedelta(seconds=60)

    assert answers[-1].status_code == 429
    assert client.asked().status_code == 200


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/nowhere", "GET", 404),
        (BOOKING, "DELETE", 405),
        (BOOKING, "GET", 401),
        ("/fault", "GET", 500),
    ],
)
def test_whatever_is_answered_counts(path: str, method: str, status: int):
    client = by_address()

    codes = [client.asked(path, method).status_code for _ in range(3)]
    assert codes == [status, status, 429]


def test_each_address_has_its_own_limit():
    client = by_address()
    codes = [
        client.asked(address=f"192.0.2.{number % 2}").status_code for number in range(5)
    ]

    assert codes == [200, 200, 200, 200, 429]


def test_addresses_of_one_network_of_ipv6_are_one_caller():
    client = by_address()
    codes = [
        client.asked(address=f"2001:db8::{number:x}").status_code for number in range(3)
    ]

    assert codes == [200, 200, 429]
    assert client.asked(address="2001:db8:0:1::1").status_code == 200


def test_an_address_of_ipv4_is_one_however_it_is_written():
    client = by_address()
    for address in ("192.0.2.1", "::ffff:192.0.2.1"):
        assert client.asked(address=address).status_code == 200

    assert client.asked(address="192.0.2.1").status_code == 429


def test_a_forged_header_makes_nobody_somebody_else():
    client = by_address()
    codes = [
        client.asked(headers={"x-forwarded-for": f"198.51.100.{n}"}).status_code
        for n in range(3)
    ]

    assert codes == [200, 200, 429]


def test_behind_a_proxy_it_is_the_proxys_word_that_counts():
    client = by_address("10.0.0.0/8")

    def come(forwarded: str) -> int:
        headers = {"x-forwarded-for": forwarded}
        return client.asked(headers=headers, address=PROXY).status_code

    # What the caller claims stands left of what the proxy saw.
    codes = [come(f"198.51.100.{n}, 192.0.2.9") for n in range(3)]
    assert codes == [200, 200, 429]
    assert come("198.51.100.0, 192.0.2.10") == 200
    assert come("192.0.2.9, 10.1.1.1") == 429


@pytest.mark.parametrize("forwarded", ["", "secret", "192.0.2.9, me", "192.0.2.9:80"])
def test_what_is_no_address_leaves_it_with_the_proxy(forwarded: str):
    client = by_address("10.0.0.0/8")
    headers = {"x-forwarded-for": forwarded}
    codes = [client.asked(headers=headers, address=PROXY).status_code for _ in range(2)]

    assert codes == [200, 200]
    assert client.asked(address=PROXY).status_code == 429


def test_each_token_has_its_own_limit_from_wherever_it_comes():
    client = by_token()
    codes = [
        client.asked(BOOKING, headers=bearer(), address=f"192.0.2.{n}").status_code
        for n in range(3)
    ]

    assert codes == [200, 200, 429]
    assert client.asked(BOOKING, headers=bearer(**OTHER)).status_code == 200
    assert client.asked("/nowhere", headers=bearer()).status_code == 429


def test_a_new_token_of_the_same_person_has_no_limit_of_its_own():
    client = by_token()
    later = int((MONDAY + timedelta(hours=2)).timestamp())
    for claims in ({}, {"exp": later}):
        assert client.asked(BOOKING, headers=bearer(**claims)).status_code == 200

    assert client.asked(BOOKING, headers=bearer(exp=later + 1)).status_code == 429


@pytest.mark.parametrize(
    "forged",
    [bearer(iss="me"), {"authorization": "Bearer a.b.c"}, {}, bearer(exp=1)],
)
def test_a_token_that_is_none_uses_up_nobodys_limit(forged: dict[str, str]):
    client = by_token()
    codes = [client.asked(BOOKING, headers=forged).status_code for _ in range(3)]

    assert codes == [401, 401, 401]
    assert client.asked(BOOKING, headers=bearer()).status_code == 200


def test_the_nearer_of_two_limits_is_told():
    per_address = Limit(calls=100, seconds=60)
    client = Client(Limiter(InMemory(), TRUST, per_token=TWO, per_address=per_address))

    assert client.asked().headers["ratelimit-limit"] == "100"
    assert client.asked(headers=bearer()).headers["ratelimit-limit"] == "2"


def test_health_is_never_limited():
    client = by_address()
    answers = [client.asked("/health/live") for _ in range(3)]

    assert {answer.status_code for answer in answers} == {404}
    assert "ratelimit-limit" not in answers[0].headers


def test_a_memory_that_is_full_forgets_and_goes_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(counting, "MOST", 2)

    async def count() -> list[int]:
        memory = InMemory()
        return [await memory.count(key, 1, 60) for key in ("a", "a", "b", "a", "b")]

    assert asyncio.run(count()) == [1, 2, 1, 1, 1]


def test_a_late_call_counts_in_the_window_that_is():
    async def count() -> list[int]:
        memory = InMemory()
        return [await memory.count("a", window, 60) for window in (5, 4, 5)]

    assert asyncio.run(count()) == [1, 2, 3]


def test_what_breaks_while_counting_is_a_problem_too():
    class Broken(InMemory):
        async def count(self, key: str, window: int, seconds: int) -> int:
            raise RuntimeError(f"broken: {key} {window} {seconds}")

    answer = Client(Limiter(Broken(), TRUST, per_address=TWO)).asked()
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"


@pytest.fixture
def prefix() -> str:
    return f"test-{secrets.token_hex(6)}"


def test_processes_share_what_redis_counts(redis_url: str, prefix: str):
    async def count() -> list[int]:
        one, other = InRedis(redis_url, prefix), InRedis(redis_url, prefix)
        counts = [await by.count("key", 1, 60) for by in (one, other, one)]
        counts.append(await other.count("key", 2, 60))
        await one.close()
        await other.close()
        return counts

    assert asyncio.run(count()) == [1, 2, 3, 1]


def test_its_connections_and_who_waits_for_one_can_be_seen(redis_url: str, prefix: str):
    async def crowd() -> list[Connections]:
        counter = InRedis(redis_url, prefix, patience=10.0)
        seen = [counter.connections]
        callers = [
            asyncio.create_task(counter.count("key", 1, 60)) for _caller in range(40)
        ]
        # Nobody is told when a pool gets a connection.
        while counter.connections.used < counter.connections.limit:  # noqa: ASYNC110
            await asyncio.sleep(0)
        seen.append(counter.connections)
        await asyncio.gather(*callers)
        seen.append(counter.connections)
        await counter.close()
        return seen

    assert asyncio.run(crowd()) == [
        Connections(open=0, used=0, limit=32, waiting=0),
        Connections(open=32, used=32, limit=32, waiting=8),
        Connections(open=32, used=0, limit=32, waiting=0),
    ]


def test_exactly_so_many_are_let_in_of_many_at_once(redis_url: str, prefix: str):
    async def race() -> list[int]:
        async with limited(redis_url, prefix, calls=20, patience=10.0) as client:
            answers = await asyncio.gather(*(client.ask() for _ in range(100)))
            return [answer.status_code for answer in answers]

    codes = asyncio.run(race())
    assert (codes.count(200), codes.count(429)) == (20, 80)


@asynccontextmanager
async def limited(
    url: str,
    prefix: str,
    *,
    calls: int = 2,
    fails_closed: bool = False,
    patience: float = 5.0,
) -> AsyncIterator[Client]:
    counter = InRedis(url, prefix, patience=patience, pause=0.0)
    limit = Limit(calls=calls, seconds=60)
    yield Client(Limiter(counter, TRUST, per_address=limit, fails_closed=fails_closed))
    await counter.close()


@pytest.fixture
def redis() -> Iterator[Redis]:
    with servers.own_redis() as server:
        yield server


@pytest.mark.parametrize(("fails_closed", "status"), [(False, 200), (True, 503)])
@pytest.mark.parametrize("harm", ["kill", "pause"])
def test_without_redis_limits_are_open_or_closed_as_set(
    redis: Redis, prefix: str, harm: str, *, fails_closed: bool, status: int
):
    async def ask() -> list[httpx.Response]:
        async with limited(
            redis.url, prefix, fails_closed=fails_closed, patience=1.0
        ) as client:
            before = await client.ask()
            getattr(redis, harm)()
            return [before, *[await client.ask() for _ in range(2)]]

    before, *during = asyncio.run(ask())
    assert before.status_code == 200
    assert [answer.status_code for answer in during] == [status] * 2
    if fails_closed:
        assert during[0].json()["code"] == "unavailable"
        assert during[0].headers["retry-after"] == "1"


def test_a_redis_that_was_paused_is_counted_on_again(redis: Redis, prefix: str):
    async def ask() -> list[int]:
        async with limited(redis.url, prefix, patience=1.0) as client:
            codes = [(await client.ask()).status_code]
            redis.pause()
            codes.append((await client.ask(address="192.0.2.2")).status_code)
            redis.go_on()
            codes += [(await client.ask()).status_code for _ in range(2)]
            return codes

    # No answer to the call that was given up is taken for another's.
    assert asyncio.run(ask()) == [200, 200, 200, 429]


def test_a_redis_that_came_back_empty_begins_anew(redis: Redis, prefix: str):
    async def ask() -> list[int]:
        async with limited(redis.url, prefix) as client:
            codes = [(await client.ask()).status_code for _ in range(3)]
            redis.kill()
            redis.start_empty()
            codes += [(await client.ask()).status_code for _ in range(3)]
            return codes

    assert asyncio.run(ask()) == [200, 200, 429] * 2


def test_a_redis_that_failed_is_left_alone_for_a_while(redis: Redis, prefix: str):
    async def count() -> None:
        counter = InRedis(redis.url, prefix, patience=1.0, pause=3600.0)
        redis.kill()
        with pytest.raises(Uncounted):
            await counter.count("key", 1, 60)
        redis.start_empty()
        with pytest.raises(Uncounted):
            await counter.count("key", 1, 60)
        await counter.close()

    asyncio.run(count())


def test_keys_are_gone_after_their_window_and_name_nobody(redis: Redis, prefix: str):
    async def ask() -> list[tuple[str, int]]:
        async with limited(redis.url, prefix) as client:
            await client.ask()
        async with RedisClient.from_url(redis.url) as client:
            return [(str(key), await client.ttl(key)) for key in await client.keys("*")]

    ((key, seconds),) = asyncio.run(ask())
    assert prefix in key
    assert "192" not in key.replace(prefix, "")
    assert 0 < seconds <= 60
