"""Decides what is asked of a booking's time: placing, moving, cancelling.

An owner is judged by the workshop's policy, and asks where it blocks; the workshop's
own people obey the target window and the bays alone.
"""

from datetime import datetime

from domain import commands, errors, events, rules
from domain.booking import Booking, Status
from domain.changes import Kind
from domain.decisions import (
    NOTHING,
    Decided,
    Outcome,
    Situation,
    expiry,
    free_slot,
    must_be_changeable,
    service_of,
    superseding,
)
from domain.events import BookingEvent
from domain.identity import Role
from domain.personal import Reason
from domain.policy import Service
from domain.rules import PolicyDecision, Verdict
from domain.slots import Slot


def place(
    command: commands.Place, booking: Booking | None, situation: Situation
) -> Decided:
    if booking is not None:
        raise errors.AlreadyPlaced
    service = situation.workshop.policy.service(command.service_id)
    if service is None:
        raise errors.ServiceUnknown
    if command.group_given and not situation.group_is_known:
        raise errors.GroupUnknown
    slot = free_slot(command.start, service, command.booking_id, situation, command.at)
    placed = events.Placed(
        booking_id=command.booking_id,
        owner=command.owner,
        org_nr=command.org_nr,
        group_id=command.group_id,
        service=service,
        slot=slot,
        vehicle=command.vehicle,
        personal=command.personal,
    )
    if command.by.role is not Role.OWNER:
        # The workshop need not ask itself.
        return Decided(events=(placed, events.Confirmed()), outcome=Outcome.PLACED)
    limit = situation.workshop.policy.rules.open_bookings.limit
    if situation.pending_elsewhere >= limit:
        raise errors.TooManyOpen
    return Decided(events=(placed,), outcome=Outcome.PLACED)


def reschedule(
    command: commands.Reschedule, booking: Booking, situation: Situation
) -> Decided:
    must_be_changeable(booking)
    if command.start == booking.slot.start:
        return NOTHING
    if command.by.role is not Role.OWNER:
        return _move(command, booking, situation)
    if (same := _same_wish(booking, Kind.RESCHEDULE, command.start)) is not None:
        return same
    service = service_of(booking, situation.workshop)
    slot = free_slot(command.start, service, booking.id, situation, command.at)
    decision = _judge_move(command, booking, situation)
    if decision.verdict is Verdict.ALLOW:
        moved = events.Rescheduled(service=service, slot=slot, decision=decision)
        return _happens(moved, Outcome.RESCHEDULED, booking, decision)
    return _ask(command, booking, situation, decision, target=(service, slot))


def cancel(command: commands.Cancel, booking: Booking, situation: Situation) -> Decided:
    if booking.status is Status.CANCELLED:
        return NOTHING
    must_be_changeable(booking)
    if command.by.role is not Role.OWNER:
        cancelled = events.Cancelled(personal=command.personal)
        return _happens(cancelled, Outcome.CANCELLED, booking)
    if (same := _same_wish(booking, Kind.CANCEL, None)) is not None:
        return same
    decision = rules.judge_cancel(
        situation.workshop.policy,
        situation.workshop.policy_version,
        start=booking.slot.start,
        is_accepted=booking.status is not Status.PENDING,
        marks=booking.marked,
        has_reason=command.personal is not None,
        now=command.at,
    )
    if decision.verdict is Verdict.ALLOW:
        cancelled = events.Cancelled(decision=decision, personal=command.personal)
        return _happens(cancelled, Outcome.CANCELLED, booking, decision)
    return _ask(command, booking, situation, decision, reason=command.personal)


def _move(
    command: commands.Reschedule, booking: Booking, situation: Situation
) -> Decided:
    """Move it as the workshop wants; a decision that was overridden is kept."""
    override = command.override is not None
    service = service_of(booking, situation.workshop)
    slot = free_slot(
        command.start, service, booking.id, situation, command.at, override=override
    )
    decision = _judge_move(command, booking, situation) if override else None
    moved = events.Rescheduled(
        service=service,
        slot=slot,
        decision=decision,
        override=override,
        personal=command.override,
    )
    return _happens(moved, Outcome.RESCHEDULED, booking, decision)


def _judge_move(
    command: commands.Reschedule, booking: Booking, situation: Situation
) -> PolicyDecision:
    return rules.judge_reschedule(
        situation.workshop.policy,
        situation.workshop.policy_version,
        start=booking.slot.start,
        target=command.start,
        moves=booking.reschedule_count,
        marks=booking.marked,
        now=command.at,
    )


def _same_wish(booking: Booking, kind: Kind, start: datetime | None) -> Decided | None:
    """Return the answer to a wish that is open already: it is not judged again."""
    request = booking.open_request
    if request is None or not request.wishes(kind, start):
        return None
    return Decided(outcome=Outcome.CHANGE_REQUESTED, change_request_id=request.id)


def _happens(
    event: BookingEvent,
    outcome: Outcome,
    booking: Booking,
    decision: PolicyDecision | None = None,
) -> Decided:
    return Decided(
        events=(*superseding(booking), event), outcome=outcome, decision=decision
    )


def _ask(
    command: commands.Reschedule | commands.Cancel,
    booking: Booking,
    situation: Situation,
    decision: PolicyDecision,
    *,
    target: tuple[Service, Slot] | None = None,
    reason: Reason | None = None,
) -> Decided:
    """Ask the workshop, unless the policy does not even let one ask."""
    if decision.verdict is Verdict.DENY:
        raise _denied(decision)
    service, slot = target or (None, None)
    asked = events.ChangeRequested(
        change_request_id=command.change_request_id,
        kind=Kind.CANCEL if slot is None else Kind.RESCHEDULE,
        from_start=booking.slot.start,
        target=slot,
        expires_at=expiry(command.at, situation.workshop, booking.slot.start, slot),
        decision=decision,
        personal=reason,
        service=service,
    )
    return Decided(
        events=(*superseding(booking), asked),
        outcome=Outcome.CHANGE_REQUESTED,
        change_request_id=command.change_request_id,
        decision=decision,
    )


def _denied(decision: PolicyDecision) -> errors.Refusal:
    failed = {rule.id for rule in decision.rules if not rule.passed}
    if rules.REASON in failed:
        return errors.ReasonRequired(decision)
    return errors.PolicyDenied(decision)
