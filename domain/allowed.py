"""What an owner may do now, judged without a target: an answer's `allowed_actions`."""

from datetime import datetime
from enum import Enum

import msgspec

from domain import rules
from domain.booking import Booking, Status
from domain.policy import Effect, Notice, Policy


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


_DENIED = Allowed(mode=Mode.DENIED, until=None)
_MODES = {Effect.REQUEST: Mode.REQUEST, Effect.DENY: Mode.DENIED}


def allowed_actions(booking: Booking, policy: Policy, now: datetime) -> AllowedActions:
    closes = booking.thread_closes_at
    return AllowedActions(
        reschedule=_reschedule(booking, policy, now),
        cancel=_cancel(booking, policy, now),
        message=AllowedMessage(until=closes if now <= closes else None),
    )


def _reschedule(booking: Booking, policy: Policy, now: datetime) -> Allowed:
    if not booking.is_open:
        return _DENIED
    return _by_notice(policy.rules.reschedule_notice, booking.slot.start, now)


def _cancel(booking: Booking, policy: Policy, now: datetime) -> Allowed:
    if not booking.is_open:
        return _DENIED
    if booking.status is Status.PENDING:
        return Allowed(mode=Mode.DIRECT, until=None)
    return _by_notice(policy.rules.cancel_notice, booking.slot.start, now)


def _by_notice(notice: Notice, start: datetime, now: datetime) -> Allowed:
    deadline = rules.notice_deadline(notice, start)
    if now <= deadline:
        return Allowed(mode=Mode.DIRECT, until=deadline)
    return Allowed(mode=_MODES[notice.effect], until=None)
