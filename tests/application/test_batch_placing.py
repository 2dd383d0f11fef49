"""Placing within a batch: what an owner has already counts, also what the batch did."""

import pytest

from application.calls import NotFound
from application.stored import KeyId
from domain import events
from domain.booking import Status
from domain.policy import OpenLimit, Rules
from domain.structs import replace
from tests.batches import KEY, call, decided, stored, story
from tests.examples import (
    BOOKING_ID,
    CONFIRMED,
    FRIDAY,
    GROUP,
    MONDAY,
    ORG_NR,
    OTHER_BOOKING_ID,
    OTHER_OWNER,
    OWNER,
    PLACED,
    POLICY,
    STAFF,
    THURSDAY,
    WORKSHOP,
    cancel,
    confirm,
    place,
    say,
    slot,
    uuid,
)

ONE_OPEN = replace(
    WORKSHOP, policy=replace(POLICY, rules=Rules(open_bookings=OpenLimit(limit=1)))
)
EARLIER = replace(PLACED, booking_id=OTHER_BOOKING_ID, slot=slot(FRIDAY))
NEW_ID = BOOKING_ID + 7 * 1024


def placing(start=THURSDAY, *, booking_id=BOOKING_ID, **members):
    wish = replace(place(start), booking_id=booking_id, **members)
    return call(wish, booking_id=booking_id)


def code(found) -> str | None:
    refused = found.answers[-1].answer.refused
    return None if refused is None else refused.code


def test_what_was_placed_is_created():
    found = decided(stored(), placing())

    answer = found.answer.answer
    assert answer.status == 201
    assert answer.result is not None
    assert answer.result.outcome.value == "placed"
    assert answer.result.changed == ("service_start_time",)
    assert found.events == [(BOOKING_ID, "placed")]
    assert found.append.bookings[BOOKING_ID].before is None


def test_the_owners_key_is_made_with_the_first_that_is_personal():
    found = decided(stored(keys={}), placing())

    ((owner, wrapped, at),) = found.append.owner_keys
    assert (owner, at) == (OWNER.id, MONDAY)
    assert found.answer.owner_key == wrapped


def test_an_owner_who_has_a_key_gets_no_other():
    found = decided(stored(), placing())

    assert found.append.owner_keys == []
    assert found.answer.owner_key == KEY


def test_two_bookings_of_a_new_owner_in_one_batch_share_a_key():
    found = decided(
        stored(keys={}), placing(), placing(FRIDAY, booking_id=OTHER_BOOKING_ID)
    )

    ((_owner, wrapped, _at),) = found.append.owner_keys
    assert [one.owner_key for one in found.answers] == [wrapped, wrapped]


@pytest.mark.parametrize(
    ("history", "refused"),
    [
        ((EARLIER,), "too_many_open"),
        ((EARLIER, CONFIRMED), None),
        ((EARLIER, events.Cancelled()), None),
        ((replace(EARLIER, slot=slot(MONDAY)),), None),
        ((replace(EARLIER, owner=OTHER_OWNER.id),), None),
    ],
    ids=["PENDING", "CONFIRMED", "CANCELLED", "lapsed", "another's"],
)
def test_only_what_still_waits_for_the_workshop_is_counted(history, refused):
    found = decided(stored(story(*history), workshop=ONE_OPEN), placing())

    assert code(found) == refused


def test_what_the_batch_placed_before_is_counted_too():
    found = decided(
        stored(workshop=ONE_OPEN),
        placing(),
        placing(FRIDAY, booking_id=OTHER_BOOKING_ID),
    )

    assert code(found) == "too_many_open"


@pytest.mark.parametrize("wish", [confirm(), cancel()], ids=["confirm", "cancel"])
def test_what_the_batch_confirmed_or_cancelled_before_is_not(wish):
    found = decided(
        stored(workshop=ONE_OPEN),
        placing(),
        call(wish),
        placing(FRIDAY, booking_id=OTHER_BOOKING_ID),
    )

    assert code(found) is None


def test_no_number_of_bookings_binds_the_workshop():
    found = decided(
        stored(story(EARLIER), workshop=ONE_OPEN), placing(by=STAFF), placing(FRIDAY)
    )

    first = found.answers[0].answer
    assert first.status == 201
    assert first.result is not None
    assert first.result.changed == ("service_start_time", "status")
    assert first.shown is not None
    assert first.shown.booking.status is Status.CONFIRMED
    assert found.events[:2] == [(BOOKING_ID, "placed"), (BOOKING_ID, "confirmed")]


def test_what_the_workshop_confirmed_at_once_does_not_count_for_the_owner():
    found = decided(
        stored(workshop=ONE_OPEN),
        placing(by=STAFF),
        placing(FRIDAY, booking_id=OTHER_BOOKING_ID),
    )

    assert code(found) is None


@pytest.mark.parametrize(
    ("stories", "refused"),
    [
        ([EARLIER], None),
        ([], "group_unknown"),
        ([replace(EARLIER, group_id=uuid(70))], "group_unknown"),
        ([replace(EARLIER, owner=OTHER_OWNER.id)], "group_unknown"),
    ],
    ids=["theirs", "nobody's", "another of theirs", "another's"],
)
def test_a_group_that_was_named_is_one_of_the_owners_at_that_workshop(stories, refused):
    found = decided(stored(*map(story, stories)), placing(group_given=True))

    assert code(found) == refused


def test_a_group_that_the_batch_made_can_be_named_after():
    found = decided(
        stored(),
        placing(),
        placing(FRIDAY, booking_id=OTHER_BOOKING_ID, group_given=True),
    )

    assert code(found) is None
    assert found.append.bookings[OTHER_BOOKING_ID].after.group_id == GROUP


def test_two_calls_for_one_bay_are_one_booking():
    found = decided(stored(), placing(), placing(booking_id=OTHER_BOOKING_ID))

    assert code(found) == "slot_taken"
    assert found.events == [(BOOKING_ID, "placed")]


def test_what_the_batch_cancelled_before_is_free_again():
    found = decided(
        stored(), placing(), call(cancel()), placing(booking_id=OTHER_BOOKING_ID)
    )

    assert code(found) is None


def test_a_first_message_is_stored_with_the_booking():
    found = decided(stored(), call(place(), say()))

    assert found.events == [(BOOKING_ID, "placed"), (BOOKING_ID, "message_appended")]
    result = found.answer.answer.result
    assert result is not None
    assert result.changed == ("service_start_time", "message")
    assert result.message is not None


@pytest.mark.parametrize("org_nr", [ORG_NR, None])
def test_a_booking_can_be_placed_at_the_callers_own_workshop(org_nr):
    found = decided(stored(), replace(placing(by=STAFF), org_nr=org_nr))

    assert code(found) is None


def test_there_is_no_placing_where_no_workshop_is():
    found = decided(stored(workshop=None), placing())

    assert isinstance(found.error, NotFound)


def test_there_is_no_placing_at_another_workshop_than_the_callers():
    found = decided(stored(), replace(placing(by=STAFF), org_nr=ORG_NR + 1))

    assert isinstance(found.error, NotFound)


def test_a_post_sent_twice_is_one_booking_whatever_id_was_drawn_for_it():
    """Its key belongs to the workshop, for there is no booking yet."""
    key = KeyId(caller=OWNER.id, scope=f"workshop-{ORG_NR}", key="once")
    first = replace(placing(), key=key, fingerprint=b"a")
    again = replace(placing(booking_id=NEW_ID), key=key, fingerprint=b"a")

    found = decided(stored(), first, again)

    one, two = found.answers
    assert two.is_replay
    assert two.answer == one.answer
    assert two.owner_key == KEY
    assert found.events == [(BOOKING_ID, "placed")]
    kept = found.append.answers[0]
    assert (kept.key, kept.at, kept.ordinal, kept.position) == (key, MONDAY, 1, None)
