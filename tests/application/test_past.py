"""What was as of a time: folded from both streams, and never what came later."""

from datetime import timedelta

import pytest

from application import bodies, past
from application.past import Decided
from domain import events
from domain.booking import Status
from domain.identity import Actor
from domain.structs import replace
from tests import lived, stores
from tests.examples import (
    ASKED_FOR_FRIDAY,
    BOOKING_ID,
    CANCELLED,
    CONFIRMED,
    ERASED,
    FRIDAY,
    HOUR,
    LATE,
    MONDAY,
    MOVED_TO_FRIDAY,
    ORG_NR,
    OTHER_BOOKING_ID,
    OWNER,
    PLACED,
    POLICY,
    SAID_HELLO,
    STAFF,
    SUPERSEDED,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    slot,
)

MOMENT = timedelta(microseconds=1)
ANOTHER = replace(PLACED, booking_id=OTHER_BOOKING_ID, slot=slot(THURSDAY + 2 * HOUR))


def then(event: events.BookingEvent, at=MONDAY, by: Actor = OWNER) -> lived.Happened:
    return lived.of_booking(BOOKING_ID, event, at=at, by=by)


def another(event: events.BookingEvent, at=MONDAY) -> lived.Happened:
    return lived.of_booking(OTHER_BOOKING_ID, event, at=at)


FOUNDED = events.WorkshopAdded(org_nr=ORG_NR, name="Verksted", policy=POLICY)
ADDED = lived.of_workshop(ORG_NR, FOUNDED)
TWO_BAYS = lived.of_workshop(
    ORG_NR, events.PolicyChanged(policy=replace(POLICY, bays=2)), at=TUESDAY
)
STORY = (
    ADDED,
    then(PLACED, MONDAY),
    then(CONFIRMED, MONDAY + HOUR, STAFF),
    then(SAID_HELLO, MONDAY + 2 * HOUR),
    TWO_BAYS,
    then(ASKED_FOR_FRIDAY, LATE),
    then(SUPERSEDED, LATE + HOUR),
    then(MOVED_TO_FRIDAY, LATE + HOUR),
)


def at(moment, *happened: lived.Happened):
    return past.as_of(lived.written(happened or STORY).past(BOOKING_ID), moment)


def test_before_it_was_placed_there_is_no_booking():
    assert at(MONDAY - MOMENT) is None


@pytest.mark.parametrize(
    ("moment", "version", "position"),
    [
        (MONDAY, 1, 2),
        (MONDAY + HOUR - MOMENT, 1, 2),
        (MONDAY + HOUR, 2, 3),
        (MONDAY + 2 * HOUR, 3, 4),
        (LATE - MOMENT, 3, 4),
        (LATE + HOUR, 6, 8),
        (FRIDAY, 6, 8),
    ],
)
def test_a_booking_is_as_its_last_event_of_then_left_it(moment, version, position):
    found = at(moment)

    assert found is not None
    head = found.stored.head
    assert (head.version, head.position) == (version, position)


def test_each_of_its_pasts_was_its_present():
    for length in range(2, len(STORY) + 1):
        known = lived.written(STORY[:length])

        found = past.as_of(known.past(BOOKING_ID), STORY[length - 1].at)

        assert found is not None
        present = known.seen(BOOKING_ID)
        assert found.stored.booking == present.stored.booking
        assert found.workshop == present.workshop
        assert found.stored.head == present.stored.head


@pytest.mark.parametrize(
    ("moment", "bays"), [(TUESDAY - MOMENT, 1), (TUESDAY, 2), (FRIDAY, 2)]
)
def test_the_workshop_is_that_of_then_too(moment, bays):
    found = at(moment)

    assert found is not None
    assert found.workshop.policy.bays == bays


def test_a_workshop_with_a_fast_clock_is_still_older_than_its_bookings():
    fast = lived.of_workshop(ORG_NR, FOUNDED, at=FRIDAY)

    found = at(MONDAY, fast, then(PLACED))

    assert found is not None
    assert found.workshop.policy_version == 1


def test_the_clock_of_then_counts():
    found = at(WEDNESDAY, ADDED, then(replace(PLACED, slot=slot(TUESDAY))))

    assert found is not None
    assert found.stored.booking.status is Status.PENDING
    shown = bodies.seen(found, lived.VAULT, WEDNESDAY)
    assert (shown.status, shown.revision) == ("CANCELLED", 2)


@pytest.mark.parametrize(
    "key", [None, lived.VAULT.new_key(OWNER.id)], ids=["no key", "a new key"]
)
def test_what_was_erased_since_is_gone_from_the_past(key):
    whole = lived.written([ADDED, then(PLACED), then(ERASED, TUESDAY)])
    known = whole.past(BOOKING_ID)

    found = past.as_of(known._replace(seen=replace(known.seen, owner_key=key)), MONDAY)

    assert found is not None
    shown = bodies.seen(found, lived.VAULT, MONDAY)
    assert (shown.vehicle.plate, shown.revision) == (None, 1)


async def decisions(url, since, until) -> list[Decided]:
    async with stores.reading(url) as reader:
        found = past.decisions(reader, ORG_NR, since=since, until=until)
        return [decided async for decided in found]


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        (MONDAY, FRIDAY, [CANCELLED, ASKED_FOR_FRIDAY, MOVED_TO_FRIDAY]),
        (LATE, LATE + HOUR, [ASKED_FOR_FRIDAY]),
        (LATE + MOMENT, FRIDAY, [CANCELLED, MOVED_TO_FRIDAY]),
        (MONDAY, LATE, []),
        (FRIDAY, FRIDAY + HOUR, []),
    ],
)
async def test_the_decisions_of_a_period_come_with_what_was_decided_about(
    decided_on, since, until, found
):
    told = await decisions(decided_on, since, until)

    assert [one.decision for one in told] == [event.decision for event in found]
    for one in told:
        assert one.before.status is Status.CONFIRMED
        assert one.before.slot.start in {PLACED.slot.start, ANOTHER.slot.start}


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def decided_on(request: pytest.FixtureRequest) -> str:
    """Return the URL of a store with decisions about two bookings."""
    by_clock = events.Cancelled()
    third = replace(PLACED, booking_id=OTHER_BOOKING_ID + 1024, slot=slot(TUESDAY))
    return lived.store(
        request.getfixturevalue(request.param),
        [
            *STORY,
            another(ANOTHER),
            another(CONFIRMED),
            another(CANCELLED, LATE + HOUR),
            lived.of_booking(third.booking_id, third),
            lived.of_booking(third.booking_id, by_clock, at=TUESDAY),
        ],
    )
