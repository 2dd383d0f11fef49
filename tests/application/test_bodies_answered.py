"""What a call is answered with: the booking, and what came of it."""

import pytest

from application import bodies, shapes
from application.shapes import ByBody, DecisionBody
from domain.booking import Status
from domain.identity import Role
from tests.batches import VAULT, call, decided, photo, stored, story
from tests.examples import (
    ASKED_FOR_FRIDAY,
    CLIENT_MESSAGE,
    CONFIRMED,
    COUNTERED_WITH_SATURDAY,
    FRIDAY,
    LATE,
    MESSAGE,
    MONDAY,
    PHOTO,
    PLACED,
    REQUEST,
    SATURDAY,
    SUNDAY,
    UPLOAD,
    move,
    say,
)
from tests.wishes import SOON, accept, approve, called_off, counter, reject

BOOKED = story(PLACED, CONFIRMED)
ASKED = story(PLACED, CONFIRMED, ASKED_FOR_FRIDAY)


def told(past, *wishes, dry_run=False, uploads=()):
    """Return what the caller is told of their wishes."""
    found = decided(stored(past, uploads=uploads), call(*wishes, dry_run=dry_run))
    body = bodies.answered(found.answer, VAULT)
    assert body is not None
    return body


def result_of(past, *wishes, **members):
    result = told(past, *wishes, **members).result
    assert isinstance(result, shapes.ResultBody)
    return result


@pytest.mark.parametrize(
    ("past", "wish", "note", "role"),
    [
        (ASKED, approve(), None, Role.STAFF),
        (ASKED, approve("See you."), "See you.", Role.STAFF),
        (ASKED, reject("No."), "No.", Role.STAFF),
        (
            story(PLACED, CONFIRMED, ASKED_FOR_FRIDAY, COUNTERED_WITH_SATURDAY),
            accept("Fine."),
            "Fine.",
            Role.OWNER,
        ),
    ],
)
def test_a_decision_says_by_whom_when_and_why(past, wish, note, role):
    request = result_of(past, wish).change_request

    assert request is not None
    assert request.decision == DecisionBody(by=ByBody(role=role), at=SOON, note=note)


def test_without_a_note_a_counter_has_none():
    request = result_of(ASKED, counter(SATURDAY, None)).change_request

    assert request is not None
    assert request.counter is not None
    assert request.counter.note is None


def test_a_call_is_answered_with_the_booking_and_its_result():
    body = told(BOOKED, move(to=FRIDAY, at=LATE), say("Please.", at=LATE))

    assert body.status == Status.CONFIRMED.value
    result = body.result
    assert isinstance(result, shapes.ResultBody)
    assert (result.outcome, result.changed) == ("change_requested", ("message",))
    assert result.change_request == body.pending_change_request
    assert result.message is not None
    assert result.message.change_request_id == REQUEST
    assert (result.message.id, result.message.text) == (MESSAGE, "Please.")
    assert result.policy_decision is not None
    assert result.policy_decision == ASKED_FOR_FRIDAY.decision


def test_a_call_that_only_changes_names_neither_request_nor_message():
    result = result_of(BOOKED, move(to=FRIDAY))

    assert (result.change_request, result.message, result.attachments) == (
        None,
        None,
        (),
    )


def test_a_message_is_shown_with_its_attachments_and_their_captions():
    wish = say(
        None, uploads=(UPLOAD,), captions=("Dent",), client_message_id=CLIENT_MESSAGE
    )

    result = result_of(BOOKED, wish, uploads=[photo()])

    assert result.message == shapes.MessageBody(
        id=MESSAGE,
        client_message_id=CLIENT_MESSAGE,
        author=ByBody(role=Role.OWNER),
        text=None,
        attachments=(
            shapes.AttachmentBody(
                upload_id=UPLOAD,
                caption="Dent",
                content_type=PHOTO.content_type,
                size=PHOTO.size,
            ),
        ),
        change_request_id=None,
        created_at=MONDAY,
    )
    assert result.message is not None
    assert result.attachments == result.message.attachments


def test_a_dry_run_names_no_id_that_it_only_drew():
    wishes = (move(to=FRIDAY, at=LATE), say("Please.", at=LATE))

    body = told(BOOKED, *wishes, dry_run=True)

    result = body.result
    assert isinstance(result, shapes.ResultBody)
    assert result.change_request is not None
    assert result.change_request.id is None
    assert result.message is not None
    assert (result.message.id, result.message.change_request_id) == (None, None)
    assert body.pending_change_request is None


def test_a_dry_run_names_the_request_that_is_there():
    wishes = (move(to=FRIDAY, at=SOON), say("Please.", at=SOON))

    result = result_of(ASKED, *wishes, dry_run=True)

    assert result.change_request is not None
    assert result.change_request.id == REQUEST
    assert result.message is not None
    assert (result.message.id, result.message.change_request_id) == (None, REQUEST)


def test_a_refusal_shows_no_booking():
    found = decided(stored(BOOKED), call(move(to=SUNDAY)))

    assert bodies.answered(found.answer, VAULT) is None


def test_what_the_workshop_does_is_shown_by_its_role_alone():
    body = told(BOOKED, called_off())

    assert body.cancellation == shapes.CancellationBody(
        reason="We are ill.", by=ByBody(role=Role.MANAGER), at=MONDAY
    )
