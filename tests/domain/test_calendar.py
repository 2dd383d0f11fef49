"""A time can be booked ahead, on the grid, and within one span of its local day."""

from datetime import UTC, date, datetime

import pytest

from domain import calendar
from domain.decide import Outcome
from domain.policy import Policy, Rules, TargetWindow, Week
from domain.structs import replace
from tests.dsl import given
from tests.examples import (
    DAY,
    EVERY_DAY,
    FRIDAY,
    HOUR,
    MINUTE,
    MONDAY,
    OSLO,
    PLACED,
    POLICY,
    SATURDAY,
    SERVICE,
    SUNDAY,
    THURSDAY,
    TUESDAY,
    TYRES,
    move,
)

PAST = "It is in the past."
TOO_SOON = "It is less than 120 minutes ahead."
TOO_FAR = "It is more than 90 days ahead."
OFF_GRID = "Times are 15 minutes apart, from midnight on."
HOLIDAY = "The workshop is closed on that day."
CLOSED = "The workshop is not open for all of that time."

AROUND_THE_CLOCK = Policy(time_zone=OSLO, opening_hours=EVERY_DAY)

SPRING = datetime(2026, 3, 29, tzinfo=UTC)
"""At 01:00 UTC Oslo's clocks jump from 02:00 to 03:00."""
AUTUMN = datetime(2026, 10, 25, tzinfo=UTC)
"""At 01:00 UTC Oslo's clocks go back from 03:00 to 02:00."""


def booked(start: datetime, policy: Policy = POLICY, *, now: datetime = MONDAY):
    return calendar.why_unbookable(start, start + HOUR, policy, now)


def within(*window: int) -> Policy:
    lead, horizon, grid = window
    rules = Rules(
        target_window=TargetWindow(
            lead_minutes=lead, horizon_days=horizon, grid_minutes=grid
        )
    )
    return replace(POLICY, rules=rules)


def open_on(day: str, *spans: tuple[str, str]) -> Policy:
    return Policy(time_zone=OSLO, opening_hours=replace(Week(), **{day: spans}))


def test_a_bay_is_free_again_when_the_buffer_after_the_service_ends():
    assert calendar.ends(MONDAY, SERVICE) == (MONDAY + HOUR, MONDAY + 75 * MINUTE)
    assert calendar.ends(MONDAY, TYRES) == (MONDAY + HOUR / 2, MONDAY + HOUR / 2)


def test_a_time_is_shown_with_the_offset_that_the_workshop_has_then():
    assert calendar.local(MONDAY, OSLO).isoformat() == "2026-06-01T10:00:00+02:00"
    assert calendar.local(SPRING, OSLO).isoformat() == "2026-03-29T01:00:00+01:00"


@pytest.mark.parametrize(
    ("start", "why"),
    [
        (THURSDAY, None),
        (MONDAY - MINUTE, PAST),
        (MONDAY, TOO_SOON),
        (MONDAY + 2 * HOUR - MINUTE, TOO_SOON),
        (MONDAY + 2 * HOUR, None),
        (MONDAY + 90 * DAY, CLOSED),
        (MONDAY + 90 * DAY + MINUTE, TOO_FAR),
        (THURSDAY + MINUTE, OFF_GRID),
        (THURSDAY + MINUTE / 60, OFF_GRID),
        (THURSDAY + MINUTE / 60_000_000, OFF_GRID),
        (THURSDAY + 15 * MINUTE, None),
        (SATURDAY, None),
        (SUNDAY, CLOSED),
    ],
)
def test_the_target_window_of_a_move(start, why):
    assert booked(start) == why


def test_the_last_moment_of_the_horizon_can_be_booked():
    last = MONDAY + 91 * DAY

    assert booked(last, within(0, 91, 15)) is None
    assert booked(last, within(0, 90, 15)) == TOO_FAR


def test_without_a_lead_the_present_can_be_booked_and_the_past_cannot():
    assert booked(MONDAY, within(0, 90, 15)) is None
    assert booked(MONDAY, within(0, 90, 15), now=MONDAY + MINUTE) == PAST


def test_the_reasons_name_the_numbers_of_the_policy():
    policy = within(30, 7, 20)

    assert booked(MONDAY, policy) == "It is less than 30 minutes ahead."
    assert booked(MONDAY + 8 * DAY, policy) == "It is more than 7 days ahead."
    assert (
        booked(TUESDAY + 5 * MINUTE, policy)
        == "Times are 20 minutes apart, from midnight on."
    )


@pytest.mark.parametrize(
    ("minutes_after_ten", "on_grid"), [(0, False), (30, True), (80, False), (120, True)]
)
def test_the_grid_begins_at_local_midnight(minutes_after_ten, on_grid):
    """With 90 minutes: 00:00, 01:30, ... 09:00, 10:30, 12:00."""
    why = booked(THURSDAY + minutes_after_ten * MINUTE, within(0, 90, 90))

    assert (why is None) is on_grid


@pytest.mark.parametrize(
    ("start", "why"),
    [
        (THURSDAY - 2 * HOUR - 15 * MINUTE, CLOSED),
        (THURSDAY - 2 * HOUR, None),
        (THURSDAY + 5 * HOUR, None),
        (THURSDAY + 5 * HOUR + 15 * MINUTE, CLOSED),
        (THURSDAY + 12 * HOUR, CLOSED),
    ],
)
def test_the_whole_service_lies_within_the_opening_hours(start, why):
    assert booked(start) == why


def test_the_buffer_may_lie_outside_the_opening_hours():
    last = THURSDAY + 5 * HOUR

    given(PLACED).when(move(to=last)).then_outcome(Outcome.RESCHEDULED)


@pytest.mark.parametrize(
    ("start", "why"),
    [
        (THURSDAY - 2 * HOUR, None),
        (THURSDAY + 15 * MINUTE, CLOSED),
        (THURSDAY + HOUR, CLOSED),
        (THURSDAY + 2 * HOUR, None),
        (THURSDAY + 3 * HOUR, None),
    ],
)
def test_the_whole_service_lies_within_one_span(start, why):
    split = open_on("thu", ("08:00", "11:00"), ("12:00", "14:00"))

    assert booked(start, split) == why


def test_adjoining_spans_are_two():
    split = open_on("thu", ("08:00", "10:30"), ("10:30", "14:00"))

    assert booked(THURSDAY, split) == CLOSED


@pytest.mark.parametrize("day", range(7))
def test_each_weekday_has_hours_of_its_own(day):
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    policy = open_on(names[day], ("08:00", "16:00"))
    week = [MONDAY + (7 + ahead) * DAY for ahead in range(7)]

    assert [booked(start, policy) is None for start in week] == [
        ahead == day for ahead in range(7)
    ]


def test_a_holiday_closes_its_day_only():
    policy = replace(POLICY, holidays=("2026-06-04", "2026-12-25"))

    assert booked(THURSDAY, policy) == HOLIDAY
    assert booked(THURSDAY + DAY, policy) is None


def test_days_are_those_of_the_local_clock_and_no_holidays():
    """22:00 UTC is midnight in Oslo."""
    policy = replace(POLICY, holidays=("2026-06-03",))
    midnight = MONDAY + 14 * HOUR
    first, second, fourth, fifth = (date(2026, 6, day) for day in (1, 2, 4, 5))

    assert list(calendar.open_days(MONDAY, MONDAY, policy)) == [first]
    assert list(calendar.open_days(MONDAY, midnight - MINUTE, policy)) == [first]
    assert list(calendar.open_days(MONDAY, midnight, policy)) == [first, second]
    assert list(calendar.open_days(midnight, FRIDAY, policy)) == [
        second,
        fourth,
        fifth,
    ]
    assert list(calendar.open_days(FRIDAY, THURSDAY, policy)) == []


def test_weekday_and_holiday_are_those_of_the_local_day():
    """23:00 UTC on Wednesday is one o'clock on Thursday in Oslo."""
    night = THURSDAY - 9 * HOUR

    assert booked(night, open_on("thu", ("00:00", "24:00"))) is None
    assert booked(night, open_on("wed", ("00:00", "24:00"))) == CLOSED
    assert booked(night, replace(AROUND_THE_CLOCK, holidays=("2026-06-04",))) == HOLIDAY


def test_a_day_that_ends_at_24_is_open_until_midnight_and_no_longer():
    policy = open_on("thu", ("22:00", "24:00"))
    eleven_at_night = THURSDAY + 13 * HOUR

    assert booked(eleven_at_night, policy) is None
    assert booked(eleven_at_night + 15 * MINUTE, policy) == CLOSED


def test_a_service_does_not_reach_into_the_next_day():
    last_hour = THURSDAY + 13 * HOUR

    assert booked(last_hour, AROUND_THE_CLOCK) is None
    assert booked(last_hour + 15 * MINUTE, AROUND_THE_CLOCK) == CLOSED


def test_not_a_minute_of_the_next_day_is_within_a_day_that_ends_at_24():
    policy = replace(AROUND_THE_CLOCK, rules=within(0, 90, 1).rules)
    last_hour = THURSDAY + 13 * HOUR

    assert booked(last_hour, policy) is None
    assert booked(last_hour + MINUTE, policy) == CLOSED


def test_24_is_the_midnight_after_the_last_of_a_month():
    """The 30th of June is a Tuesday."""
    eleven_at_night = datetime(2026, 6, 30, 21, tzinfo=UTC)

    assert booked(eleven_at_night, open_on("tue", ("22:00", "24:00"))) is None


def test_minutes_of_opening_hours_count():
    policy = open_on("thu", ("09:45", "11:15"))

    assert booked(THURSDAY - 15 * MINUTE, policy) is None
    assert booked(THURSDAY - 30 * MINUTE, policy) == CLOSED
    assert booked(THURSDAY + 15 * MINUTE, policy) is None
    assert booked(THURSDAY + 30 * MINUTE, policy) == CLOSED


def test_whether_a_workshop_is_open_asks_for_no_window():
    """A start in the past, off the grid, is inside the hours all the same."""
    off_grid = THURSDAY + MINUTE

    assert calendar.why_closed(off_grid, off_grid + HOUR, POLICY) is None
    assert calendar.why_closed(SUNDAY, SUNDAY + HOUR, POLICY) == CLOSED
