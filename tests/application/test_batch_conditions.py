"""Before a call on a booking is decided: whether it may be, and whether it has been."""

import pytest

from application.calls import Fault, Forbidden, NotFound, PreconditionFailed
from application.failures import Unreadable
from application.kept import Pending
from application.sealing import WrongKey
from application.stored import KeyId
from domain.identity import booking_stream
from domain.structs import replace
from tests.batches import KEY, call, decided, stored, story
from tests.examples import (
    ASKED_FOR_FRIDAY,
    BOOKING_ID,
    CALL,
    CONFIRMED,
    FRIDAY,
    LATE,
    MONDAY,
    NEXT_REQUEST,
    ORG_NR,
    OTHER_BOOKING_ID,
    OTHER_OWNER,
    OWNER,
    PLACED,
    REQUEST,
    SAID_HELLO,
    STAFF,
    STARTED,
    SUNDAY,
    THURSDAY,
    cancel,
    confirm,
    move,
    origin,
    place,
    say,
    slot,
)
from tests.wishes import approve, called_off, counter, mark

BOOKED = story(PLACED, CONFIRMED)
ASKED = story(PLACED, CONFIRMED, ASKED_FOR_FRIDAY)
UNREADABLE = Unreadable("broken")
ONCE = KeyId(caller=OWNER.id, scope=booking_stream(BOOKING_ID), key="once")


@pytest.mark.parametrize(
    "members",
    [
        {"booking_id": OTHER_BOOKING_ID},
        {"owner": OTHER_OWNER.id},
        {"org_nr": ORG_NR + 1},
    ],
    ids=["no such booking", "another owner's", "another workshop's"],
)
@pytest.mark.parametrize("dry_run", [False, True])
def test_what_the_caller_may_not_see_is_not_there(members, dry_run):
    found = decided(stored(BOOKED), call(say(), dry_run=dry_run, **members))

    assert isinstance(found.error, NotFound)
    assert not found.append


@pytest.mark.parametrize(
    "members",
    [{}, {"owner": OWNER.id}, {"org_nr": ORG_NR}],
    ids=["any", "owner", "workshop"],
)
def test_who_may_see_it_may_go_on(members):
    found = decided(stored(BOOKED), call(say(), **members))

    assert found.answer.answer.status == 200


def test_a_booking_without_its_workshop_is_not_there():
    found = decided(stored(BOOKED, workshop=None), call(say()))

    assert isinstance(found.error, NotFound)


def test_what_cannot_be_decoded_fails_its_own_calls_alone():
    broken = story(replace(PLACED, booking_id=OTHER_BOOKING_ID, slot=slot(FRIDAY)))
    loaded = stored(BOOKED, broken, faults={OTHER_BOOKING_ID: UNREADABLE})

    found = decided(loaded, call(say(), booking_id=OTHER_BOOKING_ID), call(say()))

    failed, answered = found.outcomes
    assert failed is UNREADABLE
    assert not isinstance(answered, Exception)
    assert found.events == [(BOOKING_ID, "message_appended")]


def test_a_request_that_the_booking_never_had_is_not_there():
    others = story(
        replace(PLACED, booking_id=OTHER_BOOKING_ID, slot=slot(SUNDAY)),
        CONFIRMED,
        ASKED_FOR_FRIDAY,
    )

    for request in (REQUEST, NEXT_REQUEST):
        found = decided(stored(BOOKED, others), call(approve(request=request)))

        assert isinstance(found.error, NotFound)


def test_staff_may_not_cancel_what_is_confirmed():
    wish = called_off(by=STAFF)

    assert isinstance(decided(stored(BOOKED), call(wish)).error, Forbidden)
    assert decided(stored(story(PLACED)), call(wish)).answer.answer.status == 200


def test_staff_are_told_the_state_of_what_was_cancelled_by_the_clock_already():
    late = called_off(by=STAFF, at=THURSDAY)

    found = decided(stored(story(PLACED)), call(late))

    assert found.answer.answer.status == 200


@pytest.mark.parametrize(
    ("tags", "is_met"),
    [
        (('"2"',), True),
        (('"1"',), False),
        (('"1"', '"2"'), True),
        (("*",), True),
        (('W/"2"',), False),
        (("2",), False),
        ((), False),
    ],
)
def test_a_condition_is_met_by_its_revision_in_a_strong_tag(tags, is_met):
    found = decided(stored(BOOKED), call(say(), if_match=tags))

    assert isinstance(found.outcomes[0], PreconditionFailed) is not is_met


def test_what_does_not_exist_yet_meets_no_condition():
    found = decided(stored(), call(place(), if_match=("*",)))

    assert isinstance(found.error, PreconditionFailed)


def test_a_chat_never_breaks_a_condition():
    found = decided(
        stored(BOOKED),
        call(say()),
        call(move(to=FRIDAY), if_match=('"2"',)),
        call(cancel(), if_match=('"2"',)),
    )

    _said, moved, failed = found.outcomes
    assert not isinstance(moved, Exception)
    assert isinstance(failed, PreconditionFailed)


@pytest.mark.parametrize(
    ("wish", "status", "changed"),
    [
        (confirm(), 200, ()),
        (move(to=FRIDAY), 200, ("service_start_time",)),
        (move(to=FRIDAY, at=LATE), 202, ()),
        (cancel(), 200, ("status",)),
        (say(), 200, ("message",)),
        (mark(), 200, ()),
    ],
)
def test_a_command_is_answered_with_the_booking_after_it(wish, status, changed):
    found = decided(stored(BOOKED), call(wish))

    answer = found.answer.answer
    assert (answer.status, answer.request_id, answer.generated_at) == (
        status,
        CALL,
        wish.at,
    )
    assert answer.result is not None
    assert answer.result.changed == changed
    assert answer.shown is not None
    after = found.append.bookings.get(BOOKING_ID)
    assert answer.shown.booking == (after.after if after else BOOKED.booking)
    assert found.answer.owner_key == KEY


def test_what_a_call_did_the_next_one_meets():
    started = story(PLACED, CONFIRMED, STARTED)

    found = decided(stored(started), call(say()), call(cancel()), call(move(to=FRIDAY)))

    assert [one.answer.status for one in found.answers] == [200, 409, 409]
    assert found.append.bookings[BOOKING_ID].tip.version == 4


def test_a_request_that_the_batch_made_is_answered_within_it():
    found = decided(
        stored(story(PLACED, CONFIRMED, SAID_HELLO)),
        call(move(to=FRIDAY, at=LATE)),
        call(counter()),
        call(counter(FRIDAY)),
    )

    assert [one.answer.status for one in found.answers] == [202, 200, 409]
    assert [tag for _id, tag in found.events] == [
        "change_requested",
        "change_countered",
    ]


def test_an_event_says_by_whom_when_and_by_which_call():
    found = decided(stored(BOOKED), call(say()))

    ((_id, recorded),) = found.written
    assert recorded.origin == origin(MONDAY, OWNER)


def test_an_event_is_never_earlier_than_the_one_before_it():
    late = story(PLACED, CONFIRMED, at=LATE)

    found = decided(stored(late), call(say(at=MONDAY)))

    ((_id, recorded),) = found.written
    assert recorded.origin.at == LATE
    assert found.answer.answer.generated_at == MONDAY


def test_what_nobody_expects_fails_its_own_call_alone():
    loaded = stored(BOOKED, keys={OWNER.id: b"not a wrapped key"})

    failed, told = decided(loaded, call(say()), call(confirm())).outcomes

    assert isinstance(failed, Fault)
    assert isinstance(failed.__cause__, WrongKey)
    assert isinstance(told, Pending)
