"""Opening hours and bays, held against the same questions asked minute by minute."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given, settings
from hypothesis import strategies as st

from domain import calendar, rules
from domain.policy import (
    DAYS,
    Effect,
    Notice,
    Policy,
    RequestTerms,
    Rules,
    Service,
    Spans,
    TargetWindow,
    Week,
    problems,
)
from domain.slots import Hold, HoldKind, Occupancy
from tests.examples import DAY, MINUTE, MONDAY, ORG_NR, OSLO

patient = settings(deadline=None, max_examples=100)
# To list the time zones takes a while.
with_zones = settings(deadline=None, max_examples=40)

QUARTERS = [
    f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 15, 30, 45)
]
SETTLED = [*QUARTERS[16:], "24:00"]
"""Times from 04:00 on, at which no clock in Oslo jumps."""


@st.composite
def spans(draw: st.DrawFn) -> Spans:
    borders = draw(st.lists(st.sampled_from(SETTLED), unique=True, max_size=6))
    borders = sorted(borders)[: len(borders) // 2 * 2]
    return tuple(zip(borders[::2], borders[1::2], strict=True))


def weeks() -> st.SearchStrategy[Week]:
    return st.builds(Week, **dict.fromkeys(DAYS, spans()))


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
    )

    assert given_bay == (free[0] if free else None)


def minutes(hold: Hold) -> set[int]:
    first, end = ((at - MONDAY) // MINUTE for at in (hold.start, hold.free_at))
    return set(range(first, end))


def clocks() -> st.SearchStrategy[str]:
    return st.sampled_from([*QUARTERS, "24:00", "2:00", "24:30", "", "\0", "x"])


def documents(zones: st.SearchStrategy[str]) -> st.SearchStrategy[Policy]:
    """Return policy documents of the right types, sound or not."""
    numbers = st.integers(min_value=-1, max_value=2000)
    notices = st.builds(Notice, hours=numbers, effect=st.sampled_from(Effect))
    day = st.lists(st.tuples(clocks(), clocks()), max_size=2).map(tuple)
    return st.builds(
        Policy,
        time_zone=zones,
        bays=numbers,
        services=st.lists(
            st.builds(Service, id=numbers, name=st.text(), minutes=numbers),
            max_size=3,
        ).map(tuple),
        opening_hours=st.builds(Week, **dict.fromkeys(DAYS, day)),
        holidays=st.lists(st.dates().map(str) | st.text(), max_size=2).map(tuple),
        rules=st.builds(
            Rules,
            reschedule_notice=notices,
            cancel_notice=notices,
            target_window=st.builds(
                TargetWindow,
                lead_minutes=numbers,
                horizon_days=numbers,
                grid_minutes=numbers,
            ),
            change_request=st.builds(RequestTerms, ttl_hours=numbers),
        ),
    )


@with_zones
@given(documents(st.text() | st.sampled_from(["Europe/Oslo", "/etc/passwd", ".."])))
def test_every_document_is_judged_and_none_breaks_the_judge(policy: Policy):
    for pointer, code, detail in problems(policy):
        assert pointer.startswith("/")
        assert code in {"format", "length", "duplicate"}
        assert detail.endswith(".")


ZONES = sorted(available_timezones() - {"localtime"})
INSTANTS = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001
    max_value=datetime(2100, 12, 31, 23, 59),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@st.composite
def sound_documents(draw: st.DrawFn) -> Policy:
    at_most_a_year = st.integers(min_value=0, max_value=8760)
    notices = st.builds(Notice, hours=at_most_a_year, effect=st.sampled_from(Effect))
    return Policy(
        time_zone=draw(st.sampled_from(ZONES)),
        opening_hours=draw(weeks()),
        rules=Rules(
            reschedule_notice=draw(notices),
            cancel_notice=draw(notices),
            target_window=TargetWindow(
                lead_minutes=draw(st.integers(min_value=0, max_value=525_600)),
                horizon_days=draw(st.integers(min_value=1, max_value=732)),
                grid_minutes=draw(st.integers(min_value=1, max_value=1440)),
            ),
        ),
    )


@with_zones
@given(policy=sound_documents(), start=INSTANTS, target=INSTANTS, now=INSTANTS)
def test_rules_are_total_wherever_and_whenever_they_are_asked(
    policy: Policy, start: datetime, target: datetime, now: datetime
):
    assert problems(policy) == []
    move = rules.judge_reschedule(policy, 1, start=start, target=target, now=now)
    cancel = rules.judge_cancel(policy, 1, start=start, confirmed=True, now=now)
    closed = calendar.why_unbookable(target, target + DAY, policy, now)

    for decision in (move, cancel):
        (rule,) = decision.rules
        assert rule.passed is (rule.actual >= rule.limit)
        assert decision.verdict is rule.effect
    assert closed is not None or now <= target <= now + timedelta(days=732)


@patient
@given(start=INSTANTS, hours=st.integers(min_value=0, max_value=8760))
def test_notice_is_elapsed_time_in_every_zone_alike(start: datetime, hours: int):
    notice = Notice(hours=hours)
    deadline = rules.notice_deadline(notice, start)

    assert (start - deadline).total_seconds() == hours * 3600
