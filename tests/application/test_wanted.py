"""What a batch loads is what it needs, also of bookings that it makes itself."""

import pytest

from application.calls import Call, EraseCall
from application.stored import KeyId, TwinId, Wanted, WantedSlot
from application.wanted import wanted
from domain import commands
from domain.structs import replace
from tests.batches import call, photo, upload_call, workshop_call
from tests.examples import (
    BOOKING_ID,
    CALL,
    CLIENT_MESSAGE,
    COMMAND,
    FRIDAY,
    GROUP,
    LATE,
    MONDAY,
    OPERATOR,
    ORG_NR,
    OTHER_BOOKING_ID,
    OTHER_UPLOAD,
    OWNER,
    POLICY,
    REQUEST,
    SATURDAY,
    STAFF,
    THURSDAY,
    UPLOAD,
    cancel,
    confirm,
    move,
    place,
    say,
)
from tests.wishes import (
    SOON,
    accept,
    approve,
    complete,
    counter,
    decline,
    mark,
    record_no_show,
    reject,
    start,
    withdraw,
)

ONCE = KeyId(caller=OWNER.id, scope="booking-123", key="once")
ERASE = EraseCall(
    command_id=COMMAND, request_id=CALL, at=MONDAY, actor=OPERATOR, owner=OWNER.id
)


def of_booking(**members) -> Wanted:
    return Wanted(bookings=(BOOKING_ID,), **members)


def test_nothing_is_needed_for_no_call():
    assert wanted([]) == Wanted()


@pytest.mark.parametrize(
    "wish",
    [
        confirm(),
        start(),
        complete(),
        record_no_show(at=THURSDAY),
        mark(),
        cancel(),
        say(),
    ],
    ids=lambda wish: type(wish).__name__,
)
def test_most_commands_need_their_booking_alone(wish):
    assert wanted([call(wish)]) == of_booking()


def test_a_call_without_commands_needs_its_booking():
    assert wanted([call()]) == of_booking()


def test_a_move_looks_for_holds_at_the_bookings_workshop():
    slot = WantedSlot(start=FRIDAY, at=LATE, booking_id=BOOKING_ID)

    assert wanted([call(move(to=FRIDAY, at=LATE))]) == of_booking(slots=(slot,))


def test_a_move_of_a_booking_placed_in_the_same_batch_names_the_workshop_itself():
    slots = wanted([call(place()), call(move(to=FRIDAY))]).slots

    assert set(slots) == {
        WantedSlot(start=THURSDAY, at=MONDAY, org_nr=ORG_NR),
        WantedSlot(start=FRIDAY, at=MONDAY, booking_id=BOOKING_ID, org_nr=ORG_NR),
    }


@pytest.mark.parametrize(
    "wish",
    [approve(), reject(), withdraw(), accept(), decline()],
    ids=lambda wish: type(wish).__name__,
)
def test_an_answer_needs_the_request_that_it_names(wish):
    assert wanted([call(wish)]) == of_booking(requests=(REQUEST,))


def test_a_counter_needs_its_request_and_looks_for_holds():
    slot = WantedSlot(start=SATURDAY, at=SOON, booking_id=BOOKING_ID)

    assert wanted([call(counter(SATURDAY))]) == of_booking(
        requests=(REQUEST,), slots=(slot,)
    )


def test_a_message_with_a_name_looks_for_its_twin():
    twin = TwinId(
        booking_id=BOOKING_ID, author=OWNER.id, client_message_id=CLIENT_MESSAGE
    )

    assert wanted([call(say(client_message_id=CLIENT_MESSAGE))]) == of_booking(
        twins=(twin,)
    )


def test_a_message_needs_its_uploads():
    found = wanted([call(say(uploads=(UPLOAD, OTHER_UPLOAD)))])

    assert set(found.uploads) == {UPLOAD, OTHER_UPLOAD}
    assert replace(found, uploads=()) == of_booking()


def test_an_owner_who_places_needs_all_that_limits_them():
    slot = WantedSlot(start=THURSDAY, at=MONDAY, org_nr=ORG_NR)

    assert wanted([call(place())]) == of_booking(
        workshops=(ORG_NR,),
        owners=(OWNER.id,),
        slots=(slot,),
        owners_open=((OWNER.id, ORG_NR),),
    )


def test_the_workshop_that_places_is_not_limited():
    found = wanted([call(replace(place(), by=STAFF))])

    assert found.owners_open == ()
    assert (found.workshops, found.owners) == ((ORG_NR,), (OWNER.id,))


def test_a_group_is_looked_for_when_the_caller_named_it():
    named = replace(place(), group_given=True)

    assert wanted([call(named)]).groups == ((OWNER.id, ORG_NR, GROUP),)
    assert wanted([call(place())]).groups == ()


@pytest.mark.parametrize("is_new", [True, False])
def test_an_upload_needs_its_booking_and_itself(is_new):
    one = upload_call(photo(), is_new=is_new)

    assert wanted([one]) == of_booking(uploads=(UPLOAD,))


def test_a_workshops_own_change_needs_the_workshop():
    change = commands.ChangePolicy(at=MONDAY, by=OPERATOR, policy=POLICY)

    assert wanted([workshop_call(change)]) == Wanted(workshops=(ORG_NR,))


def test_an_erased_owner_is_loaded_with_all_their_bookings():
    assert wanted([ERASE]) == Wanted(owned=(OWNER.id,), owners=(OWNER.id,))


def test_a_key_is_looked_for_whatever_its_call_is():
    with_keys = [
        replace(one, key=ONCE)
        for one in (call(say()), upload_call(photo(), is_new=True))
    ]

    for one in with_keys:
        assert wanted([one]).keys == (ONCE,)


def test_each_thing_is_asked_for_once():
    same: list[Call] = [call(approve()), call(approve()), call(say())]
    other = call(say(), booking_id=OTHER_BOOKING_ID)

    found = wanted([*same, other])

    assert found.requests == (REQUEST,)
    assert sorted(found.bookings) == [BOOKING_ID, OTHER_BOOKING_ID]


@pytest.mark.parametrize(
    ("one", "needs_head"),
    [
        (call(), False),
        (call(move(to=FRIDAY)), False),
        (call(say()), False),
        (call(place()), True),
        (call(say(uploads=(UPLOAD,))), True),
        (call(move(to=FRIDAY), say(uploads=(UPLOAD,))), True),
        (upload_call(photo(), is_new=True), True),
        (upload_call(photo(), is_new=False), True),
        (ERASE, True),
        (
            workshop_call(commands.ChangePolicy(at=MONDAY, by=OPERATOR, policy=POLICY)),
            False,
        ),
    ],
)
def test_what_no_constraint_guards_is_decided_under_the_head_row(one, needs_head):
    """Counts of bookings, groups, and which message uses an upload."""
    assert one.needs_head is needs_head
