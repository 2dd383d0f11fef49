"""The rules of a policy: each a total function that measures, none that decides alone.

All rules of an action are evaluated and reported; the verdict is the strictest effect.
Notice is elapsed time: `aware - timedelta` within one zone would be wall time, so all
instants here are in UTC.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum

import msgspec

from domain import calendar
from domain.policy import Effect, MoveLimit, Notice, Policy, WorkStarted

REASON = "reason"


class Verdict(Enum):
    ALLOW = "ALLOW"
    REQUEST = "REQUEST"
    DENY = "DENY"


_VERDICTS = {Effect.REQUEST: Verdict.REQUEST, Effect.DENY: Verdict.DENY}


class RuleResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule measured, and what follows from it alone.

    `limit` and `actual` are whole seconds or counts, `basis` is the instant or the
    value that was measured. An `actual` in seconds is rounded down, so that it is below
    the limit exactly when the rule failed.
    """

    id: str
    passed: bool
    limit: int
    actual: int
    basis: str | int | None
    effect: Verdict


class PolicyDecision(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on one action, with all that a later reader needs to repeat it."""

    verdict: Verdict
    policy_version: int
    rules: tuple[RuleResult, ...]
    evaluated_at: datetime


def judge_reschedule(
    policy: Policy,
    version: int,
    *,
    start: datetime,
    target: datetime,
    moves: int,
    marks: tuple[str, ...],
    now: datetime,
) -> PolicyDecision:
    """Judge an owner's move from `start` to `target`, after `moves` earlier ones.

    Notice is one rule, measured at the earlier of the two starts.
    """
    terms, earlier = policy.rules, min(start, target)
    results = (
        _notice("reschedule_notice", terms.reschedule_notice, earlier, now),
        max_reschedules(terms.max_reschedules, moves),
        work_started(terms.work_started, marks),
        _price_change(policy, start, target),
    )
    return _decision(results, version, now)


def judge_cancel(
    policy: Policy,
    version: int,
    *,
    start: datetime,
    is_accepted: bool,
    marks: tuple[str, ...],
    has_reason: bool,
    now: datetime,
) -> PolicyDecision:
    """Judge an owner's cancel; what was never accepted can always be withdrawn."""
    terms = policy.rules
    results = (
        _notice("cancel_notice", terms.cancel_notice, start, now),
        work_started(terms.work_started, marks),
        _reason(is_required=terms.reason.required, is_given=has_reason),
    )
    decision = _decision(results, version, now)
    if is_accepted:
        return decision
    return msgspec.structs.replace(decision, verdict=Verdict.ALLOW)


def strictest(effects: Iterable[Verdict]) -> Verdict:
    """Return the strictest of `effects`; where there are none, all is allowed."""
    found = Verdict.ALLOW
    for effect in effects:
        if effect is Verdict.DENY:
            return effect
        if effect is Verdict.REQUEST:
            found = effect
    return found


def verdict_of(effect: Effect) -> Verdict:
    """Return what a rule with this effect says when it fails."""
    return _VERDICTS[effect]


def notice_deadline(notice: Notice, start: datetime) -> datetime:
    """Return the last instant that still leaves `notice` before `start`."""
    return start - timedelta(hours=notice.hours)


def max_reschedules(terms: MoveLimit, moves: int) -> RuleResult:
    """Measure the owner's moves so far, direct or approved."""
    passed = moves < terms.limit
    return RuleResult(
        id="max_reschedules",
        passed=passed,
        limit=terms.limit,
        actual=moves,
        basis=moves,
        effect=_effect(terms.effect, passed=passed),
    )


def work_started(terms: WorkStarted, marks: tuple[str, ...]) -> RuleResult:
    """Count the marks that the workshop has set; the first of them is the basis."""
    return RuleResult(
        id="work_started",
        passed=not marks,
        limit=0,
        actual=len(marks),
        basis=next(iter(marks), None),
        effect=_effect(terms.effect, passed=not marks),
    )


def _notice(rule_id: str, notice: Notice, start: datetime, now: datetime) -> RuleResult:
    passed = now <= notice_deadline(notice, start)
    return RuleResult(
        id=rule_id,
        passed=passed,
        limit=notice.hours * 3600,
        actual=(start - now) // timedelta(seconds=1),
        basis=msgspec.to_builtins(start),
        effect=_effect(notice.effect, passed=passed),
    )


def _price_change(policy: Policy, start: datetime, target: datetime) -> RuleResult:
    """Count whether the band changes; that of `target` is the basis."""
    band = calendar.price_band(target, policy)
    passed = band == calendar.price_band(start, policy)
    return RuleResult(
        id="price_change",
        passed=passed,
        limit=0,
        actual=int(not passed),
        basis=band,
        effect=_effect(policy.rules.price_change.effect, passed=passed),
    )


def _reason(*, is_required: bool, is_given: bool) -> RuleResult:
    """Count the reasons. Nobody but the owner can mend it, so nobody is asked."""
    passed = is_given or not is_required
    return RuleResult(
        id=REASON,
        passed=passed,
        limit=int(is_required),
        actual=int(is_given),
        basis=None,
        effect=_effect(Effect.DENY, passed=passed),
    )


def _effect(effect: Effect, *, passed: bool) -> Verdict:
    return Verdict.ALLOW if passed else verdict_of(effect)


def _decision(
    results: tuple[RuleResult, ...], version: int, now: datetime
) -> PolicyDecision:
    return PolicyDecision(
        verdict=strictest(rule.effect for rule in results),
        policy_version=version,
        rules=results,
        evaluated_at=now,
    )
