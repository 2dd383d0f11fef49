"""A rule measures, its effect follows, and the strictest effect is the verdict."""

from datetime import datetime
from itertools import permutations

import pytest

from domain import rules
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
from domain.rules import PolicyDecision, RuleResult, Verdict
from domain.structs import replace
from tests.examples import (
    DAY,
    FRIDAY,
    HOUR,
    LATE,
    MINUTE,
    MONDAY,
    POLICY,
    SATURDAY,
    SUNDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    judged,
    met,
)

ORDERED, RECEIVED = "PARTS_ORDERED", "VEHICLE_RECEIVED"
EARLY = PriceBand(days=("thu",), opens="08:00", closes="10:00", band="early")
WEEKEND = PriceBand(days=("sat", "sun"), opens="08:00", closes="16:00", band="weekend")
BANDS = replace(POLICY, price_bands=(EARLY, WEEKEND))


def under(**terms) -> Policy:
    return replace(POLICY, rules=Rules(**terms))


def moved(
    policy: Policy = POLICY,
    *,
    start: datetime = THURSDAY,
    target: datetime = FRIDAY,
    moves: int = 0,
    marks: tuple[str, ...] = (),
    now: datetime = MONDAY,
) -> PolicyDecision:
    return rules.judge_reschedule(
        policy, 1, start=start, target=target, moves=moves, marks=marks, now=now
    )


def cancelled(
    policy: Policy = POLICY,
    *,
    is_accepted: bool = True,
    marks: tuple[str, ...] = (),
    has_reason: bool = True,
    now: datetime = MONDAY,
    version: int = 1,
) -> PolicyDecision:
    return rules.judge_cancel(
        policy,
        version,
        start=THURSDAY,
        is_accepted=is_accepted,
        marks=marks,
        has_reason=has_reason,
        now=now,
    )


def told(decision: PolicyDecision, rule_id: str) -> RuleResult:
    (rule,) = [rule for rule in decision.rules if rule.id == rule_id]
    return rule


def failed(rule: str, *, limit=0, actual=1, basis=None, effect=Verdict.REQUEST):
    measured = met(rule, limit=limit, actual=actual, basis=basis)
    return replace(measured, passed=False, effect=effect)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_verdict_is_the_strictest_effect(size):
    order = [Verdict.ALLOW, Verdict.REQUEST, Verdict.DENY]
    for effects in permutations(order, size):
        assert rules.strictest(effects) is max(effects, key=order.index)


def test_where_no_rule_speaks_all_is_allowed():
    assert rules.strictest([]) is Verdict.ALLOW


def test_a_move_that_nothing_blocks_reports_all_its_rules():
    assert moved() == judged("reschedule_notice", basis=THURSDAY, at=MONDAY)
    assert [rule.id for rule in moved().rules] == [
        "reschedule_notice",
        "max_reschedules",
        "work_started",
        "price_change",
    ]


def test_a_cancel_that_nothing_blocks_reports_all_its_rules():
    assert cancelled() == judged("cancel_notice", basis=THURSDAY, at=MONDAY)
    assert [rule.id for rule in cancelled().rules] == [
        "cancel_notice",
        "work_started",
        "reason",
    ]


def test_a_rule_that_failed_hides_none_of_the_others():
    policy = replace(BANDS, rules=Rules(price_change=PriceChange(effect=Effect.DENY)))

    decision = moved(policy, target=SATURDAY, moves=3, marks=(ORDERED,), now=LATE)

    assert [rule.effect for rule in decision.rules] == [Verdict.REQUEST] * 3 + [
        Verdict.DENY
    ]
    assert decision.verdict is Verdict.DENY


def test_a_decision_names_its_policy_and_its_time():
    decision = cancelled(version=7, now=LATE)

    assert decision.policy_version == 7
    assert decision.evaluated_at == LATE


@pytest.mark.parametrize("late", [MINUTE / 60_000_000, MINUTE / 60, MINUTE, HOUR])
def test_what_was_measured_is_below_the_limit_exactly_when_the_rule_failed(late):
    for now in (WEDNESDAY - late, WEDNESDAY, WEDNESDAY + late):
        rule = told(cancelled(now=now), "cancel_notice")

        assert rule.passed is (rule.actual >= rule.limit)
        assert rule.passed is (now <= WEDNESDAY)


def test_seconds_are_whole_and_rounded_down():
    rule = told(cancelled(now=WEDNESDAY + MINUTE / 60_000_000), "cancel_notice")

    assert (rule.actual, rule.limit) == (86_399, 86_400)


def test_a_start_in_the_past_is_measured_as_negative_notice():
    decision = cancelled(now=THURSDAY + HOUR)

    assert decision == judged(
        "cancel_notice", basis=THURSDAY, at=THURSDAY + HOUR, effect=Verdict.REQUEST
    )
    assert decision.rules[0].actual == -3600


@pytest.mark.parametrize(("start", "target"), [(THURSDAY, FRIDAY), (FRIDAY, THURSDAY)])
def test_reschedule_notice_is_one_rule_measured_at_the_earlier_start(start, target):
    assert moved(start=start, target=target, now=LATE) == judged(
        "reschedule_notice", basis=THURSDAY, at=LATE, effect=Verdict.REQUEST
    )


def test_an_instant_is_told_as_it_is_stored():
    assert told(moved(), "reschedule_notice").basis == "2026-06-04T08:00:00Z"


def test_without_notice_everything_until_the_start_is_in_time():
    policy = under(reschedule_notice=Notice(hours=0, effect=Effect.DENY))

    assert moved(policy, now=MONDAY).verdict is Verdict.ALLOW
    assert moved(policy, now=THURSDAY).verdict is Verdict.ALLOW
    assert moved(policy, now=THURSDAY + MINUTE).verdict is Verdict.DENY


def test_each_action_has_a_notice_of_its_own():
    policy = under(
        reschedule_notice=Notice(hours=1),
        cancel_notice=Notice(hours=48, effect=Effect.DENY),
    )

    assert told(moved(policy), "reschedule_notice").limit == 3600
    assert told(cancelled(policy), "cancel_notice").limit == 48 * 3600
    assert moved(policy, now=LATE).verdict is Verdict.ALLOW
    assert cancelled(policy, now=LATE).verdict is Verdict.DENY


@pytest.mark.parametrize("moves", [0, 1, 2])
def test_an_owner_may_move_as_often_as_the_limit_says(moves):
    decision = moved(moves=moves)

    assert decision == judged(
        "reschedule_notice", basis=THURSDAY, at=MONDAY, moves=moves
    )


@pytest.mark.parametrize("moves", [3, 4])
@pytest.mark.parametrize("effect", Effect)
def test_after_as_many_moves_as_the_limit_the_next_is_blocked(moves, effect):
    decision = moved(under(max_reschedules=MoveLimit(effect=effect)), moves=moves)

    assert told(decision, "max_reschedules") == failed(
        "max_reschedules",
        limit=3,
        actual=moves,
        basis=moves,
        effect=Verdict(effect.value),
    )
    assert decision.verdict is Verdict(effect.value)


def test_with_a_limit_of_none_each_move_is_blocked():
    decision = moved(under(max_reschedules=MoveLimit(limit=0)))

    assert told(decision, "max_reschedules") == failed(
        "max_reschedules", limit=0, actual=0, basis=0
    )


@pytest.mark.parametrize("judge", [moved, cancelled])
@pytest.mark.parametrize("effect", Effect)
@pytest.mark.parametrize(
    "marks", [(ORDERED,), (RECEIVED,), (RECEIVED, ORDERED)], ids=" ".join
)
def test_work_has_started_with_the_first_mark(judge, effect, marks):
    decision = judge(under(work_started=WorkStarted(effect=effect)), marks=marks)

    assert told(decision, "work_started") == failed(
        "work_started",
        actual=len(marks),
        basis=marks[0],
        effect=Verdict(effect.value),
    )
    assert decision.verdict is Verdict(effect.value)


@pytest.mark.parametrize(
    ("start", "target", "band"),
    [
        (THURSDAY, FRIDAY, None),
        (THURSDAY - HOUR, THURSDAY - 2 * HOUR, "early"),
        (SATURDAY, SUNDAY + HOUR, "weekend"),
        (SATURDAY, SATURDAY + 7 * DAY, "weekend"),
    ],
)
def test_a_move_within_a_price_band_changes_no_price(start, target, band):
    assert told(moved(BANDS, start=start, target=target), "price_change") == met(
        "price_change", basis=band
    )


@pytest.mark.parametrize(
    ("start", "target", "band"),
    [
        (THURSDAY, THURSDAY - HOUR, "early"),
        (THURSDAY - HOUR, THURSDAY, None),
        (THURSDAY, SATURDAY, "weekend"),
        (THURSDAY - HOUR, SATURDAY, "weekend"),
        (SATURDAY, TUESDAY, None),
    ],
)
@pytest.mark.parametrize("effect", Effect)
def test_no_band_is_a_band_too(start, target, band, effect):
    policy = replace(BANDS, rules=Rules(price_change=PriceChange(effect=effect)))

    decision = moved(policy, start=start, target=target, now=MONDAY - 7 * DAY)

    assert told(decision, "price_change") == failed(
        "price_change", basis=band, effect=Verdict(effect.value)
    )
    assert decision.verdict is Verdict(effect.value)


def test_two_bands_of_one_name_are_one_price():
    again = PriceBand(days=("fri",), opens="08:00", closes="12:00", band="early")
    policy = replace(POLICY, price_bands=(EARLY, again))

    assert moved(policy, start=THURSDAY - HOUR, target=FRIDAY).verdict is Verdict.ALLOW


@pytest.mark.parametrize(
    ("required", "given", "passed"),
    [
        (False, False, True),
        (False, True, True),
        (True, True, True),
        (True, False, False),
    ],
)
def test_where_a_reason_is_required_a_cancel_without_one_is_denied(
    required, given, passed
):
    decision = cancelled(under(reason=ReasonTerms(required=required)), has_reason=given)

    assert told(decision, rules.REASON) == RuleResult(
        id="reason",
        passed=passed,
        limit=int(required),
        actual=int(given),
        basis=None,
        effect=Verdict.ALLOW if passed else Verdict.DENY,
    )
    assert decision.verdict is told(decision, "reason").effect


def test_a_reason_is_nothing_of_a_move():
    policy = under(reason=ReasonTerms(required=True))

    assert moved(policy) == moved()


def test_what_was_never_accepted_is_reported_and_always_allowed():
    policy = under(
        cancel_notice=Notice(effect=Effect.DENY),
        work_started=WorkStarted(effect=Effect.DENY),
        reason=ReasonTerms(required=True),
    )

    decision = cancelled(
        policy, is_accepted=False, has_reason=False, marks=(ORDERED,), now=LATE
    )

    assert decision.verdict is Verdict.ALLOW
    assert [rule.effect for rule in decision.rules] == [Verdict.DENY] * 3
    assert decision == replace(
        cancelled(policy, has_reason=False, marks=(ORDERED,), now=LATE),
        verdict=Verdict.ALLOW,
    )
