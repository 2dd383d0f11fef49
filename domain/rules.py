"""The rules of a policy: each a total function that measures, none that decides alone.

All rules of an action are evaluated and reported; the verdict is the strictest effect.
Notice is elapsed time: `aware - timedelta` within one zone would be wall time, so all
instants here are in UTC.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum

import msgspec

from domain.policy import Notice, Policy


class Verdict(Enum):
    ALLOW = "ALLOW"
    REQUEST = "REQUEST"
    DENY = "DENY"


_STRICTNESS = {Verdict.ALLOW: 0, Verdict.REQUEST: 1, Verdict.DENY: 2}


class RuleResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule measured.

    `limit` and `actual` are whole seconds, `basis` is the instant that was measured,
    `effect` is what follows from it alone. `actual` is rounded down, so that it is
    below the limit exactly when the rule failed.
    """

    id: str
    passed: bool
    limit: int
    actual: int
    basis: datetime
    effect: Verdict


class PolicyDecision(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on one action, with all that a later reader needs to repeat it."""

    verdict: Verdict
    policy_version: int
    rules: tuple[RuleResult, ...]
    evaluated_at: datetime


def judge_reschedule(
    policy: Policy, version: int, *, start: datetime, target: datetime, now: datetime
) -> PolicyDecision:
    """Judge a move by an owner from `start` to `target`: notice before both."""
    notice = policy.rules.reschedule_notice
    rule = _notice("reschedule_notice", notice, min(start, target), now)
    return _decision((rule,), version, now)


def judge_cancel(
    policy: Policy, version: int, *, start: datetime, confirmed: bool, now: datetime
) -> PolicyDecision:
    """Judge an owner's cancel; what was never confirmed can always be withdrawn."""
    rule = _notice("cancel_notice", policy.rules.cancel_notice, start, now)
    decision = _decision((rule,), version, now)
    if confirmed:
        return decision
    return msgspec.structs.replace(decision, verdict=Verdict.ALLOW)


def strictest(effects: Iterable[Verdict]) -> Verdict:
    return max(effects, key=_STRICTNESS.__getitem__)


def notice_deadline(notice: Notice, start: datetime) -> datetime:
    """Return the last instant that still leaves `notice` before `start`."""
    return start - timedelta(hours=notice.hours)


def _notice(rule_id: str, notice: Notice, start: datetime, now: datetime) -> RuleResult:
    actual = start - now
    passed = now <= notice_deadline(notice, start)
    return RuleResult(
        id=rule_id,
        passed=passed,
        limit=notice.hours * 3600,
        actual=actual // timedelta(seconds=1),
        basis=start,
        effect=Verdict.ALLOW if passed else Verdict(notice.effect.value),
    )


def _decision(
    rules: Iterable[RuleResult], version: int, now: datetime
) -> PolicyDecision:
    results = tuple(rules)
    return PolicyDecision(
        verdict=strictest(rule.effect for rule in results),
        policy_version=version,
        rules=results,
        evaluated_at=now,
    )
