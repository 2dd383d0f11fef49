"""The demo happens as told, whatever the hour it is told at."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from adapters import clock
from adapters.vault import AesVault
from application import demo
from application.batch import Batch
from application.calls import Call, owner_changes
from application.intent import Intent
from application.kept import Pending
from application.stored import Loaded
from domain.booking import Booking, Status
from domain.changes import Kind
from domain.decide import Outcome
from domain.identity import slice_of
from tests.examples import DAY, HOUR, MINUTE

VAULT = AesVault(bytes(32))
# Summer time ends in Oslo on 25 October, and begins on 29 March.
WEEKS = [datetime(2026, 10, 19, tzinfo=UTC), datetime(2026, 3, 23, tzinfo=UTC)]
MOMENTS = [
    first + hours * HOUR + 59 * MINUTE for first in WEEKS for hours in range(10 * 24)
]


def told(now: datetime) -> Batch:
    """Return a batch in which the demo happened, on an empty store."""
    batch = Batch(Loaded(), VAULT)
    for call in demo.calls(now, clock.new_id):
        outcome = batch.run(call)
        assert isinstance(outcome, Pending)
        assert outcome.answer.refused is None
    return batch


def bookings(batch: Batch) -> dict[int, Booking]:
    return {booking: change.after for booking, change in batch.append.bookings.items()}


def test_at_every_hour_all_of_it_happens_and_nothing_is_refused():
    for now in MOMENTS:
        found = bookings(told(now))

        assert Counter(booking.status for booking in found.values()) == {
            Status.CONFIRMED: 2,
            Status.PENDING: 2,
            Status.CANCELLED: 1,
        }
        assert [b.id for b in found.values() if b.open_request] == [demo.SOON]


def test_booking_123_is_confirmed_and_some_working_days_ahead():
    for now in MOMENTS:
        first = bookings(told(now))[123]

        assert (first.org_nr, first.owner) == (313001083, "kari")
        assert first.status is Status.CONFIRMED
        assert 3 * DAY < first.slot.start - now < 8 * DAY


def test_ids_are_the_first_that_the_workshops_slice_has():
    assert demo.BOOKINGS == (123, 1147, 2171, 3195, 4219)
    assert {slice_of(booking) for booking in demo.BOOKINGS} == {slice_of(demo.ORG_NR)}


def test_an_open_request_can_be_looked_at_for_a_while():
    for now in MOMENTS:
        request = bookings(told(now))[demo.SOON].open_request

        assert request is not None
        assert request.kind is Kind.CANCEL
        assert request.blocked_by == ("cancel_notice",)
        assert request.expires_at - now > timedelta(hours=2)


@pytest.mark.parametrize("moved_before", [False, True])
def test_the_move_that_is_taught_happens_at_once(moved_before: bool):
    for now in MOMENTS:
        batch = told(now)
        starts = [bookings(batch)[demo.FIRST].slot.start]
        for _ in range(1 + moved_before):
            starts.append(demo.move_target(now, starts[-1]))
            outcome = batch.run(move(starts[-1], now))

            assert isinstance(outcome, Pending)
            assert outcome.answer.result is not None
            assert outcome.answer.result.outcome is Outcome.RESCHEDULED
        assert len(set(starts)) == len(starts)


def move(start: datetime, now: datetime) -> Call:
    return owner_changes(
        demo.FIRST,
        Intent(start=start),
        owner=demo.KARI,
        at=now,
        request_id=clock.new_id(),
        new_id=clock.new_id,
    )
