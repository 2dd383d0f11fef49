"""An owner is erased within a batch: noted in each booking, and one key is gone."""

import pytest

from application import bodies, opening
from application.calls import EraseCall
from application.failures import Unreadable
from domain.personal import Sealed
from domain.structs import replace
from tests.batches import KEY, VAULT, call, decided, stored, story
from tests.examples import (
    BOOKING_ID,
    CALL,
    CANCELLED,
    COMMAND,
    CONFIRMED,
    FRIDAY,
    MESSAGE,
    MONDAY,
    OPERATOR,
    OTHER_BOOKING_ID,
    OTHER_OWNER,
    OWNER,
    PLACED,
    SAID_HELLO,
    SATURDAY,
    THURSDAY,
    place,
    say,
    slot,
)

MINE = story(PLACED, CONFIRMED, SAID_HELLO)
MINE_TOO = story(
    replace(PLACED, booking_id=OTHER_BOOKING_ID, slot=slot(FRIDAY)), CANCELLED
)
ANOTHERS = story(
    replace(
        PLACED,
        booking_id=BOOKING_ID + 5 * 1024,
        owner=OTHER_OWNER.id,
        slot=slot(SATURDAY),
    )
)


def erase(*, at=MONDAY):
    return EraseCall(
        command_id=COMMAND, request_id=CALL, at=at, actor=OPERATOR, owner=OWNER.id
    )


def test_each_of_the_owners_bookings_says_so_and_nobody_elses():
    found = decided(stored(MINE, MINE_TOO, ANOTHERS), erase())

    assert found.events == [(BOOKING_ID, "erased"), (OTHER_BOOKING_ID, "erased")]
    assert found.append.bookings[BOOKING_ID].after.erased == 4
    assert found.append.bookings[OTHER_BOOKING_ID].after.erased == 3
    assert {one.origin.actor for _id, one in found.written} == {OPERATOR}
    assert found.append.forgotten_owners == [OWNER.id]
    assert found.answer.answer.status == 200
    assert (found.answer.answer.request_id, found.answer.owner_key) == (CALL, None)
    assert found.answer.answer.generated_at == MONDAY


def test_an_owner_without_bookings_is_forgotten_too():
    found = decided(stored(), erase())

    assert found.events == []
    assert found.append.forgotten_owners == [OWNER.id]
    assert found.answer.position == 0


def test_nobody_is_forgotten_while_a_booking_cannot_be_read():
    unreadable = Unreadable("whose it is nobody can say")

    found = decided(stored(MINE, faults={OTHER_BOOKING_ID: unreadable}), erase())

    assert found.error is unreadable
    assert not found.append


def test_what_the_clock_did_comes_first():
    found = decided(stored(story(PLACED)), erase(at=THURSDAY))

    assert [tag for _id, tag in found.events] == ["cancelled", "erased"]
    assert found.append.bookings[BOOKING_ID].after.erased == 3


def test_what_comes_later_is_sealed_with_a_new_key():
    found = decided(stored(MINE), erase(), call(say(message=MESSAGE)))

    ((owner, wrapped, _at),) = found.append.owner_keys
    assert owner == OWNER.id
    assert wrapped != KEY
    assert found.answers[1].owner_key == wrapped


def test_what_is_older_is_null_then_and_what_is_newer_can_be_read():
    found = decided(stored(MINE), erase(), call(say()))

    shown, result = found.answers[1].answer.shown, found.answers[1].answer.result
    assert shown is not None
    assert result is not None
    opens = opening.opener(shown.booking, found.answers[1].owner_key, VAULT)
    assert isinstance(shown.booking.personal, Sealed)
    assert opens.plain(shown.booking.personal) is None
    assert result.message is not None
    assert bodies.message_body(result.message, opens).text == "Hello."


def test_of_an_owner_who_was_never_erased_all_can_be_read():
    booking = MINE.booking

    opens = opening.opener(booking, KEY, VAULT)

    assert opens.plain(booking.personal) == PLACED.personal


def test_without_a_key_all_is_null():
    booking = MINE.booking

    assert opening.opener(booking, None, VAULT).plain(booking.personal) is None
    assert opening.masked(booking).plain(booking.personal) is None


@pytest.mark.parametrize("personal", [PLACED.personal, None])
def test_what_is_not_sealed_needs_no_key(personal):
    assert opening.masked(MINE.booking).plain(personal) == personal


def test_a_key_that_the_batch_made_is_not_written_after_all():
    found = decided(stored(keys={}), call(place()), erase())

    assert found.append.owner_keys == []
    assert found.append.bookings[BOOKING_ID].after.erased == 2
