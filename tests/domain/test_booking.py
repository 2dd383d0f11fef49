"""A booking is folded from its events, each of which changes what it names."""

from collections.abc import Sequence

import pytest

from domain import errors
from domain.booking import Booking, Cancellation, Status, evolve, fold
from domain.events import BookingEvent, Mark
from domain.personal import Sealed
from domain.structs import replace
from tests.examples import (
    ACCEPTED,
    ASKED_FOR_FRIDAY,
    BOOKING_ID,
    CANCELLED,
    COMPLETED,
    CONFIRMED,
    COUNTERED_WITH_SATURDAY,
    DAY,
    ERASED,
    EXPIRED,
    FRIDAY,
    GROUP,
    HOUR,
    LATE,
    MISSED,
    MOVED_TO_FRIDAY,
    ORG_NR,
    OWNER,
    PARTS_ORDERED,
    PLACED,
    PLATE,
    REJECTED,
    SAID_HELLO,
    SERVICE,
    STAFF,
    STARTED,
    SUPERSEDED,
    THURSDAY,
    TYRES,
    VEHICLE,
    VEHICLE_RECEIVED,
    WITHDRAWN,
    recorded,
    slot,
)

PENDING = Booking(
    id=BOOKING_ID,
    owner=OWNER.id,
    org_nr=ORG_NR,
    group_id=GROUP,
    status=Status.PENDING,
    service=SERVICE,
    slot=slot(THURSDAY),
    vehicle=VEHICLE,
    personal=PLATE,
    revision=1,
    reschedule_count=0,
    cancellation=None,
    open_request=None,
)


def folded(*history: BookingEvent) -> Booking:
    booking = fold(recorded(event) for event in history)
    assert booking is not None
    return booking


def test_no_event_is_no_booking():
    assert fold([]) is None


def test_a_placed_booking_is_pending_at_revision_one():
    assert folded(PLACED) == PENDING


def test_a_confirmed_booking_differs_in_status_and_revision_only():
    assert folded(PLACED, CONFIRMED) == replace(
        PENDING, status=Status.CONFIRMED, revision=2
    )


def test_a_moved_booking_has_its_new_slot_and_service():
    moved = replace(MOVED_TO_FRIDAY, service=TYRES, slot=slot(FRIDAY, TYRES))

    assert folded(PLACED, moved) == replace(
        PENDING,
        service=TYRES,
        slot=slot(FRIDAY, TYRES),
        revision=2,
        reschedule_count=1,
    )


def test_every_move_by_the_owner_counts():
    assert folded(PLACED, MOVED_TO_FRIDAY, MOVED_TO_FRIDAY).reschedule_count == 2


def test_a_move_by_the_workshop_does_not_count():
    moved = recorded(MOVED_TO_FRIDAY, by=STAFF)

    booking = evolve(PENDING, moved)

    assert booking.reschedule_count == 0
    assert booking.slot == slot(FRIDAY)


def test_a_cancelled_booking_knows_by_whom_when_and_why():
    booking = evolve(PENDING, recorded(CANCELLED, at=LATE, by=STAFF))

    assert booking == replace(
        PENDING,
        status=Status.CANCELLED,
        revision=2,
        cancellation=Cancellation(by=STAFF, at=LATE, personal=CANCELLED.personal),
    )


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (CONFIRMED, Status.CONFIRMED),
        (STARTED, Status.IN_PROGRESS),
        (COMPLETED, Status.COMPLETED),
        (MISSED, Status.NO_SHOW),
    ],
)
def test_a_step_changes_status_and_revision_only(event, status):
    assert folded(PLACED, event) == replace(PENDING, status=status, revision=2)


def test_marks_add_up_in_their_order():
    assert folded(PLACED, VEHICLE_RECEIVED, PARTS_ORDERED) == replace(
        PENDING,
        marks=(Mark.VEHICLE_RECEIVED, Mark.PARTS_ORDERED),
        revision=3,
    )


def test_an_erased_booking_knows_up_to_which_version():
    erased = recorded(ERASED, version=7)

    assert evolve(PENDING, erased) == replace(PENDING, erased=7, revision=2)


def test_messages_change_nothing_not_even_the_revision():
    assert folded(PLACED, SAID_HELLO, SAID_HELLO) == PENDING


@pytest.mark.parametrize(
    "history",
    [
        (PLACED, CONFIRMED),
        (PLACED, MOVED_TO_FRIDAY),
        (PLACED, CANCELLED),
        (PLACED, ASKED_FOR_FRIDAY),
        (PLACED, CONFIRMED, STARTED, COMPLETED),
        (PLACED, CONFIRMED, MISSED),
        (PLACED, CONFIRMED, PARTS_ORDERED),
        (PLACED, ASKED_FOR_FRIDAY, COUNTERED_WITH_SATURDAY, ACCEPTED),
        (PLACED, ASKED_FOR_FRIDAY, REJECTED),
        (PLACED, ASKED_FOR_FRIDAY, WITHDRAWN),
        (PLACED, ASKED_FOR_FRIDAY, EXPIRED),
        (PLACED, ASKED_FOR_FRIDAY, SUPERSEDED),
        (PLACED, ERASED),
    ],
)
def test_all_other_events_raise_the_revision(history: Sequence[BookingEvent]):
    assert folded(*history).revision == len(history)


@pytest.mark.parametrize("event", [CONFIRMED, SAID_HELLO, CANCELLED, SUPERSEDED])
def test_a_stream_begins_with_a_placed_booking(event):
    with pytest.raises(errors.Missing):
        folded(event)


def test_a_fold_goes_on_from_where_it_was():
    whole = folded(PLACED, CONFIRMED, MOVED_TO_FRIDAY)

    assert fold([recorded(MOVED_TO_FRIDAY)], folded(PLACED, CONFIRMED)) == whole


def test_what_is_personal_is_kept_sealed_or_not_and_not_read():
    sealed = Sealed(version=1, bytes=b"ciphertext")

    assert folded(replace(PLACED, personal=sealed)).personal == sealed
    assert folded(replace(PLACED, personal=None)).personal is None


def test_a_booking_is_open_until_it_is_over_one_way_or_another():
    assert not folded(PLACED).is_closed
    assert not folded(PLACED, CONFIRMED).is_closed
    assert not folded(PLACED, CONFIRMED, STARTED).is_closed
    assert folded(PLACED, CONFIRMED, STARTED, COMPLETED).is_closed
    assert folded(PLACED, CONFIRMED, MISSED).is_closed
    assert folded(PLACED, CANCELLED).is_closed


def test_the_thread_closes_thirty_days_after_the_service_without_its_buffer():
    assert folded(PLACED).thread_closes_at == THURSDAY + HOUR + 30 * DAY
    assert folded(PLACED, CANCELLED).thread_closes_at == THURSDAY + HOUR + 30 * DAY
    assert folded(PLACED, MOVED_TO_FRIDAY).thread_closes_at == FRIDAY + HOUR + 30 * DAY
