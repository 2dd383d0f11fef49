"""Projections: every event has its place in each, and folds go forward."""

import msgspec
import pytest

from domain.booking import Booking, fold
from domain.changes import ChangeRequest, RequestStatus
from domain.errors import Missing
from domain.events import ChangeSuperseded
from domain.structs import replace
from domain.workshop import Workshop
from projections import booking as bookings
from projections import catalogue, change_request, slots, thread
from projections.place import Place
from tests.examples import (
    APPROVED,
    ASKED_FOR_FRIDAY,
    BOOKING_ID,
    CANCELLED,
    CONFIRMED,
    COUNTERED_WITH_SATURDAY,
    EXPIRED,
    FRIDAY,
    GROUP,
    LAST_WEEK,
    MOVED_TO_FRIDAY,
    NEXT_REQUEST,
    ORG_NR,
    OWNER,
    PLACED,
    REJECTED,
    REQUEST,
    SAID_HELLO,
    STARTED,
    THURSDAY,
    WITHDRAWN,
    WORKSHOP,
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


def test_a_countered_request_expires_anew():
    """Its row is what lists and the sweeper search by."""
    countered = replace(COUNTERED_WITH_SATURDAY, expires_at=FRIDAY)
    history = (PLACED, CONFIRMED, ASKED_FOR_FRIDAY, countered)

    (row,) = change_request.rows(None, booking(*history), happened(*history))

    assert (row.status, row.expires_at) == ("COUNTERED", FRIDAY)
    assert (row.booking_id, row.owner, row.org_nr) == (BOOKING_ID, OWNER.id, ORG_NR)
    assert msgspec.json.decode(row.state, type=ChangeRequest).counter is not None


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (APPROVED, "APPROVED"),
        (REJECTED, "REJECTED"),
        (WITHDRAWN, "WITHDRAWN"),
        (EXPIRED, "EXPIRED"),
        (SUPERSEDED, "SUPERSEDED"),
    ],
)
def test_a_request_that_ended_keeps_its_row(event, status):
    before = booking(PLACED, CONFIRMED, ASKED_FOR_FRIDAY)
    history = (PLACED, CONFIRMED, ASKED_FOR_FRIDAY, event)

    (row,) = change_request.rows(before, booking(*history), happened(*history)[3:])

    assert (row.id, row.status, row.version, row.ordinal) == (REQUEST, status, 4, 14)


def test_each_request_of_a_booking_has_a_row_of_its_own():
    again = replace(ASKED_FOR_FRIDAY, change_request_id=NEXT_REQUEST)
    history = (PLACED, CONFIRMED, ASKED_FOR_FRIDAY, SUPERSEDED, again)

    rows = change_request.rows(None, booking(*history), happened(*history))

    assert [(row.id, row.status, row.version) for row in rows] == [
        (REQUEST, "SUPERSEDED", 4),
        (NEXT_REQUEST, "PENDING", 5),
    ]


@pytest.mark.parametrize(
    ("history", "status", "due_at"),
    [
        ((PLACED,), "PENDING", THURSDAY),
        ((PLACED, CONFIRMED), "CONFIRMED", None),
        ((PLACED, CONFIRMED, ASKED_FOR_FRIDAY), "CONFIRMED", THURSDAY),
        ((PLACED, CONFIRMED, STARTED), "IN_PROGRESS", None),
        ((PLACED, CONFIRMED, MOVED_TO_FRIDAY), "CONFIRMED", None),
    ],
)
def test_a_booking_is_a_row_with_what_is_searched_by(history, status, due_at):
    of = booking(*history)
    place = Place(version=9, chain=b"chain", at=LAST_WEEK, ordinal=7)

    row = bookings.row(of, place)

    assert (row.id, row.org_nr, row.owner, row.group_id) == (
        BOOKING_ID,
        ORG_NR,
        OWNER.id,
        GROUP,
    )
    assert (row.status, row.starts_at, row.due_at) == (status, of.slot.start, due_at)
    assert (row.version, row.chain, row.at, row.ordinal) == (9, b"chain", LAST_WEEK, 7)
    assert row.revision == of.revision
    assert msgspec.json.decode(row.state, type=Booking) == of


def test_a_workshop_is_a_row_with_its_longest_hold():
    place = Place(version=2, chain=b"chain", at=LAST_WEEK, ordinal=7)

    row = catalogue.row(WORKSHOP, place)

    assert (row.org_nr, row.longest_hold) == (ORG_NR, 75)
    assert (row.version, row.chain, row.at, row.ordinal) == (2, b"chain", LAST_WEEK, 7)
    assert msgspec.json.decode(row.state, type=Workshop) == WORKSHOP


def test_a_slot_says_when_the_clock_frees_it():
    asked = booking(PLACED, ASKED_FOR_FRIDAY)

    _gone, came = slots.changed(None, asked)

    assert [(one.kind, one.starts_at, one.expires_at) for one in came] == [
        ("slot", THURSDAY, THURSDAY),
        ("hold", FRIDAY, THURSDAY),
    ]


def test_a_confirmed_slot_is_a_new_row_that_the_clock_leaves_alone():
    placed, confirmed = booking(PLACED), booking(PLACED, CONFIRMED)

    gone, came = slots.changed(placed, confirmed)

    assert [one.expires_at for one in gone] == [THURSDAY]
    assert [one.expires_at for one in came] == [None]


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
