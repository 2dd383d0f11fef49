"""A recorded decision, judged again: from the event, the booking before it, a policy.

By the policy of then it comes out the same; by another it tells what that would change.
"""

from datetime import datetime

from domain import rules
from domain.booking import Booking, Status
from domain.events import BookingEvent, Cancelled, ChangeRequested, Rescheduled
from domain.policy import Policy
from domain.rules import PolicyDecision, Verdict
from domain.slots import Slot
from domain.structs import replace

Deciding = Rescheduled | Cancelled | ChangeRequested
"""Events that a policy was asked about, unless the workshop acted on its own."""


def decision_of(event: BookingEvent) -> PolicyDecision | None:
    """Return the decision that `event` keeps; None when no policy was asked."""
    return event.decision if isinstance(event, Deciding) else None


def again(
    event: BookingEvent, before: Booking, policy: Policy, version: int
) -> PolicyDecision | None:
    """Judge what `event` decided on `before`, at its time, by all rules of `policy`."""
    if not isinstance(event, Deciding) or event.decision is None:
        return None
    now = event.decision.evaluated_at
    target = _target(event)
    if target is not None:
        return _judge_move(before, target.start, policy, version, now)
    has_reason = event.personal is not None
    return _judge_cancel(before, policy, version, now, has_reason=has_reason)


def as_then(stored: PolicyDecision, again: PolicyDecision) -> PolicyDecision:
    """Return `again` by no more rules than `stored` names: a later release has more."""
    known = {rule.id for rule in stored.rules}
    kept = tuple(rule for rule in again.rules if rule.id in known)
    binds = again.verdict is not Verdict.ALLOW
    verdict = rules.strictest(rule.effect for rule in kept if binds)
    return replace(again, rules=kept, verdict=verdict)


def _target(event: Deciding) -> Slot | None:
    """Return where a move leads; None for a cancel."""
    if isinstance(event, Rescheduled):
        return event.slot
    return None if isinstance(event, Cancelled) else event.target


def _judge_move(
    before: Booking, target: datetime, policy: Policy, version: int, now: datetime
) -> PolicyDecision:
    return rules.judge_reschedule(
        policy,
        version,
        start=before.slot.start,
        target=target,
        moves=before.reschedule_count,
        marks=before.marked,
        now=now,
    )


def _judge_cancel(
    before: Booking, policy: Policy, version: int, now: datetime, *, has_reason: bool
) -> PolicyDecision:
    return rules.judge_cancel(
        policy,
        version,
        start=before.slot.start,
        is_accepted=before.status is not Status.PENDING,
        marks=before.marked,
        has_reason=has_reason,
        now=now,
    )
