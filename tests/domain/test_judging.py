"""A decision is told all that its rules measure of the booking, and refuses or asks."""

import pytest

from domain import errors
from domain.decide import Outcome
from domain.policy import (
    Effect,
    MoveLimit,
    Notice,
    PriceBand,
    PriceChange,
    ReasonTerms,
    Rules,
    WorkStarted,
)
from domain.structs import replace
from tests.dsl import By, Scenario, given
from tests.examples import (
    APPROVED,
    ASKED_FOR_FRIDAY,
    CONFIRMED,
    FRIDAY,
    LATE,
    MANAGER,
    MOVED_TO_FRIDAY,
    PARTS_ORDERED,
    PLACED,
    POLICY,
    SATURDAY,
    VEHICLE_RECEIVED,
    cancel,
    move,
)

REASONED = replace(POLICY, rules=Rules(reason=ReasonTerms(required=True)))


def measured(scenario: Scenario, rule: str):
    """Return what the decision says of `rule`."""
    decision = scenario.decided.decision
    assert decision is not None
    return next(one for one in decision.rules if one.id == rule)


@pytest.mark.parametrize(
    ("moves", "outcome"),
    [
        ((MOVED_TO_FRIDAY,), Outcome.RESCHEDULED),
        ((MOVED_TO_FRIDAY, MOVED_TO_FRIDAY), Outcome.CHANGE_REQUESTED),
        ((MOVED_TO_FRIDAY, By(MANAGER, MOVED_TO_FRIDAY)), Outcome.RESCHEDULED),
        ((MOVED_TO_FRIDAY, ASKED_FOR_FRIDAY, APPROVED), Outcome.CHANGE_REQUESTED),
    ],
    ids=["one", "two", "one, and the workshop's", "one, and one approved"],
)
def test_the_owners_moves_are_counted(moves, outcome):
    twice = replace(POLICY, rules=Rules(max_reschedules=MoveLimit(limit=2)))

    given(PLACED, CONFIRMED, *moves).under(twice).when(move(to=SATURDAY)).then_outcome(
        outcome
    )


@pytest.mark.parametrize("command", [move(to=FRIDAY), cancel()], ids=["move", "cancel"])
def test_work_that_has_started_is_asked_about(command):
    marked = (PLACED, CONFIRMED, PARTS_ORDERED, VEHICLE_RECEIVED)

    scenario = given(*marked).when(command)

    scenario.then_outcome(Outcome.CHANGE_REQUESTED)
    result = measured(scenario, "work_started")
    assert (result.actual, result.basis) == (2, "PARTS_ORDERED")


@pytest.mark.parametrize("command", [move(to=FRIDAY), cancel()], ids=["move", "cancel"])
def test_work_that_has_started_can_deny(command):
    denying = replace(POLICY, rules=Rules(work_started=WorkStarted(effect=Effect.DENY)))

    given(PLACED, CONFIRMED, PARTS_ORDERED).under(denying).when(command).then_refused(
        errors.PolicyDenied
    )


@pytest.mark.parametrize(
    ("to", "outcome"),
    [(SATURDAY, Outcome.CHANGE_REQUESTED), (FRIDAY, Outcome.RESCHEDULED)],
    ids=["dearer", "the same"],
)
def test_another_price_is_asked_about(to, outcome):
    weekend = PriceBand(days=("sat",), opens="08:00", closes="16:00", band="weekend")
    policy = replace(POLICY, price_bands=(weekend,))

    given(PLACED).under(policy).when(move(to=to)).then_outcome(outcome)


def test_another_price_can_deny():
    weekend = PriceBand(days=("sat",), opens="08:00", closes="16:00", band="weekend")
    rules = Rules(price_change=PriceChange(effect=Effect.DENY))
    policy = replace(POLICY, price_bands=(weekend,), rules=rules)

    given(PLACED).under(policy).when(move(to=SATURDAY)).then_refused(
        errors.PolicyDenied
    )


def test_a_reason_that_is_required_and_lacks_is_asked_of_the_owner_not_the_workshop():
    scenario = given(PLACED, CONFIRMED).under(REASONED)

    refused = scenario.when(cancel(None)).then_refused(errors.ReasonRequired)

    assert refused.pointers == ("/cancellation_reason",)
    assert refused.decision is not None
    assert [one.id for one in refused.decision.rules if not one.passed] == ["reason"]


@pytest.mark.parametrize(
    "rules",
    [
        Rules(reason=ReasonTerms(required=True)),
        Rules(
            reason=ReasonTerms(required=True), cancel_notice=Notice(effect=Effect.DENY)
        ),
    ],
    ids=["asks too", "denies too"],
)
def test_the_lack_of_a_reason_is_named_before_all_else_that_the_policy_says(rules):
    given(PLACED, CONFIRMED).under(replace(POLICY, rules=rules)).when(
        cancel(None, at=LATE)
    ).then_refused(errors.ReasonRequired)


def test_with_its_reason_the_cancel_is_judged_by_the_rest():
    scenario = given(PLACED, CONFIRMED).under(REASONED)

    scenario.when(cancel()).then_outcome(Outcome.CANCELLED)
    scenario.when(cancel(at=LATE)).then_outcome(Outcome.CHANGE_REQUESTED)


def test_what_was_never_confirmed_needs_no_reason_to_be_withdrawn():
    scenario = given(PLACED).under(REASONED).when(cancel(None))

    scenario.then_outcome(Outcome.CANCELLED)
    assert not measured(scenario, "reason").passed


def test_a_request_tells_all_the_rules_that_blocked_it():
    scenario = given(PLACED, CONFIRMED, PARTS_ORDERED).when(move(to=FRIDAY, at=LATE))

    request = scenario.booking.open_request
    assert request is not None
    assert request.blocked_by == ("reschedule_notice", "work_started")


def test_one_rule_that_denies_is_enough():
    rules = Rules(work_started=WorkStarted(effect=Effect.DENY))

    refused = (
        given(PLACED, CONFIRMED, PARTS_ORDERED)
        .under(replace(POLICY, rules=rules))
        .when(move(to=FRIDAY, at=LATE))
        .then_refused(errors.PolicyDenied)
    )

    assert refused.decision is not None
    assert [(r.id, r.effect.value) for r in refused.decision.rules if not r.passed] == [
        ("reschedule_notice", "REQUEST"),
        ("work_started", "DENY"),
    ]
