"""A recorded decision comes out the same by its own policy, and may not by another."""

from datetime import datetime

import pytest

from domain import events, rejudge, rules
from domain.booking import Booking, fold
from domain.events import BookingEvent, Mark
from domain.personal import Sealed
from domain.policy import (
    Effect,
    MoveLimit,
    Notice,
    Policy,
    PriceBand,
    PriceChange,
    ReasonTerms,
    Rules,
    WorkStarted,
)
from domain.rules import PolicyDecision, Verdict
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
    MONDAY,
    MOVED_TO_FRIDAY,
    PLACED,
    POLICY,
    SAID_HELLO,
    SUPERSEDED,
    THURSDAY,
    cancel,
    judged,
    move,
    recorded,
)

ORDERED = events.Marked(mark=Mark.PARTS_ORDERED)
DEAR_FRIDAY = PriceBand(days=("fri",), opens="08:00", closes="16:00", band="dear")
DENIES = replace(
    POLICY,
    price_bands=(DEAR_FRIDAY,),
    rules=Rules(
        reschedule_notice=Notice(hours=48, effect=Effect.DENY),
        cancel_notice=Notice(hours=48, effect=Effect.DENY),
        max_reschedules=MoveLimit(limit=0, effect=Effect.DENY),
        work_started=WorkStarted(effect=Effect.DENY),
        price_change=PriceChange(effect=Effect.DENY),
        reason=ReasonTerms(required=True),
    ),
)


def booked(*history: BookingEvent) -> Booking:
    booking = fold(recorded(event) for event in history)
    assert booking is not None
    return booking


def again(
    event: BookingEvent,
    *before: BookingEvent,
    policy: Policy = POLICY,
    version: int = 1,
) -> PolicyDecision:
    decision = rejudge.again(event, booked(*before), policy, version)
    assert decision is not None
    return decision


DECIDED = [
    (MOVED_TO_FRIDAY, (PLACED,)),
    (MOVED_TO_FRIDAY, (PLACED, CONFIRMED)),
    (CANCELLED, (PLACED,)),
    (CANCELLED, (PLACED, CONFIRMED)),
    (ASKED_FOR_FRIDAY, (PLACED,)),
    (ASKED_TO_CANCEL, (PLACED, CONFIRMED)),
]


@pytest.mark.parametrize(("event", "before"), DECIDED)
def test_by_its_own_policy_a_decision_is_the_same(event, before):
    assert again(event, *before) == event.decision
    assert rejudge.decision_of(event) is event.decision


@pytest.mark.parametrize(
    "event",
    [
        PLACED,
        CONFIRMED,
        SAID_HELLO,
        SUPERSEDED,
        ORDERED,
        replace(MOVED_TO_FRIDAY, decision=None),
        replace(CANCELLED, decision=None),
    ],
)
def test_where_no_policy_was_asked_nothing_is_judged(event):
    assert rejudge.decision_of(event) is None
    assert rejudge.again(event, booked(PLACED), POLICY, 1) is None


def decided(command, *history: BookingEvent, policy=POLICY) -> BookingEvent:
    (one,) = given(*history).under(policy, version=4).when(command).recorded
    return one.event


LENIENT = replace(
    DENIES,
    rules=Rules(
        reschedule_notice=Notice(hours=48),
        cancel_notice=Notice(hours=48),
        max_reschedules=MoveLimit(limit=1),
    ),
)


@pytest.mark.parametrize("at", [MONDAY, LATE, THURSDAY - HOUR])
@pytest.mark.parametrize("policy", [POLICY, LENIENT])
@pytest.mark.parametrize(
    "history",
    [
        (PLACED,),
        (PLACED, CONFIRMED),
        (PLACED, CONFIRMED, ORDERED),
        (PLACED, CONFIRMED, MOVED_TO_FRIDAY),
    ],
)
@pytest.mark.parametrize(
    "wish", [move(to=FRIDAY + HOUR), cancel(), cancel(None)], ids=["S", "CR", "C"]
)
def test_whatever_was_decided_is_decided_again_from_the_event(
    wish, history, policy, at: datetime
):
    event = decided(replace(wish, at=at), *history, policy=policy)

    decision = rejudge.decision_of(event)
    assert again(event, *history, policy=policy, version=4) == decision


def test_it_is_judged_as_of_its_own_time():
    late = replace(MOVED_TO_FRIDAY, decision=at(LATE, MOVED_TO_FRIDAY.decision))

    assert again(MOVED_TO_FRIDAY, PLACED).verdict is Verdict.ALLOW
    assert again(late, PLACED).verdict is Verdict.REQUEST
    assert again(late, PLACED).evaluated_at == LATE


def at(now: datetime, decision: PolicyDecision | None) -> PolicyDecision:
    assert decision is not None
    return replace(decision, evaluated_at=now)


@pytest.mark.parametrize(
    ("event", "before", "failed"),
    [
        (MOVED_TO_FRIDAY, (PLACED,), {"max_reschedules", "price_change"}),
        (
            ASKED_FOR_FRIDAY,
            (PLACED, ORDERED),
            {
                "reschedule_notice",
                "max_reschedules",
                "work_started",
                "price_change",
            },
        ),
        (
            replace(CANCELLED, personal=None),
            (PLACED, CONFIRMED, ORDERED),
            {"work_started", "reason"},
        ),
        (ASKED_TO_CANCEL, (PLACED, CONFIRMED), {"cancel_notice"}),
    ],
)
def test_another_policy_may_decide_otherwise(event, before, failed):
    decision = again(event, *before, policy=DENIES, version=9)

    assert {rule.id for rule in decision.rules if not rule.passed} == failed
    assert decision.verdict is Verdict.DENY
    assert decision.policy_version == 9


def test_what_was_never_accepted_could_be_withdrawn_by_any_policy():
    decision = again(replace(CANCELLED, personal=None), PLACED, policy=DENIES)

    assert not rule(decision, "reason").passed
    assert decision.verdict is Verdict.ALLOW


def rule(decision: PolicyDecision, rule_id: str) -> rules.RuleResult:
    return next(rule for rule in decision.rules if rule.id == rule_id)


def test_a_reason_that_nobody_can_read_any_more_was_given():
    sealed = replace(CANCELLED, personal=Sealed(version=4, bytes=b"?"))

    assert again(sealed, PLACED, CONFIRMED) == CANCELLED.decision


def test_a_decision_of_an_earlier_release_is_held_against_its_own_rules():
    by_notice = judged("reschedule_notice", basis=THURSDAY, at=MONDAY)
    stored = replace(by_notice, rules=by_notice.rules[:1])
    now = again(MOVED_TO_FRIDAY, PLACED, policy=DENIES)

    assert now.verdict is Verdict.DENY
    assert rejudge.as_then(stored, now) == replace(
        stored, rules=now.rules[:1], verdict=Verdict.ALLOW
    )
    assert rejudge.as_then(by_notice, now) == now


def test_of_the_rules_of_then_the_strictest_gives_the_verdict():
    stored = judged(
        "reschedule_notice", basis=THURSDAY, at=LATE, effect=Verdict.REQUEST
    )
    two = replace(stored, rules=stored.rules[:2])
    asks = replace(POLICY, rules=Rules(price_change=PriceChange(effect=Effect.DENY)))
    now = again(
        ASKED_FOR_FRIDAY, PLACED, policy=replace(asks, price_bands=(DEAR_FRIDAY,))
    )

    assert now.verdict is Verdict.DENY
    assert rejudge.as_then(two, now) == two


def test_what_was_allowed_without_heeding_its_rules_stays_so():
    late = judged(
        "cancel_notice",
        basis=THURSDAY,
        at=LATE,
        effect=Verdict.REQUEST,
        verdict=Verdict.ALLOW,
    )
    stored = replace(late, rules=late.rules[:1])
    now = again(replace(CANCELLED, decision=stored), PLACED)

    assert rejudge.as_then(stored, now) == stored


def test_a_decision_without_rules_is_compared_too():
    stored = replace(judged("cancel_notice", basis=THURSDAY, at=LATE), rules=())
    now = again(replace(CANCELLED, decision=stored), PLACED, CONFIRMED)

    assert rejudge.as_then(stored, now) == stored
