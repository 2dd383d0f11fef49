"""A booking's latest change request is folded from the events that name it."""

import pytest

from domain import errors, requests
from domain.changes import ChangeRequest, Counter, RequestAnswer, RequestStatus
from domain.events import BookingEvent
from domain.identity import Actor
from domain.structs import replace
from tests.examples import (
    ACCEPTED,
    APPROVED,
    APPROVED_CANCEL,
    ASKED_FOR_FRIDAY,
    ASKED_TO_CANCEL,
    CONFIRMED,
    COUNTERED_WITH_SATURDAY,
    DECLINED,
    EXPIRED,
    FRIDAY,
    LATE,
    NEXT_REQUEST,
    OWNER,
    REJECTED,
    SAID_HELLO,
    SATURDAY,
    SERVICE,
    STAFF,
    SUPERSEDED,
    THURSDAY,
    WITHDRAWN,
    recorded,
    slot,
)
from tests.wishes import SOON

ASKED = requests.asked(ASKED_FOR_FRIDAY, recorded(ASKED_FOR_FRIDAY, at=LATE).origin)


def after(
    event: BookingEvent, *, by: Actor = STAFF, before: ChangeRequest | None = ASKED
) -> ChangeRequest | None:
    return requests.evolve(before, recorded(event, at=SOON, by=by))


def test_what_was_asked_is_a_pending_request():
    request = after(ASKED_FOR_FRIDAY, by=OWNER, before=None)

    assert request is not None
    assert request.status is RequestStatus.PENDING
    assert request.is_open
    assert (request.requested_by, request.requested_at) == (OWNER, SOON)
    assert request.asked == request.target == slot(FRIDAY)
    assert request.service == SERVICE
    assert (request.counter, request.answer) == (None, None)


def test_a_request_to_cancel_asks_for_no_slot_and_takes_no_service():
    request = after(ASKED_TO_CANCEL, by=OWNER, before=None)

    assert request is not None
    assert (request.asked, request.target, request.service) == (None, None, None)


def test_what_was_countered_holds_what_was_proposed_and_knows_what_was_asked():
    request = after(replace(COUNTERED_WITH_SATURDAY, expires_at=FRIDAY))

    assert request == replace(
        ASKED,
        status=RequestStatus.COUNTERED,
        expires_at=FRIDAY,
        counter=Counter(
            service=SERVICE,
            slot=slot(SATURDAY),
            at=SOON,
            personal=COUNTERED_WITH_SATURDAY.personal,
        ),
    )
    assert request is not None
    assert request.is_open
    assert request.asked == slot(FRIDAY)
    assert request.target == slot(SATURDAY)


@pytest.mark.parametrize(
    ("event", "by", "status"),
    [
        (APPROVED, STAFF, RequestStatus.APPROVED),
        (APPROVED_CANCEL, STAFF, RequestStatus.APPROVED),
        (ACCEPTED, OWNER, RequestStatus.APPROVED),
        (REJECTED, STAFF, RequestStatus.REJECTED),
        (DECLINED, OWNER, RequestStatus.REJECTED),
    ],
)
def test_what_was_decided_says_by_whom_when_and_why(event, by, status):
    assert after(event, by=by) == replace(
        ASKED,
        status=status,
        answer=RequestAnswer(by=by, at=SOON, personal=event.personal),
    )


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (WITHDRAWN, RequestStatus.WITHDRAWN),
        (EXPIRED, RequestStatus.EXPIRED),
        (SUPERSEDED, RequestStatus.SUPERSEDED),
    ],
)
def test_what_nobody_decided_has_no_answer(event, status):
    assert after(event) == replace(ASKED, status=status)


@pytest.mark.parametrize("event", [APPROVED, REJECTED, WITHDRAWN, EXPIRED, SUPERSEDED])
def test_what_ended_is_open_no_longer(event):
    request = after(event)

    assert request is not None
    assert not request.is_open


def test_what_was_countered_keeps_its_counter_when_it_ends():
    countered = after(COUNTERED_WITH_SATURDAY)
    ended = after(DECLINED, by=OWNER, before=countered)

    assert countered is not None
    assert ended is not None
    assert ended.counter == countered.counter
    assert ended.target == slot(SATURDAY)


@pytest.mark.parametrize("event", [CONFIRMED, SAID_HELLO])
def test_other_events_leave_it_as_it_is(event):
    assert after(event) == ASKED
    assert after(event, before=None) is None


def test_another_wish_is_another_request():
    another = replace(ASKED_FOR_FRIDAY, change_request_id=NEXT_REQUEST)

    request = after(another, by=OWNER)

    assert request is not None
    assert request.id == NEXT_REQUEST
    assert request.expires_at == THURSDAY


@pytest.mark.parametrize("event", [COUNTERED_WITH_SATURDAY, APPROVED, EXPIRED])
def test_what_was_never_asked_cannot_be_answered(event):
    with pytest.raises(errors.Missing):
        after(event, before=None)
