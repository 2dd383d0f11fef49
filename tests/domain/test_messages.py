"""A message stands beside an action, after its event, and in a thread that closes."""

import pytest

from domain import errors, events
from domain.decide import Outcome
from domain.personal import Words
from domain.structs import replace
from tests.dsl import given
from tests.examples import (
    ASKED_FOR_FRIDAY,
    ASKED_TO_CANCEL,
    CANCELLED,
    CLIENT_MESSAGE,
    COMPLETED,
    CONFIRMED,
    DAY,
    FRIDAY,
    HOUR,
    INVOICE,
    LATE,
    MESSAGE,
    MINUTE,
    MISSED,
    MONDAY,
    MOVED_TO_FRIDAY,
    NEXT_MESSAGE,
    NEXT_REQUEST,
    OTHER_UPLOAD,
    PHOTO,
    PLACED,
    REQUEST,
    SAID_HELLO,
    STARTED,
    SUPERSEDED,
    THURSDAY,
    UPLOAD,
    cancel,
    move,
    say,
)
from tests.wishes import ordered_to

CLOSES = THURSDAY + HOUR + 30 * DAY
ACTIONS = pytest.mark.parametrize(
    ("action", "happens", "outcome"),
    [
        (move(to=FRIDAY), (MOVED_TO_FRIDAY,), Outcome.RESCHEDULED),
        (cancel(), (CANCELLED,), Outcome.CANCELLED),
    ],
    ids=["move", "cancel"],
)


@pytest.mark.parametrize(
    "history",
    [
        (PLACED,),
        (PLACED, CONFIRMED),
        (PLACED, CONFIRMED, STARTED),
        (PLACED, CONFIRMED, STARTED, COMPLETED),
        (PLACED, CONFIRMED, MISSED),
        (PLACED, CONFIRMED, CANCELLED),
    ],
    ids=[
        "PENDING",
        "CONFIRMED",
        "IN_PROGRESS",
        "COMPLETED",
        "NO_SHOW",
        "CANCELLED",
    ],
)
def test_a_message_is_appended_in_every_state_and_leaves_it_alone(history):
    scenario = given(*history).when(say())

    scenario.then(SAID_HELLO).then_outcome(Outcome.MESSAGE_APPENDED)
    assert scenario.booking == given(*history, SAID_HELLO).when(say()).booking
    assert scenario.decided.message_id == MESSAGE
    assert scenario.decided.decision is None


@ACTIONS
def test_a_message_beside_an_action_comes_after_its_event(action, happens, outcome):
    scenario = given(PLACED).when(action, say())

    scenario.then(*happens, SAID_HELLO).then_outcome(outcome)
    assert scenario.decided.message_id == MESSAGE
    assert scenario.decided.decision == happens[0].decision
    assert [one.version for one in scenario.recorded] == [2, 3]


def test_a_message_beside_a_request_names_it():
    scenario = given(PLACED, CONFIRMED).when(move(to=FRIDAY, at=LATE), say(at=LATE))

    scenario.then(
        ASKED_FOR_FRIDAY, replace(SAID_HELLO, change_request_id=REQUEST)
    ).then_outcome(Outcome.CHANGE_REQUESTED)
    assert scenario.decided.change_request_id == REQUEST
    assert scenario.decided.message_id == MESSAGE


def test_a_message_beside_a_wish_that_is_open_already_is_stored_with_its_request():
    again = move(to=FRIDAY, at=LATE, request=NEXT_REQUEST)

    scenario = given(PLACED, ASKED_FOR_FRIDAY).when(again, say(at=LATE))

    scenario.then(replace(SAID_HELLO, change_request_id=REQUEST))
    scenario.then_outcome(Outcome.CHANGE_REQUESTED)


def test_a_message_beside_a_superseding_wish_names_the_new_request():
    again = cancel(at=LATE, request=NEXT_REQUEST)

    given(PLACED, CONFIRMED, ASKED_FOR_FRIDAY).when(again, say(at=LATE)).then(
        SUPERSEDED,
        replace(ASKED_TO_CANCEL, change_request_id=NEXT_REQUEST),
        replace(SAID_HELLO, change_request_id=NEXT_REQUEST),
    )


@pytest.mark.parametrize(
    ("message", "refusal"),
    [
        (say(at=LATE, uploads=(UPLOAD,)), errors.UploadUnusable),
        (say(at=CLOSES + MINUTE), errors.ThreadClosed),
    ],
)
def test_a_wish_that_is_open_already_is_refused_with_the_message_beside_it(
    message, refusal
):
    again = move(to=FRIDAY, at=message.at, request=NEXT_REQUEST)

    given(PLACED, ASKED_FOR_FRIDAY).when(again).then_nothing()
    given(PLACED, ASKED_FOR_FRIDAY).when(again, message).then_refused(refusal)


def test_cancelling_again_with_a_message_is_refused_once_the_thread_is_closed():
    late = CLOSES + MINUTE

    given(PLACED, CANCELLED).when(cancel(at=late)).then_nothing()
    given(PLACED, CANCELLED).when(cancel(at=late), say(at=late)).then_refused(
        errors.ThreadClosed
    )


def test_a_message_alone_names_no_request_though_one_is_open():
    given(PLACED, ASKED_FOR_FRIDAY).when(say(at=LATE)).then(SAID_HELLO)


@pytest.mark.parametrize(
    ("history", "action"),
    [((PLACED,), move(to=THURSDAY)), ((PLACED, CANCELLED), cancel())],
    ids=["move", "cancel"],
)
def test_a_message_is_stored_when_the_action_changes_nothing(history, action):
    scenario = given(*history).when(action, say())

    scenario.then(SAID_HELLO).then_outcome(Outcome.MESSAGE_APPENDED)


def test_a_message_beside_an_unchanged_start_leaves_the_open_request_open():
    scenario = given(PLACED, ASKED_FOR_FRIDAY)
    scenario.when(move(to=THURSDAY, at=LATE), say(at=LATE))

    scenario.then(SAID_HELLO)
    assert scenario.booking.open_request is not None


def test_a_message_keeps_the_name_that_its_author_gave_it():
    given(PLACED).when(say(client_message_id=CLIENT_MESSAGE)).then(
        replace(SAID_HELLO, client_message_id=CLIENT_MESSAGE)
    )


def test_attachments_are_named_in_the_order_they_were_given():
    words = say(None, uploads=(OTHER_UPLOAD, UPLOAD), captions=(None, "The dent."))

    given(PLACED).with_uploads(PHOTO, INVOICE).when(words).then(
        events.MessageAppended(
            message_id=MESSAGE,
            attachments=(INVOICE, PHOTO),
            personal=Words(captions=(None, "The dent.")),
        )
    ).then_outcome(Outcome.MESSAGE_APPENDED)


def test_an_unusable_upload_is_refused_with_its_pointer():
    unknown = say(uploads=(UPLOAD, OTHER_UPLOAD))

    refused = (
        given(PLACED)
        .with_uploads(PHOTO)
        .when(unknown)
        .then_refused(errors.UploadUnusable)
    )

    assert refused.pointers == ("/attachments/1/upload_id",)


def test_all_unusable_uploads_are_named():
    refused = (
        given(PLACED)
        .when(say(uploads=(UPLOAD, OTHER_UPLOAD)))
        .then_refused(errors.UploadUnusable)
    )

    assert refused.pointers == ("/attachments/0/upload_id", "/attachments/1/upload_id")


def test_an_unusable_upload_stops_the_move_beside_it():
    given(PLACED).when(move(to=FRIDAY), say(uploads=(UPLOAD,))).then_refused(
        errors.UploadUnusable
    )


def test_a_refused_move_stops_the_message_beside_it():
    given(PLACED, CANCELLED).when(move(to=FRIDAY), say()).then_refused(
        errors.BookingClosed
    )


def test_a_twin_is_the_message_that_is_stored_already():
    scenario = given(PLACED, SAID_HELLO).repeating(MESSAGE)
    scenario.when(say("Another text.", message=NEXT_MESSAGE))

    scenario.then_nothing().then_outcome(Outcome.MESSAGE_APPENDED)
    assert scenario.decided.message_id == MESSAGE


@ACTIONS
def test_a_twin_beside_an_action_leaves_its_outcome(action, happens, outcome):
    scenario = given(PLACED, SAID_HELLO).repeating(MESSAGE)
    scenario.when(action, say(message=NEXT_MESSAGE))

    scenario.then(*happens).then_outcome(outcome)
    assert scenario.decided.message_id == MESSAGE


def test_a_twin_is_looked_for_before_its_uploads():
    given(PLACED, SAID_HELLO).repeating(MESSAGE).when(
        say(uploads=(UPLOAD,))
    ).then_nothing()


def test_a_twin_is_looked_for_after_the_closing_of_the_thread():
    given(PLACED, SAID_HELLO).repeating(MESSAGE).when(
        say(at=CLOSES + MINUTE)
    ).then_refused(errors.ThreadClosed)


@pytest.mark.parametrize(
    "history",
    [(PLACED,), (PLACED, CONFIRMED), (PLACED, CANCELLED)],
    ids=["PENDING", "CONFIRMED", "CANCELLED"],
)
def test_a_thread_closes_thirty_days_after_the_end_of_the_service(history):
    given(*history).when(say(at=CLOSES)).then(SAID_HELLO)
    given(*history).when(say(at=CLOSES + MINUTE / 60_000_000)).then_refused(
        errors.ThreadClosed
    )


def test_a_moved_booking_closes_its_thread_later():
    given(PLACED, MOVED_TO_FRIDAY).when(say(at=CLOSES + DAY)).then(SAID_HELLO)


def test_a_wish_to_move_does_not_open_the_thread_again_for_the_message_beside_it():
    at = CLOSES + MINUTE
    later = THURSDAY + 35 * DAY

    given(PLACED, CONFIRMED).when(move(to=later, at=at)).then_outcome(
        Outcome.CHANGE_REQUESTED
    )
    given(PLACED, CONFIRMED).when(move(to=later, at=at), say(at=at)).then_refused(
        errors.ThreadClosed
    )


def test_a_move_of_the_workshops_opens_the_thread_again_for_later_messages_only():
    at = CLOSES + MINUTE
    moved = ordered_to(THURSDAY + 35 * DAY, at=at)

    given(PLACED, CONFIRMED).when(moved).then_outcome(Outcome.RESCHEDULED)
    given(PLACED, CONFIRMED).when(moved, say(at=at)).then_refused(errors.ThreadClosed)


def test_two_messages_of_one_call_are_both_stored():
    scenario = given(PLACED).when(say(), say(message=NEXT_MESSAGE))

    scenario.then(SAID_HELLO, replace(SAID_HELLO, message_id=NEXT_MESSAGE))
    assert scenario.decided.message_id == MESSAGE


def test_text_at_monday_and_later_is_the_same_event():
    """Time stands beside the event, not in it."""
    assert given(PLACED).when(say(at=MONDAY)).decided.events == (
        given(PLACED).when(say(at=LATE)).decided.events
    )
