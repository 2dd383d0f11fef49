"""A booking carries its open request, and what became of it when it was answered."""

import pytest

from domain.booking import Booking, Cancellation, Status, evolve, fold
from domain.changes import ChangeRequest, Kind, RequestStatus
from domain.events import BookingEvent
from domain.structs import replace
from tests.dsl import given
from tests.examples import (
    APPROVED,
    APPROVED_CANCEL,
    ASKED_FOR_FRIDAY,
    ASKED_TO_CANCEL,
    COUNTERED_WITH_SATURDAY,
    EXPIRED,
    FRIDAY,
    LATE,
    MONDAY,
    OWNER,
    PLACED,
    REJECTED,
    REQUEST,
    SATURDAY,
    SERVICE,
    STAFF,
    SUPERSEDED,
    THURSDAY,
    TYRES,
    WITHDRAWN,
    judged,
    recorded,
    say,
    slot,
)

PENDING = given(PLACED).when(say()).booking


def folded(*history: BookingEvent) -> Booking:
    booking = fold(recorded(event) for event in history)
    assert booking is not None
    return booking


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


def test_what_was_approved_happens_and_leaves_no_request():
    approved = recorded(APPROVED, at=LATE, by=STAFF)

    booking = evolve(folded(PLACED, ASKED_FOR_FRIDAY), approved)

    assert booking == replace(
        PENDING, slot=slot(FRIDAY), reschedule_count=1, revision=3
    )


def test_what_was_approved_takes_its_own_service():
    tyres = replace(APPROVED, service=TYRES, slot=slot(FRIDAY, TYRES))

    booking = folded(PLACED, ASKED_FOR_FRIDAY, tyres)

    assert (booking.service, booking.slot) == (TYRES, slot(FRIDAY, TYRES))


def test_a_request_of_an_early_release_moves_the_booking_with_its_service():
    """It did not say what the move takes."""
    early = replace(APPROVED, service=None)

    booking = folded(PLACED, replace(ASKED_FOR_FRIDAY, service=None), early)

    assert (booking.service, booking.slot) == (SERVICE, slot(FRIDAY))


def test_an_approved_cancel_is_by_who_asked_for_it():
    approved = recorded(APPROVED_CANCEL, at=LATE, by=STAFF)

    booking = evolve(folded(PLACED, ASKED_TO_CANCEL), approved)

    assert booking == replace(
        PENDING,
        status=Status.CANCELLED,
        revision=3,
        cancellation=Cancellation(by=OWNER, at=LATE, personal=ASKED_TO_CANCEL.personal),
    )


def test_a_countered_request_is_still_open():
    request = folded(PLACED, ASKED_FOR_FRIDAY, COUNTERED_WITH_SATURDAY).open_request

    assert request is not None
    assert request.status is RequestStatus.COUNTERED
    assert request.target == slot(SATURDAY)


@pytest.mark.parametrize("event", [REJECTED, WITHDRAWN, EXPIRED])
def test_a_request_that_ended_otherwise_leaves_the_booking_as_it_was(event):
    assert folded(PLACED, ASKED_FOR_FRIDAY, event) == replace(PENDING, revision=3)


def test_a_superseded_request_is_open_no_longer():
    assert folded(PLACED, ASKED_FOR_FRIDAY, SUPERSEDED) == replace(PENDING, revision=3)


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
