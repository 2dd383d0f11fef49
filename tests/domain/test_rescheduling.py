"""An owner moves a booking: at once, by asking, or not at all."""

import pytest

from domain import errors, events
from domain.decide import Outcome
from domain.policy import Effect, Notice, Policy, Rules, Service
from domain.rules import Verdict
from domain.structs import replace
from tests.dsl import given
from tests.examples import (
    ASKED_FOR_FRIDAY,
    ASKED_TO_CANCEL,
    CANCELLED,
    CONFIRMED,
    FRIDAY,
    HOUR,
    LATE,
    MINUTE,
    MONDAY,
    MOVED_TO_FRIDAY,
    NEXT_REQUEST,
    PLACED,
    POLICY,
    REQUEST,
    SATURDAY,
    SUNDAY,
    SUPERSEDED,
    THURSDAY,
    TUESDAY,
    TYRES,
    WEDNESDAY,
    hold,
    judged,
    move,
    slot,
)

DENYING = replace(
    POLICY, rules=Rules(reschedule_notice=Notice(hours=24, effect=Effect.DENY))
)
STATES = pytest.mark.parametrize(
    "history", [(PLACED,), (PLACED, CONFIRMED)], ids=["PENDING", "CONFIRMED"]
)


@STATES
def test_in_time_the_booking_moves_and_keeps_its_status(history):
    scenario = given(*history).when(move(to=FRIDAY))

    scenario.then(MOVED_TO_FRIDAY).then_outcome(Outcome.RESCHEDULED)
    assert (
        scenario.booking.status
        is given(*history).when(move(to=THURSDAY)).booking.status
    )
    assert scenario.booking.slot == slot(FRIDAY)


def test_a_move_tells_its_decision_and_names_no_request_or_message():
    decided = given(PLACED).when(move(to=FRIDAY)).decided

    assert decided.decision == MOVED_TO_FRIDAY.decision
    assert decided.change_request_id is None
    assert decided.message_id is None


@STATES
def test_exactly_at_the_deadline_is_still_in_time(history):
    given(*history).when(move(to=FRIDAY, at=WEDNESDAY)).then(
        replace(
            MOVED_TO_FRIDAY,
            decision=judged("reschedule_notice", basis=THURSDAY, at=WEDNESDAY),
        )
    )


@STATES
def test_after_the_deadline_the_workshop_is_asked_and_the_slot_survives(history):
    scenario = given(*history).when(move(to=FRIDAY, at=LATE))

    scenario.then(ASKED_FOR_FRIDAY).then_outcome(Outcome.CHANGE_REQUESTED)
    assert scenario.booking.slot == slot(THURSDAY)
    assert scenario.booking.reschedule_count == 0
    assert scenario.decided.change_request_id == REQUEST
    assert scenario.decided.decision == ASKED_FOR_FRIDAY.decision


def test_one_microsecond_after_the_deadline_the_workshop_is_asked():
    just_late = WEDNESDAY + MINUTE / 60_000_000

    scenario = given(PLACED).when(move(to=FRIDAY, at=just_late))

    scenario.then_outcome(Outcome.CHANGE_REQUESTED)
    assert scenario.decided.decision is not None
    assert scenario.decided.decision.rules[0].actual == 24 * 3600 - 1


def test_notice_is_measured_at_the_new_start_when_that_is_the_earlier():
    early = TUESDAY - HOUR

    given(PLACED, CONFIRMED).when(move(to=early)).then(
        replace(
            ASKED_FOR_FRIDAY,
            target=slot(early),
            expires_at=early,
            decision=judged(
                "reschedule_notice", basis=early, at=MONDAY, effect=Verdict.REQUEST
            ),
        )
    )


def test_a_move_to_exactly_a_day_ahead_is_in_time():
    given(PLACED).when(move(to=TUESDAY)).then_outcome(Outcome.RESCHEDULED)


@STATES
def test_a_rule_set_to_deny_refuses_with_its_decision(history):
    refused = (
        given(*history)
        .under(DENYING)
        .when(move(to=FRIDAY, at=LATE))
        .then_refused(errors.PolicyDenied)
    )

    assert refused.decision == judged(
        "reschedule_notice", basis=THURSDAY, at=LATE, effect=Verdict.DENY
    )


def test_a_rule_set_to_deny_lets_happen_what_is_in_time():
    given(PLACED).under(DENYING).when(move(to=FRIDAY)).then(MOVED_TO_FRIDAY)


def test_the_decision_names_the_policy_and_the_notice_it_used():
    policy = replace(POLICY, rules=Rules(reschedule_notice=Notice(hours=80)))

    given(PLACED).under(policy, version=7).when(move(to=FRIDAY)).then(
        replace(
            ASKED_FOR_FRIDAY,
            expires_at=WEDNESDAY,
            decision=judged(
                "reschedule_notice",
                basis=THURSDAY,
                at=MONDAY,
                hours=80,
                policy_version=7,
                effect=Verdict.REQUEST,
            ),
        )
    )


@STATES
@pytest.mark.parametrize("at", [MONDAY, LATE])
def test_a_move_to_where_it_is_changes_nothing(history, at):
    scenario = given(*history).when(move(to=THURSDAY, at=at))

    scenario.then_nothing().then_outcome(Outcome.UNCHANGED)
    assert scenario.decided.decision is None


def test_a_move_to_where_it_is_needs_neither_a_free_bay_nor_a_bookable_time():
    closed = replace(POLICY, holidays=("2026-06-04",))

    given(PLACED).under(closed).beside(hold(THURSDAY)).when(
        move(to=THURSDAY)
    ).then_nothing()


def test_a_move_to_where_it_is_leaves_the_open_request_open():
    given(PLACED, ASKED_FOR_FRIDAY).when(move(to=THURSDAY, at=LATE)).then_nothing()


@pytest.mark.parametrize("to", [FRIDAY, THURSDAY])
def test_a_cancelled_booking_does_not_move(to):
    given(PLACED, CANCELLED).when(move(to=to)).then_refused(errors.BookingClosed)


@pytest.mark.parametrize("at", [MONDAY, LATE])
def test_a_taken_slot_is_refused_and_never_asked_for(at):
    refused = (
        given(PLACED)
        .beside(hold(FRIDAY))
        .when(move(to=FRIDAY, at=at))
        .then_refused(errors.SlotTaken)
    )

    assert refused.pointers == ("/service_start_time",)


@pytest.mark.parametrize("at", [MONDAY, LATE])
def test_an_unbookable_slot_is_refused_and_never_asked_for(at):
    refused = (
        given(PLACED).when(move(to=SUNDAY, at=at)).then_refused(errors.SlotUnbookable)
    )

    assert refused.pointers == ("/service_start_time",)
    assert str(refused) == "The workshop is not open for all of that time."


def test_a_slot_that_only_the_buffer_overlaps_is_taken():
    given(PLACED).beside(hold(FRIDAY + HOUR)).when(move(to=FRIDAY)).then_refused(
        errors.SlotTaken
    )


def test_a_slot_that_begins_when_the_buffer_ends_is_free():
    after = FRIDAY + HOUR + 15 * MINUTE

    given(PLACED).beside(hold(FRIDAY)).when(move(to=after)).then_outcome(
        Outcome.RESCHEDULED
    )


def test_a_booking_may_move_into_its_own_slot():
    half_an_hour_later = THURSDAY + HOUR / 2
    its_own = hold(THURSDAY, booking_id=PLACED.booking_id)

    given(PLACED).beside(its_own).when(move(to=half_an_hour_later)).then_outcome(
        Outcome.RESCHEDULED
    )


def test_a_booking_may_move_into_what_its_request_holds():
    held = given(PLACED, CONFIRMED, ASKED_FOR_FRIDAY).when(move(to=THURSDAY)).booking

    scenario = given(PLACED, CONFIRMED, ASKED_FOR_FRIDAY).beside(*held.holds())
    scenario.when(move(to=FRIDAY + HOUR / 2))

    scenario.then_outcome(Outcome.RESCHEDULED)
    assert scenario.booking.slot == slot(FRIDAY + HOUR / 2)


def test_the_lowest_free_bay_is_taken():
    policy = replace(POLICY, bays=3)

    scenario = given(PLACED).under(policy).beside(hold(FRIDAY, bay=1))

    assert scenario.when(move(to=FRIDAY)).booking.slot == slot(FRIDAY, bay=2)


def test_a_request_holds_the_lowest_free_bay():
    policy = replace(POLICY, bays=2)

    scenario = given(PLACED).under(policy).beside(hold(FRIDAY, bay=1))
    scenario.when(move(to=FRIDAY, at=LATE))

    scenario.then(replace(ASKED_FOR_FRIDAY, target=slot(FRIDAY, bay=2)))


def test_a_move_uses_the_minutes_and_the_buffer_of_today():
    longer = Service(id=1, name="Service+", minutes=90, buffer=30)
    policy = replace(POLICY, services=(TYRES, longer))

    given(PLACED).under(policy).when(move(to=FRIDAY)).then(
        replace(MOVED_TO_FRIDAY, service=longer, slot=slot(FRIDAY, longer))
    )


def test_a_service_that_is_no_longer_offered_keeps_its_minutes():
    policy = replace(POLICY, services=(TYRES,))

    given(PLACED).under(policy).when(move(to=FRIDAY)).then(MOVED_TO_FRIDAY)


def test_fewer_bays_do_not_stop_a_booking_from_moving_to_one_that_is_left():
    in_bay_two = replace(PLACED, slot=slot(THURSDAY, bay=2))

    given(in_bay_two).when(move(to=FRIDAY)).then(MOVED_TO_FRIDAY)


def test_an_allowed_move_supersedes_an_open_request_before_it_happens():
    scenario = given(PLACED, CONFIRMED, ASKED_TO_CANCEL).when(move(to=FRIDAY))

    scenario.then(SUPERSEDED, MOVED_TO_FRIDAY).then_outcome(Outcome.RESCHEDULED)
    assert scenario.booking.open_request is None
    assert scenario.decided.change_request_id is None


def test_another_blocked_wish_supersedes_the_open_request():
    again = move(to=SATURDAY, at=LATE, request=NEXT_REQUEST)

    scenario = given(PLACED, CONFIRMED, ASKED_FOR_FRIDAY).when(again)

    scenario.then(
        SUPERSEDED,
        replace(
            ASKED_FOR_FRIDAY, change_request_id=NEXT_REQUEST, target=slot(SATURDAY)
        ),
    ).then_outcome(Outcome.CHANGE_REQUESTED)
    assert scenario.booking.open_request is not None
    assert scenario.booking.open_request.id == NEXT_REQUEST


def test_a_wish_to_move_supersedes_one_to_cancel():
    again = move(to=FRIDAY, at=LATE, request=NEXT_REQUEST)

    given(PLACED, CONFIRMED, ASKED_TO_CANCEL).when(again).then(
        SUPERSEDED, replace(ASKED_FOR_FRIDAY, change_request_id=NEXT_REQUEST)
    )


def test_a_denied_wish_leaves_the_open_request_as_it_was():
    refused = (
        given(PLACED, ASKED_FOR_FRIDAY)
        .under(DENYING)
        .when(move(to=SATURDAY, at=LATE))
        .then_refused(errors.PolicyDenied)
    )

    assert refused.decision is not None


@pytest.mark.parametrize("at", [MONDAY, LATE])
@pytest.mark.parametrize("policy", [POLICY, DENYING])
@pytest.mark.parametrize("request_id", [REQUEST, NEXT_REQUEST])
def test_the_wish_that_is_open_already_is_not_judged_again(at, policy, request_id):
    scenario = given(PLACED, ASKED_FOR_FRIDAY).under(policy)
    scenario.when(move(to=FRIDAY, at=at, request=request_id))

    scenario.then_nothing().then_outcome(Outcome.CHANGE_REQUESTED)
    assert scenario.decided.change_request_id == REQUEST
    assert scenario.decided.decision is None


def test_the_wish_that_is_open_already_needs_no_free_bay():
    scenario = given(PLACED, ASKED_FOR_FRIDAY).beside(hold(FRIDAY))

    scenario.when(move(to=FRIDAY, at=LATE)).then_nothing()


def test_after_a_superseded_request_the_same_wish_is_a_new_one():
    again = move(to=FRIDAY, at=LATE, request=NEXT_REQUEST)

    given(PLACED, ASKED_FOR_FRIDAY, SUPERSEDED).when(again).then(
        replace(ASKED_FOR_FRIDAY, change_request_id=NEXT_REQUEST)
    )


@pytest.mark.parametrize(
    ("ttl", "to", "expires_at"),
    [
        (4, FRIDAY, LATE + 4 * HOUR),
        (48, FRIDAY, THURSDAY),
        (48, THURSDAY - 2 * HOUR, THURSDAY - 2 * HOUR),
    ],
    ids=["asked + ttl", "the old start", "the target's start"],
)
def test_a_request_expires_at_the_earliest_of_three_moments(ttl, to, expires_at):
    scenario = given(PLACED, CONFIRMED).under(_with_ttl(ttl))
    scenario.when(move(to=to, at=LATE))

    assert _expires_at(scenario.recorded[0].event) == expires_at


@pytest.mark.parametrize("asked_at", [THURSDAY, THURSDAY + HOUR])
def test_an_old_start_that_does_not_lie_ahead_does_not_count(asked_at):
    """A request that is asked at the old start would expire before it is seen."""
    scenario = given(PLACED, CONFIRMED).under(_with_ttl(48))
    scenario.when(move(to=SATURDAY + HOUR, at=asked_at))

    assert _expires_at(scenario.recorded[0].event) == asked_at + 48 * HOUR


def test_the_new_events_follow_the_stream_in_order():
    new = given(PLACED, CONFIRMED, ASKED_TO_CANCEL).when(move(to=FRIDAY)).recorded

    assert [one.version for one in new] == [4, 5]


def _with_ttl(hours: int) -> Policy:
    rules = replace(
        POLICY.rules,
        change_request=replace(POLICY.rules.change_request, ttl_hours=hours),
    )
    return replace(POLICY, rules=rules)


def _expires_at(event: events.BookingEvent):
    assert isinstance(event, events.ChangeRequested)
    return event.expires_at
