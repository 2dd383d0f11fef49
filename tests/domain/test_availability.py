"""What can be had is told start by start, with the bays that are free for all of it."""

from datetime import datetime

import pytest

from domain.availability import Opening, openings
from domain.policy import Policy, Rules, Service, TargetWindow, Week
from domain.slots import Hold, HoldKind
from domain.structs import replace
from tests.examples import (
    DAY,
    EVERY_DAY,
    HOUR,
    MINUTE,
    MONDAY,
    OSLO,
    POLICY,
    SATURDAY,
    SERVICE,
    SUNDAY,
    THURSDAY,
    TYRES,
    hold,
)

OPENS, CLOSES = THURSDAY - 2 * HOUR, THURSDAY + 6 * HOUR
HOURLY = replace(
    POLICY, rules=Rules(target_window=TargetWindow(grid_minutes=60)), bays=3
)


def listed(
    *holds: Hold,
    policy: Policy = HOURLY,
    service: Service = SERVICE,
    first: datetime = OPENS,
    last: datetime = CLOSES,
    now: datetime = MONDAY,
) -> dict[datetime, int]:
    """Return the free bays of each start that is listed."""
    found = openings(policy, service, holds, first, last, now=now)
    return {opening.start: opening.bays for opening in found}


def at(*hours: int, bays: int = 3) -> dict[datetime, int]:
    return {OPENS + hour * HOUR: bays for hour in hours}


def test_an_empty_workshop_has_all_its_bays_at_each_start():
    assert listed() == at(*range(8))


def test_an_opening_ends_with_the_service_and_without_its_buffer():
    (first, *_others) = openings(HOURLY, SERVICE, (), OPENS, CLOSES, now=MONDAY)

    assert first == Opening(start=OPENS, end=OPENS + HOUR, bays=3)


def test_the_period_includes_its_first_moment_and_not_its_last():
    assert listed(first=OPENS + HOUR, last=OPENS + 3 * HOUR) == at(1, 2)
    assert listed(first=OPENS + HOUR, last=OPENS + 3 * HOUR + MINUTE) == at(1, 2, 3)
    assert listed(first=OPENS + MINUTE, last=OPENS + 2 * HOUR) == at(1)


@pytest.mark.parametrize("length", [0 * HOUR, -HOUR, -30 * DAY])
def test_a_period_without_length_has_nothing(length):
    assert listed(first=OPENS, last=OPENS + length) == {}


def test_all_spans_of_all_days_are_looked_at():
    days = Week(fri=(("08:00", "09:00"), ("12:00", "14:00")), sat=(("09:00", "10:00"),))

    found = listed(
        policy=replace(HOURLY, opening_hours=days), first=MONDAY, last=MONDAY + 7 * DAY
    )

    friday = OPENS + DAY
    assert list(found) == [
        friday,
        friday + 4 * HOUR,
        friday + 5 * HOUR,
        friday + DAY + HOUR,
    ]


def test_what_is_listed_comes_in_order():
    found = list(listed(first=MONDAY, last=MONDAY + 90 * DAY))

    assert found == sorted(found)
    assert len(found) == 78 * 8 - 4


def test_a_day_begins_and_ends_by_the_clock_of_the_workshop():
    """22:00 UTC on Wednesday is midnight in Oslo."""
    policy = replace(HOURLY, opening_hours=Week(thu=EVERY_DAY.thu))
    midnight = THURSDAY - 10 * HOUR

    found = list(listed(policy=policy, first=MONDAY, last=MONDAY + 7 * DAY))

    assert found == [midnight + hour * HOUR for hour in range(24)]


def test_a_holiday_has_nothing():
    policy = replace(HOURLY, holidays=("2026-06-04",))

    assert listed(policy=policy) == {}
    assert listed(policy=policy, first=OPENS + DAY, last=CLOSES + DAY) == {
        start + DAY: 3 for start in at(*range(8))
    }


def test_what_is_too_near_is_not_listed():
    now = OPENS + HOUR

    assert listed(now=now) == at(*range(3, 8))
    assert listed(now=now + MINUTE) == at(*range(4, 8))


def test_what_is_too_far_is_not_listed():
    now = OPENS + 5 * HOUR - 90 * DAY

    assert listed(now=now) == at(*range(6))
    assert listed(now=now - MINUTE) == at(*range(5))


def test_a_service_that_would_not_end_before_the_day_does_is_not_listed():
    assert list(listed(service=replace(SERVICE, minutes=121)))[-1] == OPENS + 5 * HOUR
    assert list(listed(service=replace(SERVICE, minutes=120)))[-1] == OPENS + 6 * HOUR


@pytest.mark.parametrize("grid", [1, 7, 15, 20, 30, 45, 60, 90, 120, 480, 1440])
def test_every_time_of_the_grid_is_listed(grid):
    window = TargetWindow(grid_minutes=grid)
    policy = Policy(
        time_zone=OSLO, opening_hours=EVERY_DAY, rules=Rules(target_window=window)
    )
    midnight = THURSDAY - 10 * HOUR
    short = Service(id=9, name="Short", minutes=1)

    found = listed(policy=policy, service=short, first=midnight, last=midnight + DAY)

    assert list(found) == [
        midnight + minute * MINUTE for minute in range(0, 1440, grid)
    ]


def test_a_hold_takes_one_bay_from_all_starts_that_it_meets():
    """An hour and its buffer reach into the next hour, and so does what is wanted."""
    assert listed(hold(OPENS + 3 * HOUR)) == at(*range(8)) | at(2, 3, 4, bays=2)


@pytest.mark.parametrize(
    ("minutes", "met"),
    [(-75, ()), (-74, (0,)), (0, (0, 1)), (74, (0, 1, 2)), (75, (1, 2))],
)
def test_a_hold_meets_what_it_shares_a_minute_with(minutes, met):
    taken = hold(OPENS + minutes * MINUTE)

    found = listed(taken, last=OPENS + 3 * HOUR)

    assert [bays == 2 for bays in found.values()] == [hour in met for hour in range(3)]


def test_a_start_without_a_free_bay_is_not_listed():
    taken = [hold(OPENS, bay=bay, booking_id=bay) for bay in (1, 2, 3)]

    assert listed(*taken) == at(*range(2, 8))


def test_two_holds_of_one_bay_take_it_once():
    """They never share a minute, but both meet what starts between them."""
    taken = (
        hold(OPENS + HOUR, service=TYRES, booking_id=1),
        hold(OPENS + 2 * HOUR, service=TYRES, booking_id=2),
    )

    assert listed(*taken) == at(*range(8)) | at(0, 1, 2, bays=2)
    assert listed(*reversed(taken)) == listed(*taken)


def test_a_hold_within_another_of_its_bay_counts_as_nothing_more():
    long = replace(hold(OPENS, booking_id=1), free_at=OPENS + 6 * HOUR)
    within = hold(OPENS + 2 * HOUR, booking_id=2)

    assert listed(long, within) == listed(long)


def test_no_single_bay_is_free_where_two_are_by_halves():
    taken = (
        hold(OPENS - HOUR, bay=1, booking_id=1),
        hold(OPENS + HOUR, bay=2, booking_id=2),
    )

    assert OPENS not in listed(*taken, policy=replace(HOURLY, bays=2))


def test_a_bay_that_is_no_longer_there_takes_nothing():
    assert listed(hold(OPENS, bay=4)) == listed()
    assert listed(hold(OPENS, bay=3)) != listed()


@pytest.mark.parametrize("kind", HoldKind)
def test_a_slot_and_a_hold_take_a_bay_alike(kind):
    assert listed(hold(OPENS, kind=kind))[OPENS] == 2


def test_what_the_clock_has_freed_takes_nothing():
    freed = replace(hold(OPENS), expires_at=MONDAY)

    assert listed(freed) == listed()
    assert listed(replace(freed, expires_at=MONDAY + MINUTE / 60_000_000)) != listed()


def test_a_workshop_where_a_service_is_longer_than_the_day_has_nothing():
    assert listed(service=replace(SERVICE, minutes=8 * 60 + 1)) == {}


def test_around_the_clock_a_service_fits_until_midnight():
    policy = replace(HOURLY, opening_hours=EVERY_DAY)
    midnight = SUNDAY + 14 * HOUR

    found = list(listed(policy=policy, first=SATURDAY, last=midnight + HOUR))

    assert found[-2:] == [midnight - HOUR, midnight]
    assert len(found) == 39
