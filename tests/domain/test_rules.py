"""A rule measures, its effect follows, and the strictest effect is the verdict."""

from itertools import permutations

import pytest

from domain import rules
from domain.policy import Effect, Notice
from domain.rules import Verdict
from domain.structs import replace
from tests.examples import (
    FRIDAY,
    HOUR,
    LATE,
    MINUTE,
    MONDAY,
    POLICY,
    THURSDAY,
    WEDNESDAY,
    judged,
)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_verdict_is_the_strictest_effect(size):
    order = [Verdict.ALLOW, Verdict.REQUEST, Verdict.DENY]
    for effects in permutations(order, size):
        assert rules.strictest(effects) is max(effects, key=order.index)


@pytest.mark.parametrize("late", [MINUTE / 60_000_000, MINUTE / 60, MINUTE, HOUR])
def test_what_was_measured_is_below_the_limit_exactly_when_the_rule_failed(late):
    for now in (WEDNESDAY - late, WEDNESDAY, WEDNESDAY + late):
        (rule,) = rules.judge_cancel(
            POLICY, 1, start=THURSDAY, confirmed=True, now=now
        ).rules

        assert rule.passed is (rule.actual >= rule.limit)
        assert rule.passed is (now <= WEDNESDAY)


def test_a_start_in_the_past_is_measured_as_negative_notice():
    decision = rules.judge_cancel(
        POLICY, 1, start=THURSDAY, confirmed=True, now=THURSDAY + HOUR
    )

    assert decision == judged(
        "cancel_notice", basis=THURSDAY, at=THURSDAY + HOUR, effect=Verdict.REQUEST
    )
    assert decision.rules[0].actual == -3600


@pytest.mark.parametrize(("start", "target"), [(THURSDAY, FRIDAY), (FRIDAY, THURSDAY)])
def test_reschedule_notice_is_one_rule_measured_at_the_earlier_start(start, target):
    decision = rules.judge_reschedule(POLICY, 5, start=start, target=target, now=LATE)

    assert decision == judged(
        "reschedule_notice",
        basis=THURSDAY,
        at=LATE,
        policy_version=5,
        effect=Verdict.REQUEST,
    )


def test_without_notice_everything_until_the_start_is_in_time():
    none = replace(POLICY.rules, reschedule_notice=Notice(hours=0, effect=Effect.DENY))
    policy = replace(POLICY, rules=none)

    def verdict(now):
        return rules.judge_reschedule(
            policy, 1, start=THURSDAY, target=FRIDAY, now=now
        ).verdict

    assert verdict(MONDAY) is Verdict.ALLOW
    assert verdict(THURSDAY) is Verdict.ALLOW
    assert verdict(THURSDAY + MINUTE) is Verdict.DENY
