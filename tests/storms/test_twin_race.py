"""The same from several processes at once happens once, or as often as it may."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from adapters import clock, slices
from application.verify import verify
from tests import servers, stores
from tests.running import ORG_NR
from tests.storms import races, wishing
from tests.storms.races import slot
from tests.storms.racing import Racing, racing
from tests.storms.wishing import Told, Wish

TWINS = 8
EACH = 60  # bookings of a test
LIMIT = 5  # open bookings of one owner
PLACES = 12
PROCESSES = {"sqlite": 2, "postgres": 4}


class Arena(NamedTuple):
    url: str
    race: Racing

    def book(self, first: int) -> list[int]:
        return asyncio.run(races.booked(self.url, first, EACH))


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def arena(
    request: pytest.FixtureRequest,
    postgres_server: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Arena]:
    folder: Path = tmp_path_factory.mktemp("twins")
    with servers.fresh_database(postgres_server) as database:
        kinds = {"sqlite": servers.sqlite_url(folder), "postgres": database}
        url = kinds[request.param]
        stores.migrate(url)
        asyncio.run(races.commit(url, [races.opened(clock.now())]))
        with racing(url, PROCESSES[request.param]) as race:
            yield Arena(url, race)
        with stores.snapshot(url) as snapshot:
            assert verify(snapshot).differences == ()


def by_booking(told: Sequence[Told]) -> dict[int, list[Told]]:
    found = defaultdict(list)
    for one in told:
        found[one.wish.booking_id].append(one)
    return found


def test_a_message_that_is_sent_again_is_one_message(arena):
    told = arena.race.heat(
        [
            Wish(
                what="say",
                booking_id=number,
                owner=wishing.owner(number).id,
                client_message_id=name,
            )
            for number in arena.book(0)
            for name in [clock.new_id()]
            for _twin in range(TWINS)
        ]
    )

    assert {(one.status, one.word) for one in told} == {(200, "message_appended")}
    for twins in by_booking(told).values():
        assert len(twins) == TWINS
        assert len({one.message_id for one in twins}) == 1


def test_a_key_is_used_once_and_whoever_comes_second_gets_its_answer(arena):
    told = arena.race.heat(
        [
            Wish(
                what="move",
                booking_id=number,
                owner=wishing.owner(number).id,
                start=slot(1000 + n),
                key="once",
            )
            for n, number in enumerate(arena.book(EACH))
            for _twin in range(TWINS)
        ]
    )

    assert {(one.status, one.word) for one in told} == {(200, "rescheduled")}
    for twins in by_booking(told).values():
        assert Counter(one.is_replay for one in twins) == {True: TWINS - 1, False: 1}


def test_an_upload_is_used_by_one_message(arena):
    numbers, at = arena.book(2 * EACH), clock.now()
    wanted = {
        number: [clock.new_id() for _upload in range(TWINS + 1)] for number in numbers
    }
    announced = [
        call
        for number, uploads in wanted.items()
        for upload in uploads
        for call in wishing.uploaded(number, upload, at)
    ]
    asyncio.run(races.commit(arena.url, announced))

    told = arena.race.heat(
        [
            Wish(
                what="say",
                booking_id=number,
                owner=wishing.owner(number).id,
                uploads=(wanted_by_all, own),
            )
            for number, (wanted_by_all, *others) in wanted.items()
            for own in others
        ]
    )

    for twins in by_booking(told).values():
        assert Counter((one.status, one.word) for one in twins) == {
            (200, "message_appended"): 1,
            (409, "upload_unusable"): TWINS - 1,
        }


def test_an_owner_gets_no_more_open_bookings_than_the_policy_lets_wait(arena):
    owners = [f"eager-{n}" for n in range(10)]
    numbers = iter(slices.ids(ORG_NR, 10_000, len(owners) * PLACES))

    told = arena.race.heat(
        [
            Wish(
                what="place",
                booking_id=next(numbers),
                owner=owner,
                start=slot(2000 + n * PLACES + place),
            )
            for n, owner in enumerate(owners)
            for place in range(PLACES)
        ]
    )

    found = Counter((one.wish.owner, one.status, one.word) for one in told)
    assert found == {
        answer: count
        for owner in owners
        for answer, count in (
            ((owner, 201, "placed"), LIMIT),
            ((owner, 409, "too_many_open"), PLACES - LIMIT),
        )
    }
