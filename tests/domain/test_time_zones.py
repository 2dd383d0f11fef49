"""Where clocks jump: hours and prices go by the wall clock, notice by elapsed time.

Oslo, in the nights to the 29th of March and the 25th of October 2026.
"""

from datetime import UTC, datetime

import pytest

from domain import calendar, rules
from domain.allowed import allowed_actions
from domain.availability import openings
from domain.booking import fold
from domain.decide import Outcome
from domain.policy import Policy, PriceBand, Rules, TargetWindow, Week
from domain.structs import replace
from tests.dsl import given
from tests.examples import (
    CONFIRMED,
    DAY,
    EVERY_DAY,
    HOUR,
    MINUTE,
    MONDAY,
    OSLO,
    PLACED,
    POLICY,
    SERVICE,
    cancel,
    judged,
    move,
    recorded,
    slot,
)

HOLIDAY = "The workshop is closed on that day."
CLOSED = "The workshop is not open for all of that time."

SPRING = datetime(2026, 3, 29, tzinfo=UTC)
"""At 01:00 UTC Oslo's clocks jump from 02:00 to 03:00."""
AUTUMN = datetime(2026, 10, 25, tzinfo=UTC)
"""At 01:00 UTC Oslo's clocks go back from 03:00 to 02:00."""


def grid(minutes: int) -> Rules:
    return Rules(target_window=TargetWindow(lead_minutes=0, grid_minutes=minutes))


AROUND_THE_CLOCK = Policy(time_zone=OSLO, opening_hours=EVERY_DAY)
NIGHT_SHIFT = PriceBand(days=("sun",), opens="02:00", closes="03:00", band="night")
MORNING = PriceBand(days=("sat", "sun"), opens="08:00", closes="12:00", band="morning")


def booked(start: datetime, policy: Policy, *, now: datetime):
    return calendar.why_unbookable(start, start + HOUR, policy, now)


def open_on(day: str, *spans: tuple[str, str]) -> Policy:
    return Policy(time_zone=OSLO, opening_hours=replace(Week(), **{day: spans}))


def oslo(text: str) -> datetime:
    """Return a local time with its offset as an instant."""
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "opens"),
    [(SPRING - DAY, 7), (SPRING, 6), (AUTUMN - DAY, 6), (AUTUMN, 7)],
    ids=["before spring", "spring", "before autumn", "autumn"],
)
def test_opening_hours_are_those_of_the_wall_clock_on_the_days_it_jumps(day, opens):
    policy = Policy(
        time_zone=OSLO,
        opening_hours=Week(sat=(("08:00", "16:00"),), sun=(("08:00", "16:00"),)),
    )
    at_eight = day + opens * HOUR
    before = day - DAY

    assert booked(at_eight - 15 * MINUTE, policy, now=before) == CLOSED
    assert booked(at_eight, policy, now=before) is None
    assert booked(at_eight + 7 * HOUR, policy, now=before) is None
    assert booked(at_eight + 7 * HOUR + 15 * MINUTE, policy, now=before) == CLOSED


@pytest.mark.parametrize(
    ("midnight", "hours"),
    [(SPRING - HOUR, 23), (AUTUMN - 2 * HOUR, 25), (MONDAY - 10 * HOUR, 24)],
    ids=["spring", "autumn", "any other day"],
)
def test_a_whole_day_has_as_many_hours_as_the_clock_gives_it(midnight, hours):
    policy = replace(AROUND_THE_CLOCK, rules=grid(15))
    starts = [midnight + hour * HOUR for hour in range(hours)]

    assert [booked(start, policy, now=midnight) for start in starts] == [None] * hours
    end = starts[-1] + 15 * MINUTE
    assert booked(end, policy, now=midnight) == CLOSED


def test_half_past_two_in_autumn_is_two_instants_of_one_wall_time():
    first, second = AUTUMN + HOUR / 2, AUTUMN + 1.5 * HOUR

    assert calendar.local(first, OSLO).isoformat() == "2026-10-25T02:30:00+02:00"
    assert calendar.local(second, OSLO).isoformat() == "2026-10-25T02:30:00+01:00"
    for start in (first, second):
        assert booked(start, AROUND_THE_CLOCK, now=AUTUMN - DAY) is None


def test_a_move_between_the_two_half_past_twos_is_a_move():
    first, second = AUTUMN + HOUR / 2, AUTUMN + 1.5 * HOUR
    placed = replace(PLACED, slot=slot(first))

    scenario = given(placed).under(replace(POLICY, opening_hours=EVERY_DAY))
    scenario.when(move(to=second, at=AUTUMN - 2 * DAY))

    scenario.then_outcome(Outcome.RESCHEDULED)
    assert scenario.booking.slot == slot(second)


def test_half_past_two_in_spring_does_not_exist():
    """Either way of writing it is an instant that the wall clock calls otherwise."""
    with_winter_offset = SPRING + 1.5 * HOUR
    with_summer_offset = SPRING + 0.5 * HOUR

    assert calendar.local(with_winter_offset, OSLO).hour == 3
    assert calendar.local(with_summer_offset, OSLO).hour == 1


def test_the_grid_leads_over_the_gap():
    """With 120 minutes 02:00 is missing in spring: after 00:00 comes 04:00."""
    policy = replace(AROUND_THE_CLOCK, rules=grid(120))
    midnight = SPRING - HOUR
    on_grid = [
        hour
        for hour in range(6)
        if booked(midnight + hour * HOUR, policy, now=midnight) is None
    ]

    assert on_grid == [0, 3, 5]


def test_a_span_from_within_the_gap_begins_as_if_the_clock_had_not_jumped():
    policy = open_on("sun", ("02:30", "06:00"))
    half_past_three = SPRING + 1.5 * HOUR

    assert booked(half_past_three, policy, now=SPRING - DAY) is None
    assert booked(half_past_three - 15 * MINUTE, policy, now=SPRING - DAY) == CLOSED


def test_a_span_to_a_wall_time_that_comes_twice_ends_at_the_first():
    policy = open_on("sun", ("00:00", "02:30"))
    half_past_one = AUTUMN - HOUR / 2

    assert booked(half_past_one, policy, now=AUTUMN - DAY) is None
    assert booked(half_past_one + 15 * MINUTE, policy, now=AUTUMN - DAY) == CLOSED


NIGHTS = [
    (oslo("2026-03-29T08:00:00+02:00"), oslo("2026-03-28T07:00:00+01:00")),
    (oslo("2026-10-25T08:00:00+01:00"), oslo("2026-10-24T09:00:00+02:00")),
]
"""Eight o'clock after each night, and its deadline the day before."""
nights = pytest.mark.parametrize(
    ("eight", "deadline"), NIGHTS, ids=["spring", "autumn"]
)


@nights
def test_notice_of_a_move_is_elapsed_time(eight, deadline):
    """In spring the deadline of eight o'clock is at seven the day before."""
    placed = replace(PLACED, slot=slot(eight))
    target = eight.replace(hour=8) + 8 * DAY

    scenario = given(placed).when(move(to=target, at=deadline))
    late = given(placed).when(move(to=target, at=deadline + MINUTE))

    scenario.then_outcome(Outcome.RESCHEDULED)
    assert scenario.decided.decision == judged(
        "reschedule_notice", basis=eight, at=deadline
    )
    late.then_outcome(Outcome.CHANGE_REQUESTED)


@nights
def test_notice_before_the_new_start_is_elapsed_time_too(eight, deadline):
    placed = replace(PLACED, slot=slot(eight + 9 * DAY))
    under = replace(POLICY, opening_hours=EVERY_DAY)

    in_time = given(placed).under(under).when(move(to=eight, at=deadline))
    late = given(placed).under(under).when(move(to=eight, at=deadline + MINUTE))

    in_time.then_outcome(Outcome.RESCHEDULED)
    late.then_outcome(Outcome.CHANGE_REQUESTED)


@nights
def test_notice_of_a_cancel_is_elapsed_time(eight, deadline):
    placed = replace(PLACED, slot=slot(eight))

    in_time = given(placed, CONFIRMED).when(cancel(at=deadline))
    late = given(placed, CONFIRMED).when(cancel(at=deadline + MINUTE))

    in_time.then_outcome(Outcome.CANCELLED)
    late.then_outcome(Outcome.CHANGE_REQUESTED)


@nights
def test_what_is_shown_as_allowed_ends_at_that_deadline(eight, deadline):
    booking = fold([recorded(replace(PLACED, slot=slot(eight))), recorded(CONFIRMED)])
    assert booking is not None

    shown = allowed_actions(booking, POLICY, deadline)

    assert (shown.reschedule.until, shown.cancel.until) == (deadline, deadline)


@pytest.mark.parametrize(
    ("start", "band"),
    [
        ("2026-03-28T08:00:00+01:00", "morning"),
        ("2026-03-29T07:59:00+02:00", None),
        ("2026-03-29T08:00:00+02:00", "morning"),
        ("2026-03-29T11:59:00+02:00", "morning"),
        ("2026-03-29T12:00:00+02:00", None),
        ("2026-10-24T08:00:00+02:00", "morning"),
        ("2026-10-25T07:59:00+01:00", None),
        ("2026-10-25T08:00:00+01:00", "morning"),
        ("2026-10-25T11:59:00+01:00", "morning"),
        ("2026-10-25T12:00:00+01:00", None),
    ],
)
def test_a_price_goes_by_what_the_clock_shows(start, band):
    policy = replace(POLICY, price_bands=(MORNING,))

    assert calendar.price_band(oslo(start), policy) == band


def test_the_price_of_an_hour_that_does_not_exist_is_never_asked():
    policy = replace(POLICY, price_bands=(NIGHT_SHIFT,))
    night = [SPRING + minute * MINUTE for minute in range(180)]

    assert {calendar.price_band(at, policy) for at in night} == {None}


def test_an_hour_that_comes_twice_has_its_price_twice():
    policy = replace(POLICY, price_bands=(NIGHT_SHIFT,))
    night = [AUTUMN + minute * MINUTE for minute in range(-60, 180)]

    dear = [at for at in night if calendar.price_band(at, policy) == "night"]

    assert dear == [AUTUMN + minute * MINUTE for minute in range(120)]


def test_a_move_within_the_hour_that_comes_twice_changes_no_price():
    policy = replace(POLICY, price_bands=(NIGHT_SHIFT,))

    def price_rule(target):
        decision = rules.judge_reschedule(
            policy,
            1,
            start=AUTUMN + HOUR / 2,
            target=target,
            moves=0,
            marks=(),
            now=AUTUMN - 7 * DAY,
        )
        return decision.rules[-1]

    assert price_rule(AUTUMN + 1.5 * HOUR).passed
    assert not price_rule(AUTUMN + 2.5 * HOUR).passed


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        ("2026-03-29", "2026-03-29T00:00:00+01:00", "2026-03-29T23:45:00+02:00"),
        ("2026-10-25", "2026-10-25T00:00:00+02:00", "2026-10-25T23:45:00+01:00"),
    ],
)
def test_a_holiday_closes_a_long_day_and_a_short_one_whole(day, first, last):
    policy = replace(AROUND_THE_CLOCK, holidays=(day,), rules=grid(15))
    begin, end = oslo(first), oslo(last)

    assert booked(begin - HOUR, policy, now=begin - DAY) is None
    assert booked(begin, policy, now=begin - DAY) == HOLIDAY
    assert booked(end, policy, now=begin - DAY) == HOLIDAY
    assert booked(end + 15 * MINUTE, policy, now=begin - DAY) is None


@pytest.mark.parametrize(
    ("midnight", "shown"),
    [
        (SPRING - HOUR, ["00+01", "01+01", "03+02", "04+02"]),
        (
            AUTUMN - 2 * HOUR,
            ["00+02", "01+02", "02+02", "02+01", "03+01", "04+01"],
        ),
    ],
    ids=["spring", "autumn"],
)
def test_what_is_free_in_such_a_night_is_listed_by_the_clock(midnight, shown):
    policy = replace(open_on("sun", ("00:00", "05:00")), rules=grid(60))

    found = openings(policy, SERVICE, (), midnight, midnight + DAY, now=midnight - DAY)

    times = [calendar.local(one.start, OSLO).isoformat() for one in found]
    assert [f"{time[11:13]}{time[19:22]}" for time in times] == shown


def test_the_lead_is_elapsed_time():
    """At half past midnight two hours ahead is half past three."""
    now = oslo("2026-03-29T00:30:00+01:00")
    half_past_three = oslo("2026-03-29T03:30:00+02:00")

    assert booked(half_past_three, AROUND_THE_CLOCK, now=now) is None
    assert booked(half_past_three, AROUND_THE_CLOCK, now=now + MINUTE) is not None


def test_the_horizon_is_elapsed_time():
    """Ninety days of 24 hours from noon in winter end at one o'clock in summer."""
    noon = oslo("2026-01-01T12:00:00+01:00")
    one = oslo("2026-04-01T13:00:00+02:00")

    assert booked(one, AROUND_THE_CLOCK, now=noon) is None
    assert booked(one + 15 * MINUTE, AROUND_THE_CLOCK, now=noon) is not None
