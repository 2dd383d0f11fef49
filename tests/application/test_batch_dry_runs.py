"""A dry run says what the call would be told, and leaves nothing behind."""

import msgspec

from application.answers import Answer
from application.calls import (
    NotFound,
    PreconditionFailed,
)
from application.stored import KeptAnswer, KeyId
from domain.identity import booking_stream
from domain.structs import replace
from tests.batches import KEY, call, decided, stored, story
from tests.examples import (
    ASKED_FOR_FRIDAY,
    BOOKING_ID,
    CONFIRMED,
    FRIDAY,
    LATE,
    MONDAY,
    NEXT_REQUEST,
    OWNER,
    PLACED,
    REQUEST,
    SUNDAY,
    move,
    place,
    say,
    uuid,
)
from tests.wishes import SOON

BOOKED = story(PLACED, CONFIRMED)
ASKED = story(PLACED, CONFIRMED, ASKED_FOR_FRIDAY)
ONCE = KeyId(caller=OWNER.id, scope=booking_stream(BOOKING_ID), key="once")


def kept() -> dict[KeyId, KeptAnswer]:
    answer = Answer(status=200, request_id=uuid(50), generated_at=MONDAY)
    encoded = msgspec.json.encode(answer)
    return {ONCE: KeptAnswer(fingerprint=b"a", answer=encoded, position=42)}


def with_key(one):
    return replace(one, key=ONCE, fingerprint=b"a")


def test_a_dry_run_neither_looks_for_a_kept_answer_nor_keeps_one():
    tried = with_key(call(move(to=FRIDAY), dry_run=True))

    found = decided(stored(BOOKED, keys_kept=kept()), tried)

    assert not found.answer.is_replay
    assert not found.append


def test_a_dry_run_meets_its_condition_like_any_call():
    tried = call(move(to=FRIDAY), dry_run=True, if_match=('"9"',))

    assert isinstance(decided(stored(BOOKED), tried).error, PreconditionFailed)


def test_a_dry_run_tells_what_would_be_and_shows_the_booking_as_it_is():
    tried = call(move(to=FRIDAY, at=LATE), say(at=LATE), dry_run=True)

    found = decided(stored(BOOKED), tried)

    answer = found.answer.answer
    assert answer.status == 202
    assert answer.shown is not None
    assert answer.shown.booking == BOOKED.booking
    result = answer.result
    assert result is not None
    assert result.outcome.value == "change_requested"
    assert result.decision is not None
    assert result.change_request is not None
    assert result.message is not None
    assert set(result.unstored) == {result.change_request.id, result.message.id}
    assert found.answer.position == 102
    assert found.answer.owner_key == KEY
    assert not found.append


def test_a_dry_run_of_what_repeats_names_what_is_stored():
    """Only ids that it drew itself are unknown to anybody else."""
    tried = call(move(to=FRIDAY, at=SOON, request=NEXT_REQUEST), dry_run=True)

    result = decided(stored(ASKED), tried).answer.answer.result

    assert result is not None
    assert result.change_request is not None
    assert result.change_request.id == REQUEST
    assert result.unstored == ()


def test_a_dry_run_is_refused_like_the_call_and_keeps_nothing():
    tried = with_key(call(move(to=SUNDAY), dry_run=True))

    found = decided(stored(BOOKED), tried)

    assert found.answer.answer.status == 409
    assert found.answer.answer.refused is not None
    assert found.answer.owner_key == KEY
    assert not found.append


def test_there_is_no_dry_run_of_a_booking_that_is_not_there():
    found = decided(stored(), call(place(), dry_run=True))

    assert isinstance(found.error, NotFound)
