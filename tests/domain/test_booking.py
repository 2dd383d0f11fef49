"""A booking is folded from its events, each of which changes what it names."""

from collections.abc import Sequence

import pytest

from domain import errors
from domain.booking import Booking, Cancellation, Status, evolve, fold
from domain.changes import ChangeRequest, Kind, RequestStatus
from domain.events import BookingEvent
from domain.personal import Sealed
from domain.structs import replace
from tests.examples import (
    ASKED_FOR_FRIDAY,
    ASKED_TO_CANCEL,
    BOOKING_ID,
    CANCELLED,
    CONFIRMED,
    DAY,
    FRIDAY,
    GROUP,
    HOUR,
    LATE,
    MONDAY,
    MOVED_TO_FRIDAY,
    ORG_NR,
    OWNER,
    PLACED,
    PLATE,
    REQUEST,
    SAID_HELLO,
    SERVICE,
    STAFF,
    SUPERSEDED,
    THURSDAY,
    TYRES,
    VEHICLE,
    judged,
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
    ("asked", "kind", "target"),
    [
        (ASKED_FOR_FRIDAY, Kind.RESCHEDULE, slot(FRIDAY)),
        (ASKED_TO_CANCEL, Kind.CANCEL, None),
    ],
)
def test_a_request_is_open_with_all_that_was_asked(asked, kind, target):
    booking = evolve(PENDING, recorded(asked, at=LATE))

    assert booking == replace(
        PENDING,
        revision=2,
        open_request=ChangeRequest(
            id=REQUEST,
            kind=kind,
            status=RequestStatus.PENDING,
            from_start=THURSDAY,
            service=asked.service,
            asked=target,
            personal=asked.personal,
            requested_by=OWNER,
            requested_at=LATE,
            expires_at=THURSDAY,
            decision=asked.decision,
        ),
    )


def test_a_superseded_request_is_open_no_longer():
    assert folded(PLACED, ASKED_FOR_FRIDAY, SUPERSEDED) == replace(PENDING, revision=3)


def test_messages_change_nothing_not_even_the_revision():
    assert folded(PLACED, SAID_HELLO, SAID_HELLO) == PENDING


@pytest.mark.parametrize(
    "history",
    [
        (PLACED, CONFIRMED),
        (PLACED, MOVED_TO_FRIDAY),
        (PLACED, CANCELLED),
        (PLACED, ASKED_FOR_FRIDAY),
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


def test_a_booking_is_open_until_it_is_cancelled():
    assert not folded(PLACED).is_closed
    assert not folded(PLACED, CONFIRMED).is_closed
    assert folded(PLACED, CANCELLED).is_closed


def test_the_thread_closes_thirty_days_after_the_service_without_its_buffer():
    assert folded(PLACED).thread_closes_at == THURSDAY + HOUR + 30 * DAY
    assert folded(PLACED, CANCELLED).thread_closes_at == THURSDAY + HOUR + 30 * DAY
    assert folded(PLACED, MOVED_TO_FRIDAY).thread_closes_at == FRIDAY + HOUR + 30 * DAY


def open_request(event: BookingEvent) -> ChangeRequest:
    request = folded(PLACED, event).open_request
    assert request is not None
    return request


def test_a_wish_is_the_same_when_kind_and_target_are():
    move = open_request(ASKED_FOR_FRIDAY)

    assert move.wishes(Kind.RESCHEDULE, FRIDAY)
    assert not move.wishes(Kind.RESCHEDULE, THURSDAY)
    assert not move.wishes(Kind.CANCEL, None)
    assert not move.wishes(Kind.CANCEL, FRIDAY)


def test_a_wish_to_cancel_is_the_same_whatever_its_reason():
    cancel = open_request(ASKED_TO_CANCEL)

    assert cancel.wishes(Kind.CANCEL, None)
    assert not cancel.wishes(Kind.RESCHEDULE, FRIDAY)
    assert not cancel.wishes(Kind.RESCHEDULE, None)


def test_a_request_is_blocked_by_the_rules_that_failed():
    assert open_request(ASKED_FOR_FRIDAY).blocked_by == ("reschedule_notice",)


def test_rules_that_passed_block_nothing():
    let = judged("reschedule_notice", basis=THURSDAY, at=MONDAY)
    passed = replace(ASKED_FOR_FRIDAY, decision=let)

    assert open_request(passed).blocked_by == ()


def test_time_is_that_of_the_event_and_not_of_the_fold():
    request = evolve(PENDING, recorded(ASKED_FOR_FRIDAY, at=MONDAY)).open_request

    assert request is not None
    assert request.requested_at == MONDAY
