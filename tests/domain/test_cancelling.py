"""An owner cancels a booking: at once, by asking, or not at all."""

import pytest

from domain import errors
from domain.changes import Kind
from domain.decide import Outcome
from domain.policy import Effect, Notice, Rules
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
    OWNER,
    PLACED,
    POLICY,
    REQUEST,
    SUPERSEDED,
    THURSDAY,
    WEDNESDAY,
    cancel,
    judged,
)

DENYING = replace(
    POLICY, rules=Rules(cancel_notice=Notice(hours=24, effect=Effect.DENY))
)


@pytest.mark.parametrize(
    "history", [(PLACED,), (PLACED, CONFIRMED)], ids=["PENDING", "CONFIRMED"]
)
def test_in_time_the_booking_is_cancelled(history):
    scenario = given(*history).when(cancel())

    scenario.then(CANCELLED).then_outcome(Outcome.CANCELLED)
    assert scenario.decided.decision == CANCELLED.decision
    assert scenario.decided.change_request_id is None


def test_a_cancelled_booking_says_by_whom_when_and_why():
    cancellation = given(PLACED).when(cancel()).booking.cancellation

    assert cancellation is not None
    assert cancellation.by == OWNER
    assert cancellation.at == MONDAY
    assert cancellation.personal == CANCELLED.personal


def test_no_reason_is_needed():
    decision = judged("cancel_notice", basis=THURSDAY, at=MONDAY, has_reason=False)

    given(PLACED).when(cancel(None)).then(
        replace(CANCELLED, decision=decision, personal=None)
    )


def test_exactly_at_the_deadline_is_still_in_time():
    given(PLACED, CONFIRMED).when(cancel(at=WEDNESDAY)).then(
        replace(
            CANCELLED, decision=judged("cancel_notice", basis=THURSDAY, at=WEDNESDAY)
        )
    )


def test_after_the_deadline_the_workshop_is_asked_and_the_slot_survives():
    scenario = given(PLACED, CONFIRMED).when(cancel(at=LATE))

    scenario.then(ASKED_TO_CANCEL).then_outcome(Outcome.CHANGE_REQUESTED)
    assert not scenario.booking.is_closed
    assert scenario.booking.cancellation is None
    assert scenario.decided.change_request_id == REQUEST
    assert scenario.decided.decision == ASKED_TO_CANCEL.decision


def test_one_microsecond_after_the_deadline_the_workshop_is_asked():
    given(PLACED, CONFIRMED).when(
        cancel(at=WEDNESDAY + MINUTE / 60_000_000)
    ).then_outcome(Outcome.CHANGE_REQUESTED)


@pytest.mark.parametrize(
    ("policy", "effect"),
    [(POLICY, Verdict.REQUEST), (DENYING, Verdict.DENY)],
    ids=["REQUEST", "DENY"],
)
def test_what_was_never_confirmed_can_always_be_withdrawn(policy, effect):
    """The rule is still reported, but does not decide."""
    given(PLACED).under(policy).when(cancel(at=LATE)).then(
        replace(
            CANCELLED,
            decision=judged(
                "cancel_notice",
                basis=THURSDAY,
                at=LATE,
                effect=effect,
                verdict=Verdict.ALLOW,
            ),
        )
    ).then_outcome(Outcome.CANCELLED)


def test_a_rule_set_to_deny_refuses_with_its_decision():
    refused = (
        given(PLACED, CONFIRMED)
        .under(DENYING)
        .when(cancel(at=LATE))
        .then_refused(errors.PolicyDenied)
    )

    assert refused.decision == judged(
        "cancel_notice", basis=THURSDAY, at=LATE, effect=Verdict.DENY
    )


def test_a_rule_set_to_deny_lets_happen_what_is_in_time():
    given(PLACED, CONFIRMED).under(DENYING).when(cancel()).then(CANCELLED)


def test_the_decision_names_the_policy_and_the_notice_it_used():
    policy = replace(POLICY, rules=Rules(cancel_notice=Notice(hours=1)))

    given(PLACED, CONFIRMED).under(policy, version=3).when(cancel(at=LATE)).then(
        replace(
            CANCELLED,
            decision=judged(
                "cancel_notice", basis=THURSDAY, at=LATE, hours=1, policy_version=3
            ),
        )
    )


def test_notice_is_measured_at_the_start_as_it_stands():
    given(PLACED, CONFIRMED, MOVED_TO_FRIDAY).when(cancel(at=LATE)).then(
        replace(CANCELLED, decision=judged("cancel_notice", basis=FRIDAY, at=LATE))
    )


@pytest.mark.parametrize("at", [MONDAY, LATE])
def test_cancelling_again_changes_nothing_and_the_first_reason_stands(at):
    scenario = given(PLACED, CANCELLED).when(cancel("Another reason.", at=at))

    scenario.then_nothing().then_outcome(Outcome.UNCHANGED)
    assert scenario.booking.cancellation is not None
    assert scenario.booking.cancellation.personal == CANCELLED.personal


def test_an_allowed_cancel_supersedes_an_open_request_before_it_happens():
    scenario = given(PLACED, ASKED_FOR_FRIDAY).when(cancel())

    scenario.then(SUPERSEDED, CANCELLED)
    assert scenario.booking.open_request is None


def test_a_wish_to_cancel_supersedes_one_to_move():
    again = cancel(at=LATE, request=NEXT_REQUEST)

    given(PLACED, CONFIRMED, ASKED_FOR_FRIDAY).when(again).then(
        SUPERSEDED, replace(ASKED_TO_CANCEL, change_request_id=NEXT_REQUEST)
    ).then_outcome(Outcome.CHANGE_REQUESTED)


@pytest.mark.parametrize("at", [MONDAY, LATE])
@pytest.mark.parametrize("policy", [POLICY, DENYING])
def test_the_same_wish_with_another_reason_is_not_judged_again(at, policy):
    again = cancel("Another reason.", at=at, request=NEXT_REQUEST)

    scenario = given(PLACED, CONFIRMED, ASKED_TO_CANCEL).under(policy).when(again)

    scenario.then_nothing().then_outcome(Outcome.CHANGE_REQUESTED)
    assert scenario.decided.change_request_id == REQUEST
    assert scenario.decided.decision is None


def test_a_denied_wish_leaves_the_open_request_open():
    given(PLACED, CONFIRMED, ASKED_FOR_FRIDAY).under(DENYING).when(
        cancel(at=LATE)
    ).then_refused(errors.PolicyDenied)


def test_a_request_to_cancel_has_no_target_and_takes_no_second_slot():
    booking = given(PLACED, CONFIRMED).when(cancel(at=LATE)).booking

    assert booking.open_request is not None
    assert booking.open_request.kind is Kind.CANCEL
    assert booking.open_request.target is None
    assert len(booking.holds()) == 1


def test_a_request_to_cancel_expires_after_its_ttl_when_the_start_has_passed():
    at = THURSDAY + HOUR

    given(PLACED, CONFIRMED).when(cancel(at=at)).then(
        replace(
            ASKED_TO_CANCEL,
            expires_at=at + 48 * HOUR,
            decision=judged(
                "cancel_notice", basis=THURSDAY, at=at, effect=Verdict.REQUEST
            ),
        )
    )
