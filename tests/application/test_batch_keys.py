"""Under a key the first answer is given again, and nothing happens again."""

import msgspec
import pytest

from application.answers import Answer
from application.calls import (
    Forbidden,
    KeyReused,
)
from application.stored import KeptAnswer, KeyId
from domain.identity import booking_stream
from domain.structs import replace
from tests.batches import KEY, VAULT, call, decided, stored, story
from tests.examples import (
    ASKED_FOR_FRIDAY,
    BOOKING_ID,
    CALL,
    CONFIRMED,
    FRIDAY,
    MONDAY,
    NEXT_REQUEST,
    OTHER_OWNER,
    OWNER,
    PLACED,
    STAFF,
    SUNDAY,
    cancel,
    confirm,
    move,
    place,
    say,
    uuid,
)
from tests.wishes import called_off

BOOKED = story(PLACED, CONFIRMED)
ASKED = story(PLACED, CONFIRMED, ASKED_FOR_FRIDAY)
ONCE = KeyId(caller=OWNER.id, scope=booking_stream(BOOKING_ID), key="once")


def with_key(one, fingerprint=b"a"):
    return replace(one, key=ONCE, fingerprint=fingerprint)


def test_what_is_forbidden_is_so_before_the_first_answer_is_looked_for():
    declined = with_key(call(called_off(by=STAFF)))

    found = decided(stored(story(PLACED)), call(confirm()), declined)

    assert isinstance(found.outcomes[1], Forbidden)


def test_the_same_request_again_gets_its_first_answer():
    found = decided(
        stored(BOOKED),
        with_key(call(move(to=FRIDAY))),
        call(cancel()),
        with_key(call(move(to=FRIDAY, request=NEXT_REQUEST), request_id=uuid(77))),
    )

    first, _cancelled, again = found.answers
    assert (first.is_replay, again.is_replay) == (False, True)
    assert again.answer == first.answer
    assert again.answer.request_id == CALL
    assert again.position == first.position
    assert [tag for _id, tag in found.events] == ["rescheduled", "cancelled"]


def test_another_request_under_a_key_is_told_so():
    found = decided(
        stored(BOOKED), with_key(call(move(to=FRIDAY))), with_key(call(say()), b"b")
    )

    assert isinstance(found.outcomes[1], KeyReused)
    assert [tag for _id, tag in found.events] == ["rescheduled"]


def kept() -> dict[KeyId, KeptAnswer]:
    answer = Answer(status=200, request_id=uuid(50), generated_at=MONDAY)
    encoded = msgspec.json.encode(answer)
    return {ONCE: KeptAnswer(fingerprint=b"a", answer=encoded, position=42)}


def test_what_the_store_kept_is_given_again_with_the_owners_key():
    found = decided(stored(BOOKED, keys_kept=kept()), with_key(call(say())))

    answered = found.answer
    assert answered.is_replay
    assert (answered.answer.request_id, answered.position) == (uuid(50), 42)
    assert answered.owner_key == KEY
    assert not found.append


def test_what_was_kept_before_its_owner_was_erased_stays_closed_to_a_later_key():
    first = decided(stored(), with_key(call(place())))
    (answer,) = first.append.answers
    again = {ONCE: KeptAnswer(fingerprint=b"a", answer=answer.answer, position=42)}
    own = first.answer.owner_key
    assert own is not None

    by_its_own, by_another = (
        decided(stored(keys={OWNER.id: key}, keys_kept=again), with_key(call(place())))
        for key in (own, VAULT.new_key(OWNER.id))
    )

    assert by_its_own.answer.owner_key == own
    assert by_another.answer.owner_key is None
    assert by_another.answer.answer == first.answer.answer


def test_what_the_store_kept_for_another_request_is_not_given():
    found = decided(stored(BOOKED, keys_kept=kept()), with_key(call(say()), b"b"))

    assert isinstance(found.error, KeyReused)


def test_the_first_answer_comes_before_the_condition():
    found = decided(
        stored(BOOKED, keys_kept=kept()), with_key(call(say(), if_match=('"9"',)))
    )

    assert found.answer.is_replay


def test_a_refusal_is_kept_too_at_the_end_of_the_stream_as_it_was():
    found = decided(stored(BOOKED), with_key(call(move(to=SUNDAY))))

    (answer,) = found.append.answers
    assert (answer.key, answer.fingerprint, answer.at) == (ONCE, b"a", MONDAY)
    assert (answer.ordinal, answer.position) == (None, 102)
    decoded = msgspec.json.decode(answer.answer, type=Answer)
    assert decoded == found.answer.answer
    assert decoded.refused is not None
    assert decoded.refused.code == "slot_unbookable"
    assert decoded.status == 409
    assert found.answer.owner_key == KEY
    assert found.events == []


def test_an_answer_is_kept_at_the_position_of_its_last_event():
    found = decided(stored(BOOKED), with_key(call(move(to=FRIDAY), say())))

    (answer,) = found.append.answers
    assert (answer.ordinal, answer.position) == (2, None)


@pytest.mark.parametrize(
    "members",
    [
        {"if_match": ('"9"',)},
        {"owner": OTHER_OWNER.id},
    ],
    ids=["412", "404"],
)
def test_no_failure_before_the_decision_is_kept(members):
    found = decided(stored(BOOKED), with_key(call(say(), **members)))

    assert not found.append
