"""Projections: every event has its place in each, and folds go forward."""

import pytest

from domain.booking import fold
from domain.changes import RequestStatus
from domain.errors import Missing
from domain.events import ChangeSuperseded
from projections import change_request, slots, thread
from tests.examples import (
    ASKED_FOR_FRIDAY,
    BOOKING_ID,
    CANCELLED,
    CONFIRMED,
    LAST_WEEK,
    MOVED_TO_FRIDAY,
    PLACED,
    REQUEST,
    SAID_HELLO,
    THURSDAY,
    recorded,
)

SUPERSEDED = ChangeSuperseded(change_request_id=REQUEST)


def happened(*events):
    """Return events at their places, with ordinals of their own."""
    return [
        (recorded(event, version=version), 10 + version)
        for version, event in enumerate(events, start=1)
    ]


def booking(*events):
    found = fold(one for one, _ordinal in happened(*events))
    assert found is not None
    return found


@pytest.mark.parametrize(
    "projection", [change_request.change_request, thread.thread], ids=lambda p: p.name
)
def test_no_event_is_forgotten(projection):
    assert projection.forgotten == set()


def test_a_request_is_a_row_as_its_last_event_left_it():
    history = (PLACED, CONFIRMED, ASKED_FOR_FRIDAY, SUPERSEDED, MOVED_TO_FRIDAY)

    (row,) = change_request.rows(None, booking(*history), happened(*history))

    assert row.id == REQUEST
    assert row.status == RequestStatus.SUPERSEDED.value
    assert (row.requested_at, row.expires_at) == (LAST_WEEK, THURSDAY)
    assert (row.version, row.ordinal) == (4, 14)


def test_a_request_goes_on_from_where_the_booking_stood():
    before = booking(PLACED, CONFIRMED, ASKED_FOR_FRIDAY)
    history = (PLACED, CONFIRMED, ASKED_FOR_FRIDAY, SUPERSEDED)

    (row,) = change_request.rows(before, booking(*history), happened(*history)[3:])

    assert row.status == RequestStatus.SUPERSEDED.value


def test_what_was_never_asked_cannot_be_superseded():
    with pytest.raises(Missing):
        list(change_request.rows(None, booking(PLACED), happened(PLACED, SUPERSEDED)))


def test_a_message_is_a_row_and_nothing_else_is():
    history = (PLACED, SAID_HELLO, CONFIRMED)

    (row,) = thread.rows(BOOKING_ID, happened(*history))

    assert (row.id, row.version, row.ordinal) == (SAID_HELLO.message_id, 2, 12)


def test_slots_come_and_go_with_the_booking():
    placed, moved = booking(PLACED), booking(PLACED, CONFIRMED, MOVED_TO_FRIDAY)
    cancelled = booking(PLACED, CANCELLED)

    assert slots.changed(None, placed) == ([], list(map(slots.row, placed.holds())))
    assert slots.changed(placed, moved) == (
        list(map(slots.row, placed.holds())),
        list(map(slots.row, moved.holds())),
    )
    assert slots.changed(placed, cancelled)[1] == []
    assert slots.changed(placed, placed) == ([], [])
