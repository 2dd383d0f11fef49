"""Facts of the clock within a batch: they come first, and stand whatever follows."""

import pytest

from application.calls import PreconditionFailed
from domain.clock import CLOCK
from domain.structs import replace
from tests.batches import call, decided, stored, story
from tests.examples import (
    ASKED_FOR_FRIDAY,
    BOOKING_ID,
    CALL,
    COMMAND,
    CONFIRMED,
    DAY,
    FRIDAY,
    HOUR,
    MINUTE,
    NEXT_MONDAY,
    NEXT_REQUEST,
    OTHER_BOOKING_ID,
    OTHER_OWNER,
    PLACED,
    REQUEST,
    THURSDAY,
    cancel,
    confirm,
    move,
    place,
    say,
    slot,
    uuid,
)
from tests.wishes import approve, ordered_to, withdraw

ASKED = story(PLACED, CONFIRMED, ASKED_FOR_FRIDAY)
WAITING = story(PLACED)
WAITING_AND_ASKED = story(PLACED, ASKED_FOR_FRIDAY)
AFTER = THURSDAY + HOUR

OTHERS = replace(
    PLACED,
    booking_id=OTHER_BOOKING_ID,
    owner=OTHER_OWNER.id,
    group_id=uuid(77),
    slot=slot(FRIDAY + DAY),
)
OTHERS_WISH = replace(ASKED_FOR_FRIDAY, change_request_id=uuid(78), expires_at=THURSDAY)


def origins(found):
    return [(one.origin.actor, one.origin.at) for _id, one in found.written]


def test_a_command_is_preceded_by_what_the_clock_did():
    found = decided(stored(ASKED), call(move(to=NEXT_MONDAY, at=THURSDAY)))

    assert found.events == [
        (BOOKING_ID, "change_expired"),
        (BOOKING_ID, "change_requested"),
    ]
    assert found.answer.answer.status == 202


def test_a_fact_is_the_systems_at_its_own_moment_by_a_command_of_its_own():
    found = decided(stored(ASKED), call(say(at=AFTER)))

    (_id, fact), (_same, said) = found.written
    assert (fact.origin.actor, fact.origin.at) == (CLOCK, THURSDAY)
    assert fact.origin.command_id != said.origin.command_id == COMMAND
    assert fact.origin.request_id == CALL
    assert (fact.version, said.version) == (4, 5)


def test_its_command_is_the_same_one_whenever_the_call_is_decided_again():
    first, again, other = (
        decided(stored(ASKED), one).written[0][1].origin.command_id
        for one in (
            call(say(at=AFTER)),
            call(say(at=AFTER)),
            call(say(at=AFTER), command_id=uuid(99)),
        )
    )

    assert first == again != other


def test_a_fact_is_never_earlier_than_the_event_before_it():
    late_story = story(PLACED, CONFIRMED, ASKED_FOR_FRIDAY, at=AFTER)

    found = decided(stored(late_story), call(say(at=AFTER + HOUR)))

    assert origins(found)[0] == (CLOCK, AFTER)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (approve(at=AFTER), "request_closed"),
        (withdraw(at=AFTER), "request_closed"),
        (move(to=THURSDAY + HOUR, at=AFTER), "slot_unbookable"),
    ],
    ids=["approve", "withdraw", "move"],
)
def test_a_refused_command_leaves_the_fact_that_it_met(wish, code):
    found = decided(stored(ASKED), call(wish))

    refused = found.answer.answer.refused
    assert refused is not None
    assert refused.code == code
    assert found.events == [(BOOKING_ID, "change_expired")]
    # The answer is that of the state it left.
    assert found.answer.position == 1001


def test_at_one_moment_the_request_expires_before_its_booking_is_cancelled():
    found = decided(stored(WAITING_AND_ASKED), call(confirm(at=THURSDAY)))

    assert found.events == [
        (BOOKING_ID, "change_expired"),
        (BOOKING_ID, "cancelled"),
    ]
    assert origins(found) == [(CLOCK, THURSDAY), (CLOCK, THURSDAY)]
    refused = found.answer.answer.refused
    assert refused is not None
    assert refused.code == "booking_closed"


def test_a_pending_booking_can_be_confirmed_until_the_very_moment_of_its_start():
    in_time = confirm(at=THURSDAY - MINUTE / 60_000_000)

    assert decided(stored(WAITING), call(in_time)).events == [(BOOKING_ID, "confirmed")]
    assert decided(stored(WAITING), call(confirm(at=THURSDAY))).events == [
        (BOOKING_ID, "cancelled")
    ]


def test_a_cancel_after_the_clocks_own_changes_nothing_more():
    found = decided(stored(WAITING), call(cancel(at=AFTER)))

    assert found.events == [(BOOKING_ID, "cancelled")]
    result = found.answer.answer.result
    assert result is not None
    assert result.outcome.value == "unchanged"


def test_a_call_without_commands_lets_the_facts_happen_alone():
    """The sweeper's."""
    found = decided(stored(WAITING_AND_ASKED), call(at=THURSDAY))

    assert [tag for _id, tag in found.events] == ["change_expired", "cancelled"]
    assert found.answer.answer.status == 200


def test_before_anything_is_due_a_call_without_commands_writes_nothing():
    found = decided(stored(WAITING_AND_ASKED), call(at=THURSDAY - MINUTE))

    assert not found.append
    assert found.answer.position == 102


@pytest.mark.parametrize(("revision", "is_met"), [(2, False), (3, False), (4, True)])
def test_the_revision_counts_facts_from_their_moment_on(revision, is_met):
    """Two events, and two facts that nobody wrote yet: If-Match comes after them."""
    condition = (f'"{revision}"',)

    found = decided(
        stored(WAITING_AND_ASKED), call(say(at=THURSDAY), if_match=condition)
    )

    assert isinstance(found.outcomes[0], PreconditionFailed) is not is_met


def test_what_fails_its_condition_writes_not_even_the_facts():
    found = decided(stored(ASKED), call(say(at=AFTER), if_match=('"3"',)))

    assert isinstance(found.error, PreconditionFailed)
    assert not found.append


def test_a_dry_run_sees_the_facts_and_writes_none_of_them():
    found = decided(
        stored(ASKED), call(move(to=NEXT_MONDAY, at=THURSDAY), dry_run=True)
    )

    answer = found.answer.answer
    assert answer.shown is not None
    assert answer.shown.booking.open_request is None
    assert answer.shown.booking.revision == 4
    assert answer.result is not None
    assert answer.result.outcome.value == "change_requested"
    assert not found.append


def test_what_was_asked_and_expired_can_be_asked_again():
    again = move(to=NEXT_MONDAY, at=THURSDAY, request=NEXT_REQUEST)

    found = decided(stored(ASKED), call(again))

    request = found.answer.answer.result.change_request  # type: ignore[union-attr]
    assert request is not None
    assert request.id == NEXT_REQUEST != REQUEST


def test_the_slot_of_an_expired_hold_is_taken_with_the_others_event_before_it():
    others = story(OTHERS, CONFIRMED, OTHERS_WISH)
    mine = story(replace(PLACED, slot=slot(NEXT_MONDAY)))

    found = decided(stored(mine, others), call(move(to=FRIDAY, at=THURSDAY)))

    assert found.events == [
        (OTHER_BOOKING_ID, "change_expired"),
        (BOOKING_ID, "rescheduled"),
    ]
    assert origins(found)[0] == (CLOCK, THURSDAY)


def test_until_its_very_moment_a_hold_is_in_the_way():
    others = story(OTHERS, CONFIRMED, OTHERS_WISH)
    mine = story(replace(PLACED, slot=slot(NEXT_MONDAY)))

    found = decided(stored(mine, others), call(move(to=FRIDAY, at=THURSDAY - MINUTE)))

    refused = found.answer.answer.refused
    assert refused is not None
    assert refused.code == "slot_taken"
    assert not found.append


def test_the_slot_of_a_pending_booking_whose_start_came_is_taken_so_too():
    """It began at ten, and its hour is not over: nobody else could book it now."""
    began = story(replace(OTHERS, slot=slot(THURSDAY)))
    later = story(replace(PLACED, slot=slot(NEXT_MONDAY)), CONFIRMED)
    half_past = THURSDAY + 30 * MINUTE

    found = decided(
        stored(later, began),
        call(ordered_to(half_past, at=THURSDAY, because="The lift is broken.")),
    )

    assert found.events == [
        (OTHER_BOOKING_ID, "cancelled"),
        (BOOKING_ID, "rescheduled"),
    ]


def test_a_place_can_take_the_slot_of_an_expired_hold():
    others = story(OTHERS, CONFIRMED, OTHERS_WISH)

    found = decided(stored(others), call(place(FRIDAY, at=THURSDAY)))

    assert found.events == [
        (OTHER_BOOKING_ID, "change_expired"),
        (BOOKING_ID, "placed"),
    ]


def test_a_refused_command_writes_nothing_of_other_bookings():
    others = story(OTHERS, CONFIRMED, OTHERS_WISH)
    taken = story(replace(PLACED, slot=slot(NEXT_MONDAY)))

    found = decided(
        stored(taken, others),
        call(move(to=FRIDAY, at=THURSDAY), say(at=THURSDAY, uploads=(uuid(5),))),
    )

    refused = found.answer.answer.refused
    assert refused is not None
    assert refused.code == "upload_unusable"
    assert not found.append


def test_a_dry_run_that_would_take_a_freed_slot_frees_it_for_nobody():
    others = story(OTHERS, CONFIRMED, OTHERS_WISH)
    mine = story(replace(PLACED, slot=slot(NEXT_MONDAY)))
    tried = call(move(to=FRIDAY, at=THURSDAY), dry_run=True)

    found = decided(stored(mine, others), tried)

    assert found.answer.answer.status == 200
    assert not found.append


def test_calls_of_one_batch_let_a_fact_happen_once():
    found = decided(
        stored(ASKED),
        call(say(at=AFTER, message=uuid(41))),
        call(say(at=AFTER, message=uuid(42))),
    )

    assert [tag for _id, tag in found.events] == [
        "change_expired",
        "message_appended",
        "message_appended",
    ]
    assert [one.position for one in found.answers] == [1002, 1003]
