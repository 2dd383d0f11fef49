"""What a list looks for in the rows is what the clock makes of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from application.listing import Only, OnlyRequests, Span
from domain import booking as bookings
from domain import clock
from domain import requests as asked
from domain.booking import Booking, Status
from domain.changes import ChangeRequest, RequestStatus
from domain.structs import replace
from tests.examples import ASKED_FOR_FRIDAY, LAST_WEEK, PLACED, THURSDAY, recorded, slot

MOMENT = timedelta(microseconds=1)
BOOKING = bookings.evolve(None, recorded(PLACED))
MOMENTS = st.integers(-3, 3).map(lambda n: THURSDAY + n * MOMENT)


def booking(status: Status, start: datetime) -> Booking:
    return replace(BOOKING, status=status, slot=slot(start))


def request(status: RequestStatus, expires_at: datetime) -> ChangeRequest:
    new = asked.asked(ASKED_FOR_FRIDAY, recorded(PLACED, at=LAST_WEEK).origin)
    return replace(new, status=status, expires_at=expires_at)


def looked_for(spans: Sequence[Span], status: str, moment: datetime) -> bool:
    """Whether a row with this status and time lies in one of `spans`."""
    found = [s for s in spans if s.status == status and s.since <= moment < s.until]
    assert len(found) < 2, "a row would be listed twice"
    return bool(found)


@given(st.sampled_from(Status), MOMENTS, st.frozensets(st.sampled_from(Status)))
@example(Status.PENDING, THURSDAY, frozenset({Status.PENDING}))
@example(Status.PENDING, THURSDAY, frozenset({Status.CANCELLED}))
def test_a_booking_is_listed_by_the_status_that_it_has_now(status, start, wanted):
    only = Only(now=THURSDAY, statuses=wanted)
    shown = clock.at(booking(status, start), THURSDAY).status

    assert looked_for(only.spans(), status.value, start) == (shown in wanted)


@given(
    st.sampled_from(RequestStatus),
    MOMENTS,
    st.frozensets(st.sampled_from(RequestStatus)),
)
@example(RequestStatus.PENDING, THURSDAY, frozenset({RequestStatus.EXPIRED}))
@example(RequestStatus.COUNTERED, THURSDAY, frozenset({RequestStatus.COUNTERED}))
def test_a_request_is_listed_by_the_status_that_it_has_now(status, expires_at, wanted):
    only = OnlyRequests(now=THURSDAY, statuses=wanted)
    shown = clock.request_at(request(status, expires_at), THURSDAY).status

    assert looked_for(only.spans(), status.value, expires_at) == (shown in wanted)
