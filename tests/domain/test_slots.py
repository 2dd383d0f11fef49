"""A bay is free when nobody else holds it for any part of the time."""

import pytest

from domain.slots import HoldKind, Occupancy
from domain.structs import replace
from tests.dsl import given
from tests.examples import (
    ASKED_FOR_FRIDAY,
    ASKED_TO_CANCEL,
    BOOKING_ID,
    CANCELLED,
    COMPLETED,
    CONFIRMED,
    FRIDAY,
    HOUR,
    MINUTE,
    MISSED,
    MONDAY,
    OTHER_BOOKING_ID,
    PLACED,
    SAID_HELLO,
    STARTED,
    SUPERSEDED,
    THURSDAY,
    hold,
    say,
    slot,
)

ORG_NR = PLACED.org_nr
FOR_GOOD = hold(THURSDAY, booking_id=BOOKING_ID)
WAITING = hold(THURSDAY, booking_id=BOOKING_ID, expires_at=THURSDAY)
ASKED = hold(FRIDAY, kind=HoldKind.HOLD, booking_id=BOOKING_ID, expires_at=THURSDAY)


def free_bay(
    occupancy: Occupancy,
    start=THURSDAY,
    *,
    bays: int = 1,
    booking_id: int = BOOKING_ID,
    org_nr: int = ORG_NR,
    now=MONDAY,
):
    return occupancy.free_bay(
        org_nr=org_nr,
        booking_id=booking_id,
        bays=bays,
        start=start,
        until=slot(start).free_at,
        now=now,
    )


def test_the_first_bay_of_an_empty_workshop_is_free():
    assert free_bay(Occupancy()) == 1


@pytest.mark.parametrize(
    ("taken", "bays", "free"),
    [
        ((1,), 1, None),
        ((1,), 2, 2),
        ((2,), 2, 1),
        ((1, 2), 3, 3),
        ((1, 3), 3, 2),
        ((1, 2, 3), 3, None),
        ((2,), 1, 1),
    ],
)
def test_the_lowest_free_bay_is_given(taken, bays, free):
    occupancy = Occupancy(hold(THURSDAY, bay=bay, booking_id=bay) for bay in taken)

    assert free_bay(occupancy, bays=bays) == free


@pytest.mark.parametrize(
    ("start", "is_free"),
    [
        (THURSDAY - 75 * MINUTE, True),
        (THURSDAY - 74 * MINUTE, False),
        (THURSDAY, False),
        (THURSDAY + 74 * MINUTE, False),
        (THURSDAY + 75 * MINUTE, True),
    ],
)
def test_a_hold_is_from_its_start_until_its_buffer_ends(start, is_free):
    occupancy = Occupancy([hold(THURSDAY)])

    assert (free_bay(occupancy, start) == 1) is is_free


def test_a_hold_within_the_wanted_time_takes_the_bay():
    ten_minutes = replace(
        hold(THURSDAY), start=THURSDAY + 10 * MINUTE, free_at=THURSDAY + 20 * MINUTE
    )

    assert free_bay(Occupancy([ten_minutes])) is None


def test_nothing_is_shuffled_to_make_room():
    """Two bays, each free for half of the time: no single one is free for all of it."""
    occupancy = Occupancy(
        [
            hold(THURSDAY - HOUR, bay=1, booking_id=1),
            hold(THURSDAY + HOUR, bay=2, booking_id=2),
        ]
    )

    assert free_bay(occupancy, bays=2) is None


def test_another_workshop_has_bays_of_its_own():
    occupancy = Occupancy([hold(THURSDAY)])

    assert free_bay(occupancy, org_nr=ORG_NR + 1) == 1


@pytest.mark.parametrize("kind", HoldKind)
def test_a_booking_never_conflicts_with_itself(kind):
    own = Occupancy([hold(THURSDAY, booking_id=BOOKING_ID, kind=kind)])

    assert free_bay(own) == 1
    assert free_bay(own, booking_id=OTHER_BOOKING_ID) is None


@pytest.mark.parametrize("kind", HoldKind)
def test_a_slot_and_a_hold_take_a_bay_alike(kind):
    assert free_bay(Occupancy([hold(THURSDAY, kind=kind)])) is None


def test_a_slot_and_a_hold_of_one_booking_stand_side_by_side():
    occupancy = Occupancy(
        [hold(THURSDAY), hold(FRIDAY, kind=HoldKind.HOLD, booking_id=OTHER_BOOKING_ID)]
    )

    assert free_bay(occupancy, THURSDAY) is None
    assert free_bay(occupancy, FRIDAY) is None


def test_what_is_released_is_free_and_what_is_claimed_is_not():
    occupancy = Occupancy([hold(THURSDAY)])

    occupancy.change(released=[hold(THURSDAY)], claimed=[hold(FRIDAY)])

    assert free_bay(occupancy, THURSDAY) == 1
    assert free_bay(occupancy, FRIDAY) is None


def test_releasing_one_kind_leaves_the_other():
    asked = hold(FRIDAY, kind=HoldKind.HOLD)
    occupancy = Occupancy([hold(THURSDAY), asked])

    occupancy.change(released=[asked], claimed=[])

    assert free_bay(occupancy, THURSDAY) is None
    assert free_bay(occupancy, FRIDAY) == 1


def test_what_is_released_twice_or_was_never_known_stays_free():
    occupancy = Occupancy()

    occupancy.change(released=[hold(THURSDAY), hold(THURSDAY)], claimed=[])

    assert free_bay(occupancy) == 1


@pytest.mark.parametrize(
    ("history", "held"),
    [
        ((PLACED,), (WAITING,)),
        ((PLACED, CONFIRMED), (FOR_GOOD,)),
        ((PLACED, CONFIRMED, ASKED_FOR_FRIDAY), (FOR_GOOD, ASKED)),
        ((PLACED, ASKED_FOR_FRIDAY), (WAITING, ASKED)),
        ((PLACED, ASKED_FOR_FRIDAY, SUPERSEDED), (WAITING,)),
        ((PLACED, CONFIRMED, ASKED_TO_CANCEL), (FOR_GOOD,)),
        ((PLACED, CONFIRMED, STARTED), (FOR_GOOD,)),
        ((PLACED, CONFIRMED, STARTED, COMPLETED), ()),
        ((PLACED, CONFIRMED, MISSED), ()),
        ((PLACED, CANCELLED), ()),
        ((PLACED, ASKED_FOR_FRIDAY, CANCELLED), ()),
        ((PLACED, SAID_HELLO), (WAITING,)),
    ],
)
def test_a_booking_and_its_open_request_hold_their_slots_while_it_is_open(
    history, held
):
    """Those of them that the clock will free say when."""
    assert given(*history).when(say()).booking.holds() == held


@pytest.mark.parametrize(
    ("now", "free"),
    [(THURSDAY - MINUTE, None), (THURSDAY, 1), (THURSDAY + MINUTE, 1)],
)
def test_what_expired_takes_nothing_from_that_very_moment(now, free):
    occupancy = Occupancy([hold(FRIDAY, expires_at=THURSDAY)])

    assert free_bay(occupancy, FRIDAY, now=now) == free


def test_what_expired_is_in_the_way_until_its_own_event_is_written():
    occupancy = Occupancy([hold(FRIDAY, expires_at=THURSDAY)])
    mine = hold(FRIDAY, booking_id=BOOKING_ID)

    assert occupancy.in_the_way(mine) == {OTHER_BOOKING_ID}


@pytest.mark.parametrize(
    "mine",
    [
        hold(THURSDAY, booking_id=OTHER_BOOKING_ID),
        hold(THURSDAY, booking_id=BOOKING_ID, bay=2),
        hold(THURSDAY, booking_id=BOOKING_ID, org_nr=ORG_NR + 1),
        hold(THURSDAY + 75 * MINUTE, booking_id=BOOKING_ID),
        hold(THURSDAY - 75 * MINUTE, booking_id=BOOKING_ID),
    ],
    ids=["itself", "another bay", "another workshop", "later", "earlier"],
)
def test_what_takes_another_bay_or_time_is_not_in_the_way(mine):
    assert Occupancy([hold(THURSDAY)]).in_the_way(mine) == set()


@pytest.mark.parametrize("start", [THURSDAY - 74 * MINUTE, THURSDAY + 74 * MINUTE])
def test_what_overlaps_by_a_minute_is_in_the_way(start):
    mine = hold(start, booking_id=BOOKING_ID)

    assert Occupancy([hold(THURSDAY)]).in_the_way(mine) == {OTHER_BOOKING_ID}


def test_a_hold_is_in_the_bay_of_its_slot():
    in_bay_three = replace(PLACED, slot=slot(THURSDAY, bay=3))

    (held,) = given(in_bay_three).when(say()).booking.holds()

    assert held.bay == 3
