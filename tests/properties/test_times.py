"""Opening hours and bays, held against the same questions asked minute by minute."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from domain import calendar, rules
from domain.policy import (
    DAYS,
    Notice,
    Policy,
    Week,
)
from domain.slots import Hold, HoldKind, Occupancy
from tests.examples import MINUTE, MONDAY, ORG_NR, OSLO
from tests.properties.documents import INSTANTS, weeks

patient = settings(deadline=None, max_examples=100)


def around(*days: datetime) -> st.SearchStrategy[datetime]:
    minutes = st.integers(min_value=-36 * 4, max_value=36 * 4)
    return st.builds(
        lambda day, n: day + n * 15 * MINUTE, st.sampled_from(days), minutes
    )


@patient
@given(
    week=weeks(),
    start=around(
        datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC), MONDAY
    ),
    minutes=st.sampled_from([15, 45, 60, 240]),
)
def test_a_time_is_open_when_each_of_its_minutes_lies_in_the_same_span(
    week: Week, start: datetime, minutes: int
):
    policy = Policy(time_zone=OSLO, opening_hours=week)

    found = {span_at(start + n * MINUTE, week) for n in range(minutes)}

    closed = calendar.why_closed(start, start + minutes * MINUTE, policy)
    assert (closed is None) is (len(found) == 1 and None not in found)


def span_at(instant: datetime, week: Week):
    """Return the date and the span in which a minute lies on the wall clock."""
    wall = instant.astimezone(ZoneInfo(OSLO))
    shown = wall.strftime("%H:%M")
    for start, end in getattr(week, DAYS[wall.weekday()]):
        if start <= shown < end:
            return wall.date(), start
    return None


def holds() -> st.SearchStrategy[Hold]:
    return st.builds(
        lambda start, length, booking_id, bay, kind: Hold(
            org_nr=ORG_NR,
            booking_id=booking_id,
            kind=kind,
            bay=bay,
            start=MONDAY + start * MINUTE,
            free_at=MONDAY + (start + length) * MINUTE,
        ),
        st.integers(min_value=0, max_value=30),
        st.integers(min_value=1, max_value=15),
        st.integers(min_value=1, max_value=6),
        st.integers(min_value=1, max_value=3),
        st.sampled_from(HoldKind),
    )


@patient
@given(
    taken=st.lists(
        holds(), max_size=8, unique_by=lambda hold: (hold.booking_id, hold.kind)
    ),
    wanted=holds(),
    bays=st.integers(min_value=1, max_value=3),
)
def test_the_bay_given_is_the_lowest_in_which_no_minute_is_anothers(
    taken: list[Hold], wanted: Hold, bays: int
):
    others = [hold for hold in taken if hold.booking_id != wanted.booking_id]
    free = [
        bay
        for bay in range(1, bays + 1)
        if not any(
            minutes(hold) & minutes(wanted) for hold in others if hold.bay == bay
        )
    ]

    given_bay = Occupancy(taken).free_bay(
        org_nr=ORG_NR,
        booking_id=wanted.booking_id,
        bays=bays,
        start=wanted.start,
        until=wanted.free_at,
        now=MONDAY,
    )

    assert given_bay == (free[0] if free else None)


def minutes(hold: Hold) -> set[int]:
    first, end = ((at - MONDAY) // MINUTE for at in (hold.start, hold.free_at))
    return set(range(first, end))


@patient
@given(start=INSTANTS, hours=st.integers(min_value=0, max_value=8760))
def test_notice_is_elapsed_time_in_every_zone_alike(start: datetime, hours: int):
    notice = Notice(hours=hours)
    deadline = rules.notice_deadline(notice, start)

    assert (start - deadline).total_seconds() == hours * 3600
