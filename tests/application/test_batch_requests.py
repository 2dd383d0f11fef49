"""Change requests within a batch: slots swap in one append, and one answer wins."""

import pytest

from application.answers import Answered
from domain.changes import Kind, RequestStatus
from domain.slots import HoldKind
from domain.structs import replace
from projections import slots
from tests.batches import call, decided, stored, story
from tests.dsl import By
from tests.examples import (
    ACCEPTED,
    APPROVED,
    ASKED_FOR_FRIDAY,
    BOOKING_ID,
    CONFIRMED,
    COUNTERED_WITH_SATURDAY,
    FRIDAY,
    LATE,
    NEXT_MONDAY,
    NEXT_REQUEST,
    OTHER_BOOKING_ID,
    OTHER_OWNER,
    OWNER,
    PLACED,
    REJECTED,
    REQUEST,
    SATURDAY,
    THURSDAY,
    WITHDRAWN,
    move,
    say,
    slot,
    uuid,
)
from tests.wishes import (
    SOON,
    accept,
    approve,
    counter,
    decline,
    ordered_to,
    reject,
    withdraw,
)

ASKED = story(PLACED, CONFIRMED, ASKED_FOR_FRIDAY)
COUNTERED = story(PLACED, CONFIRMED, ASKED_FOR_FRIDAY, COUNTERED_WITH_SATURDAY)


def outcome(answered: Answered) -> str:
    answer = answered.answer
    if answer.refused is not None:
        return answer.refused.code
    assert answer.result is not None
    return str(answer.result.outcome.value)


def request_of(found):
    result = found.answers[-1].answer.result
    assert result is not None
    return result.change_request


def kinds(found):
    """Return the holds that the booking has afterwards, by their starts."""
    after = found.append.bookings[BOOKING_ID].after
    return [(one.kind, one.start) for one in after.holds()]


def test_an_approval_swaps_the_slot_and_the_hold_in_one_append():
    found = decided(stored(ASKED), call(approve()))

    change = found.append.bookings[BOOKING_ID]
    released, claimed = slots.changed(change.before, change.after)
    assert [(one.kind, one.starts_at) for one in released] == [
        ("slot", THURSDAY),
        ("hold", FRIDAY),
    ]
    assert [(one.kind, one.starts_at) for one in claimed] == [("slot", FRIDAY)]
    assert found.events == [(BOOKING_ID, "change_approved")]
    assert outcome(found.answer) == "approved"


@pytest.mark.parametrize(
    ("past", "wish", "said", "status"),
    [
        (ASKED, approve(), "approved", RequestStatus.APPROVED),
        (ASKED, reject(), "rejected", RequestStatus.REJECTED),
        (ASKED, counter(), "countered", RequestStatus.COUNTERED),
        (ASKED, withdraw(), "withdrawn", RequestStatus.WITHDRAWN),
        (COUNTERED, accept(), "accepted", RequestStatus.APPROVED),
        (COUNTERED, decline(), "declined", RequestStatus.REJECTED),
    ],
)
def test_an_answer_shows_the_request_as_it_is_then(past, wish, said, status):
    found = decided(stored(past), call(wish))

    request = request_of(found)
    assert outcome(found.answer) == said
    assert request is not None
    assert (request.id, request.status) == (REQUEST, status)
    assert found.answer.answer.status == 200


@pytest.mark.parametrize(
    ("wish", "changed"),
    [
        (approve(), ("service_start_time",)),
        (reject(), ()),
        (counter(), ()),
        (withdraw(), ()),
    ],
)
def test_only_an_approval_changes_the_booking(wish, changed):
    result = decided(stored(ASKED), call(wish)).answer.answer.result

    assert result is not None
    assert result.changed == changed


def test_an_approved_cancel_changes_the_status():
    asked = replace(ASKED_FOR_FRIDAY, kind=Kind.CANCEL, target=None)

    found = decided(stored(story(PLACED, CONFIRMED, asked)), call(approve()))

    result = found.answer.answer.result
    assert result is not None
    assert result.changed == ("status",)
    assert kinds(found) == []


def test_of_two_answers_at_once_one_wins():
    found = decided(stored(ASKED), call(approve()), call(reject()), call(withdraw()))

    assert [outcome(one) for one in found.answers] == [
        "approved",
        "request_closed",
        "request_closed",
    ]
    assert len(found.events) == 1


@pytest.mark.parametrize(
    ("past", "wish"),
    [
        (ASKED, approve()),
        (ASKED, reject()),
        (ASKED, counter()),
        (ASKED, withdraw()),
        (COUNTERED, accept()),
        (COUNTERED, decline()),
    ],
)
def test_the_same_answer_twice_is_one_event(past, wish):
    found = decided(stored(past), call(wish), call(wish))

    assert outcome(found.answers[1]) == "unchanged"
    assert request_of(found) == found.answers[0].answer.result.change_request  # type: ignore[union-attr]
    assert len(found.events) == 1


@pytest.mark.parametrize(
    ("past", "wish"),
    [
        (story(PLACED, CONFIRMED, ASKED_FOR_FRIDAY, APPROVED), approve()),
        (story(PLACED, CONFIRMED, ASKED_FOR_FRIDAY, REJECTED), reject()),
        (story(PLACED, CONFIRMED, ASKED_FOR_FRIDAY, WITHDRAWN), withdraw()),
        (
            story(
                PLACED,
                CONFIRMED,
                ASKED_FOR_FRIDAY,
                COUNTERED_WITH_SATURDAY,
                By(OWNER, ACCEPTED),
            ),
            accept(),
        ),
    ],
)
def test_the_same_answer_long_after_shows_the_closed_request(past, wish):
    found = decided(stored(past), call(wish))

    assert outcome(found.answer) == "unchanged"
    request = request_of(found)
    assert request is not None
    assert not request.is_open
    assert not found.append


def test_who_repeats_a_former_answer_is_shown_that_request_and_not_the_open_one():
    asked_again = replace(
        ASKED_FOR_FRIDAY, change_request_id=NEXT_REQUEST, target=slot(SATURDAY)
    )
    past = story(PLACED, CONFIRMED, ASKED_FOR_FRIDAY, WITHDRAWN, asked_again)

    found = decided(stored(past), call(withdraw()))

    request = request_of(found)
    assert request is not None
    assert request.id == REQUEST
    shown = found.answer.answer.shown
    assert shown is not None
    assert shown.booking.open_request is not None
    assert shown.booking.open_request.id == NEXT_REQUEST


def test_a_counter_moves_the_hold_and_frees_what_was_asked_for():
    others = story(
        replace(
            PLACED,
            booking_id=OTHER_BOOKING_ID,
            owner=OTHER_OWNER.id,
            slot=slot(NEXT_MONDAY),
        )
    )

    found = decided(
        stored(ASKED, others),
        call(counter()),
        call(ordered_to(FRIDAY, at=SOON), booking_id=OTHER_BOOKING_ID),
    )

    assert kinds(found) == [(HoldKind.SLOT, THURSDAY), (HoldKind.HOLD, SATURDAY)]
    assert [outcome(one) for one in found.answers] == ["countered", "rescheduled"]


def test_a_rejected_request_frees_what_it_held():
    found = decided(stored(ASKED), call(reject()))

    assert kinds(found) == [(HoldKind.SLOT, THURSDAY)]


def test_a_wish_that_is_open_already_shows_that_request_and_writes_none():
    again = move(to=FRIDAY, at=SOON, request=NEXT_REQUEST)

    found = decided(stored(ASKED), call(again))

    assert found.answer.answer.status == 202
    request = request_of(found)
    assert request is not None
    assert request.id == REQUEST
    assert not found.append


def test_a_superseding_wish_shows_the_new_request():
    another = move(to=SATURDAY, at=SOON, request=NEXT_REQUEST)

    found = decided(stored(ASKED), call(another))

    request = request_of(found)
    assert request is not None
    assert (request.id, request.status) == (NEXT_REQUEST, RequestStatus.PENDING)
    assert [tag for _id, tag in found.events] == [
        "change_superseded",
        "change_requested",
    ]


def test_what_was_superseded_in_the_batch_is_closed_to_its_answers():
    another = move(to=SATURDAY, at=SOON, request=NEXT_REQUEST)

    found = decided(stored(ASKED), call(another), call(approve()))

    assert outcome(found.answers[1]) == "request_closed"


def test_what_the_workshop_moves_leaves_no_request_to_answer():
    found = decided(stored(ASKED), call(ordered_to(SATURDAY, at=LATE)), call(approve()))

    assert [outcome(one) for one in found.answers] == ["rescheduled", "request_closed"]


def test_a_message_names_no_request_that_it_did_not_make():
    found = decided(stored(ASKED), call(say(at=SOON, message=uuid(40))))

    result = found.answer.answer.result
    assert result is not None
    assert result.change_request is None
    assert result.message is not None
    assert result.message.change_request_id is None
