"""What is listed as free, held against the same question asked at every minute."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from domain import calendar
from domain.availability import openings
from domain.policy import Policy, Service
from domain.slots import Hold, HoldKind, Occupancy
from domain.structs import replace
from tests.examples import MINUTE, MONDAY, ORG_NR
from tests.properties.documents import ZONES, sound_documents

patient = settings(deadline=None, max_examples=60)

JUMPS = {
    "Europe/Oslo": (
        datetime(2026, 3, 29, 1, tzinfo=UTC),
        datetime(2026, 10, 25, 1, tzinfo=UTC),
    ),
    "Australia/Lord_Howe": (datetime(2026, 4, 4, 15, tzinfo=UTC),),
    "America/Havana": (datetime(2026, 11, 1, 5, tzinfo=UTC),),
    "Africa/Cairo": (datetime(2026, 4, 23, 22, tzinfo=UTC),),
    "America/St_Johns": (datetime(2006, 10, 29, 2, 31, tzinfo=UTC),),
    "Pacific/Apia": (datetime(2011, 12, 30, 10, tzinfo=UTC),),
    "Asia/Kathmandu": (MONDAY,),
}
"""Clocks that jump: by half an hour, at midnight, just after it, over a whole day."""

PLACES = st.sampled_from([(zone, at) for zone, jumps in JUMPS.items() for at in jumps])
LENGTHS = st.sampled_from([1, 30, 45, 60, 240])


@st.composite
def holds(draw: st.DrawFn, around: datetime) -> list[Hold]:
    minutes = st.integers(min_value=-24 * 60, max_value=48 * 60)
    one = st.builds(
        lambda start, length, booking_id, bay, kind, expiry: Hold(
            org_nr=ORG_NR,
            booking_id=booking_id,
            kind=kind,
            bay=bay,
            start=around + start * MINUTE,
            free_at=around + (start + length) * MINUTE,
            expires_at=None if expiry is None else around + expiry * MINUTE,
        ),
        minutes,
        st.integers(min_value=1, max_value=600),
        st.integers(min_value=1, max_value=6),
        st.integers(min_value=1, max_value=5),
        st.sampled_from(HoldKind),
        st.none() | minutes,
    )
    return draw(
        st.lists(one, max_size=8, unique_by=lambda hold: (hold.booking_id, hold.kind))
    )


@st.composite
def questions(draw: st.DrawFn) -> tuple[Policy, Service, list[Hold], datetime]:
    zone, jump = draw(PLACES)
    policy = draw(sound_documents(st.just(zone)))
    service = Service(
        id=1, name="Any", minutes=draw(LENGTHS), buffer=draw(st.sampled_from([0, 15]))
    )
    return policy, service, draw(holds(jump)), jump


@patient
@given(
    question=questions(),
    begin=st.integers(min_value=-20 * 60, max_value=0),
    length=st.integers(min_value=0, max_value=40 * 60),
    ahead=st.integers(min_value=-60, max_value=2000),
)
def test_a_start_is_listed_exactly_when_it_can_be_booked(
    question: tuple[Policy, Service, list[Hold], datetime],
    begin: int,
    length: int,
    ahead: int,
):
    policy, service, taken, jump = question
    first = jump + begin * MINUTE
    last = first + length * MINUTE
    now = jump - ahead * MINUTE

    found = openings(policy, service, taken, first, last, now=now)

    minutes = [first + minute * MINUTE for minute in range(length)]
    assert {opening.start: opening.bays for opening in found} == {
        start: free
        for start in minutes
        if (free := bays(start, policy, service, taken, now))
    }
    assert all(calendar.ends(one.start, service)[0] == one.end for one in found)


def bays(
    start: datetime, policy: Policy, service: Service, taken: list[Hold], now: datetime
) -> int:
    """Return how many bays a booking at `start` could be given, one after the other."""
    end, free_at = calendar.ends(start, service)
    if calendar.why_unbookable(start, end, policy, now) is not None:
        return 0
    occupancy = Occupancy(replace(hold, booking_id=n) for n, hold in enumerate(taken))
    for count in range(policy.bays + 1):
        bay = occupancy.free_bay(
            org_nr=ORG_NR,
            booking_id=-1,
            bays=policy.bays,
            start=start,
            until=free_at,
            now=now,
        )
        if bay is None:
            return count
        claimed = Hold(
            org_nr=ORG_NR,
            booking_id=1000 + count,
            kind=HoldKind.SLOT,
            bay=bay,
            start=start,
            free_at=free_at,
        )
        occupancy.change(released=(), claimed=[claimed])
    raise AssertionError("There are no more bays than the policy has.")


def test_every_clock_is_a_whole_number_of_quarters_from_utc():
    """So no time of any grid is missed by looking at quarters alone."""
    moments = [
        datetime(year, month, 1, tzinfo=UTC)
        for year in range(2000, 2041)
        for month in (1, 4, 7, 10)
    ]
    for zone in ZONES:
        for moment in moments:
            offset = calendar.local(moment, zone).utcoffset()
            assert offset is not None
            assert not offset % (calendar.OFFSET_MINUTES * MINUTE), (zone, moment)
