"""What an owner may do now, judged without a target: an answer's `allowed_actions`."""

from datetime import datetime, timedelta
from enum import Enum

import msgspec

from domain import rules
from domain.booking import Booking, Status
from domain.policy import Notice, Policy, Rules
from domain.rules import Verdict


class Mode(Enum):
    DIRECT = "direct"
    REQUEST = "request"
    DENIED = "denied"


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """`until` is the last moment at which `mode` holds; null when it has no end."""

    mode: Mode
    until: datetime | None


class AllowedMessage(msgspec.Struct, frozen=True, kw_only=True):
    until: datetime | None


class AllowedActions(msgspec.Struct, frozen=True, kw_only=True):
    reschedule: Allowed
    cancel: Allowed
    message: AllowedMessage


_CHANGEABLE = frozenset({Status.PENDING, Status.CONFIRMED})
_DENIED = Allowed(mode=Mode.DENIED, until=None)
_MODES = {
    Verdict.ALLOW: Mode.DIRECT,
    Verdict.REQUEST: Mode.REQUEST,
    Verdict.DENY: Mode.DENIED,
}


def allowed_actions(booking: Booking, policy: Policy, now: datetime) -> AllowedActions:
    """Return what the owner may do at `now`, to which the clock has brought `booking`.

    Whether a reason is needed counts as little as where a move would lead.
    """
    closes = booking.thread_closes_at
    return AllowedActions(
        reschedule=_reschedule(booking, policy.rules, now),
        cancel=_cancel(booking, policy.rules, now),
        message=AllowedMessage(until=closes if now <= closes else None),
    )


def _reschedule(booking: Booking, terms: Rules, now: datetime) -> Allowed:
    results = (
        rules.max_reschedules(terms.max_reschedules, booking.reschedule_count),
        rules.work_started(terms.work_started, booking.marked),
    )
    lasting = rules.strictest(result.effect for result in results)
    return _by_notice(booking, terms.reschedule_notice, lasting, now)


def _cancel(booking: Booking, terms: Rules, now: datetime) -> Allowed:
    if booking.status is Status.PENDING:
        return _allowed(booking, Verdict.ALLOW, None)
    lasting = rules.work_started(terms.work_started, booking.marked).effect
    return _by_notice(booking, terms.cancel_notice, lasting, now)


def _by_notice(
    booking: Booking, notice: Notice, lasting: Verdict, now: datetime
) -> Allowed:
    """Judge by `notice` and by what the `lasting` rules say, early and late alike."""
    deadline = rules.notice_deadline(notice, booking.slot.start)
    late = rules.strictest((lasting, rules.verdict_of(notice.effect)))
    if now <= deadline and lasting is not late:
        return _allowed(booking, lasting, deadline)
    return _allowed(booking, late, None)


def _allowed(booking: Booking, verdict: Verdict, until: datetime | None) -> Allowed:
    if verdict is Verdict.DENY or booking.status not in _CHANGEABLE:
        return _DENIED
    if booking.status is Status.PENDING:
        # At its start the clock cancels it.
        last = booking.slot.start - timedelta.resolution
        until = last if until is None else min(until, last)
    return Allowed(mode=_MODES[verdict], until=until)
