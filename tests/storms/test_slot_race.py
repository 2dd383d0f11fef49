"""Many race for one slot: exactly one gets it, the others are told that it is taken."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime

import httpx
import pytest

from application.verify import verify
from tests import running, stores, stories
from tests.storms import races, wishing
from tests.storms.races import Course
from tests.storms.racing import racing
from tests.storms.wishing import Told, Wish

ROUNDS = 1000
AT_ONCE = 20  # rounds
RACERS = 8  # for each slot
OVER_HTTP = 40  # rounds
WON, LOST = (200, "rescheduled"), (409, "slot_taken")


def heats(course: Course) -> Iterator[list[Wish]]:
    """Yield the wishes of each heat: every racer of a lane wants the lane's next."""
    for first in range(0, len(course.targets), len(course.lanes)):
        targets = course.targets[first : first + len(course.lanes)]
        yield [
            moving(racer, target)
            for lane, target in zip(course.lanes, targets, strict=True)
            for racer in lane
        ]


def moving(booking_id: int, start: datetime) -> Wish:
    owner = wishing.owner(booking_id).id
    return Wish(what="move", booking_id=booking_id, owner=owner, start=start)


def must_have_one_winner_each(course: Course, told: Sequence[Told]) -> None:
    results: dict[datetime | None, Counter[tuple[int, str]]] = {}
    for one in told:
        results.setdefault(one.wish.start, Counter())[one.status, one.word] += 1
    assert results == {
        target: Counter({WON: 1, LOST: RACERS - 1}) for target in course.targets
    }


def must_be_as_told(url: str, course: Course) -> None:
    """Hold the store to one move a slot, and to an expiry for each ghost that left."""
    assert topics(url) == {
        "workshop.added": 1,
        "booking.placed": len(course.lanes) * RACERS + len(course.ghosts),
        "booking.confirmed": len(course.lanes) * RACERS + len(course.ghosts),
        "booking.marked": len(course.ghosts),
        "booking.change_requested": len(course.ghosts),
        "booking.change_expired": len(course.ghosts),
        "booking.rescheduled": len(course.targets),
    }
    with stores.snapshot(url) as snapshot:
        assert verify(snapshot).differences == ()


def topics(url: str) -> dict[str, int]:
    return dict(
        stories.rows(url, "SELECT topic, count(*) FROM stored_events GROUP BY topic")
    )


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_of_many_who_race_for_a_slot_one_gets_it(store, request):
    url = request.getfixturevalue(f"{store}_url")
    processes = {"sqlite": 2, "postgres": 4}[store]
    course = asyncio.run(
        races.laid_out(url, targets=ROUNDS, lanes=AT_ONCE, racers=RACERS)
    )

    with racing(url, processes) as race:
        told = [one for wishes in heats(course) for one in race.heat(wishes)]

    must_have_one_winner_each(course, told)
    must_be_as_told(url, course)


def test_of_many_who_race_over_http_one_gets_it(store_url):
    course = asyncio.run(
        races.laid_out(store_url, targets=OVER_HTTP, lanes=1, racers=RACERS)
    )
    processes = 1 if stores.is_sqlite(store_url) else 2

    with (
        running.serving(store_url, processes=processes) as servers,
        ThreadPoolExecutor(RACERS) as pool,
        ExitStack() as stack,
    ):
        clients = [
            stack.enter_context(wanting(racer, servers[n % processes].url))
            for n, racer in enumerate(course.lanes[0])
        ]
        told = [
            one
            for target in course.targets
            for one in pool.map(wants, clients, course.lanes[0], [target] * RACERS)
        ]

    must_have_one_winner_each(course, told)
    must_be_as_told(store_url, course)


def wanting(booking_id: int, server: str) -> httpx.Client:
    """Return a connection of the booking's owner's that stays."""
    token = running.token(wishing.owner(booking_id).id)
    return httpx.Client(
        base_url=server,
        verify=False,  # noqa: S501 - plain HTTP
        timeout=30,
        headers={"Authorization": f"Bearer {token}"},
    )


def wants(client: httpx.Client, booking_id: int, start: datetime) -> Told:
    response = client.put(
        f"/api/co/bookings/{booking_id}",
        json={"service_start_time": start.isoformat()},
    )
    body = response.json()
    won = response.status_code == httpx.codes.OK
    return Told(
        wish=moving(booking_id, start),
        status=response.status_code,
        word=body["data"]["result"]["outcome"] if won else body["code"],
    )
