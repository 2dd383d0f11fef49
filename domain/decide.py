"""The decider: which events follow from a command. No clock, no I/O, no surprises.

A refusal is raised; "the policy blocks it" is none, but the event `ChangeRequested`.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import assert_never
from uuid import UUID

import msgspec

from domain import calendar, commands, errors, events, rules
from domain.booking import Booking, Status, evolve
from domain.changes import Kind
from domain.commands import BookingCommand
from domain.events import Attachment, BookingEvent, Origin, Recorded
from domain.personal import Reason
from domain.policy import Service
from domain.rules import PolicyDecision, Verdict
from domain.slots import Occupancy, Slot
from domain.workshop import Workshop


class Outcome(Enum):
    PLACED = "placed"
    CONFIRMED = "confirmed"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"
    CHANGE_REQUESTED = "change_requested"
    MESSAGE_APPENDED = "message_appended"
    UNCHANGED = "unchanged"


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision meets beside the booking itself.

    `uploads` are those that the caller may use here; `twin` is the stored message that
    this call's message repeats.
    """

    workshop: Workshop
    occupancy: Occupancy
    uploads: Mapping[UUID, Attachment] = msgspec.field(
        default_factory=dict[UUID, Attachment]
    )
    twin: UUID | None = None


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What follows: the events, and what the caller is told of them.

    `change_request_id` is set when the answer is 202, `message_id` when a message was
    stored or found again, `decision` when a policy was asked.
    """

    events: tuple[BookingEvent, ...] = ()
    outcome: Outcome = Outcome.UNCHANGED
    change_request_id: UUID | None = None
    message_id: UUID | None = None
    decision: PolicyDecision | None = None


NOTHING = Decided()


def decide(
    command: BookingCommand,
    booking: Booking | None,
    situation: Situation,
    done: Decided = NOTHING,
) -> Decided:
    """Return what follows from `command`, after `done` in the same call.

    Raises `Refusal` when it must not happen, `Missing` when there is no booking.
    """
    if isinstance(command, commands.Place):
        return _place(command, booking, situation)
    if booking is None:
        raise errors.Missing
    match command:
        case commands.Confirm():
            return _confirm(booking)
        case commands.Reschedule():
            return _reschedule(command, booking, situation)
        case commands.Cancel():
            return _cancel(command, booking, situation)
        case commands.AppendMessage():
            return _append_message(command, booking, situation, done)
        case _:
            assert_never(command)


def decide_all(
    wishes: Iterable[BookingCommand],
    booking: Booking | None,
    situation: Situation,
    origin: Origin,
    version: int,
) -> tuple[Decided, tuple[Recorded[BookingEvent], ...], Booking]:
    """Decide commands one after the other: all of them happen, or none does.

    `version` is that of the last event before. Returns what was decided, its events at
    their places, and the booking after them. Raises the first `Refusal` in `ORDER`, and
    `Missing` when there is no booking in the end.
    """
    done, refusals = NOTHING, list[errors.Refusal]()
    recorded: tuple[Recorded[BookingEvent], ...] = ()
    for wish in wishes:
        try:
            new = decide(wish, booking, situation, done)
        except errors.Refusal as refusal:
            refusals.append(refusal)
            if booking is None:
                break  # A first message cannot follow what was not placed.
            continue
        for event in new.events:
            version += 1
            latest = Recorded(version=version, origin=origin, event=event)
            booking = evolve(booking, latest)
            recorded = (*recorded, latest)
        done = _together(done, new)
    if refusals:
        raise errors.first(refusals)
    if booking is None:
        raise errors.Missing
    return done, recorded, booking


def _together(done: Decided, new: Decided) -> Decided:
    """Return one answer for both: a message beside an action leaves its outcome."""
    quiet = new.outcome is Outcome.MESSAGE_APPENDED and done.outcome is not (
        Outcome.UNCHANGED
    )
    return Decided(
        events=done.events + new.events,
        outcome=done.outcome if quiet else new.outcome,
        change_request_id=done.change_request_id or new.change_request_id,
        message_id=done.message_id or new.message_id,
        decision=done.decision or new.decision,
    )


def _place(
    command: commands.Place, booking: Booking | None, situation: Situation
) -> Decided:
    if booking is not None:
        raise errors.AlreadyPlaced
    service = situation.workshop.policy.service(command.service_id)
    if service is None:
        raise errors.ServiceUnknown
    slot = _free_slot(command.start, service, command.booking_id, situation, command.at)
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
    return Decided(events=(placed,), outcome=Outcome.PLACED)


def _confirm(booking: Booking) -> Decided:
    _must_be_open(booking)
    if booking.status is Status.CONFIRMED:
        return NOTHING
    return Decided(events=(events.Confirmed(),), outcome=Outcome.CONFIRMED)


def _reschedule(
    command: commands.Reschedule, booking: Booking, situation: Situation
) -> Decided:
    _must_be_open(booking)
    if command.start == booking.slot.start:
        return NOTHING
    if (same := _same_wish(booking, Kind.RESCHEDULE, command.start)) is not None:
        return same
    workshop = situation.workshop
    service = workshop.policy.service(booking.service.id) or booking.service
    slot = _free_slot(command.start, service, booking.id, situation, command.at)
    decision = rules.judge_reschedule(
        workshop.policy,
        workshop.policy_version,
        start=booking.slot.start,
        target=command.start,
        now=command.at,
    )
    if decision.verdict is Verdict.ALLOW:
        moved = events.Rescheduled(service=service, slot=slot, decision=decision)
        return _happens(moved, Outcome.RESCHEDULED, booking, decision)
    return _ask(command, booking, situation, decision, target=slot)


def _cancel(
    command: commands.Cancel, booking: Booking, situation: Situation
) -> Decided:
    if booking.status is Status.CANCELLED:
        return NOTHING
    if (same := _same_wish(booking, Kind.CANCEL, None)) is not None:
        return same
    decision = rules.judge_cancel(
        situation.workshop.policy,
        situation.workshop.policy_version,
        start=booking.slot.start,
        confirmed=booking.status is Status.CONFIRMED,
        now=command.at,
    )
    if decision.verdict is Verdict.ALLOW:
        cancelled = events.Cancelled(decision=decision, personal=command.personal)
        return _happens(cancelled, Outcome.CANCELLED, booking, decision)
    return _ask(command, booking, situation, decision, reason=command.personal)


def _append_message(
    command: commands.AppendMessage,
    booking: Booking,
    situation: Situation,
    done: Decided,
) -> Decided:
    if command.at > booking.thread_closes_at:
        raise errors.ThreadClosed
    if situation.twin is not None:
        return Decided(outcome=Outcome.MESSAGE_APPENDED, message_id=situation.twin)
    appended = events.MessageAppended(
        message_id=command.message_id,
        client_message_id=command.client_message_id,
        attachments=_attachments(command.uploads, situation.uploads),
        change_request_id=done.change_request_id,
        personal=command.personal,
    )
    return Decided(
        events=(appended,),
        outcome=Outcome.MESSAGE_APPENDED,
        message_id=command.message_id,
    )


def _must_be_open(booking: Booking) -> None:
    if not booking.is_open:
        raise errors.BookingClosed


def _same_wish(booking: Booking, kind: Kind, start: datetime | None) -> Decided | None:
    """Return the answer to a wish that is open already: it is not judged again."""
    request = booking.open_request
    if request is None or not request.wishes(kind, start):
        return None
    return Decided(outcome=Outcome.CHANGE_REQUESTED, change_request_id=request.id)


def _free_slot(
    start: datetime,
    service: Service,
    booking_id: int,
    situation: Situation,
    now: datetime,
) -> Slot:
    """Return the slot at `start` in the lowest free bay, or refuse."""
    workshop = situation.workshop
    end, free_at = calendar.ends(start, service)
    closed = calendar.why_unbookable(start, end, workshop.policy, now)
    if closed is not None:
        raise errors.SlotUnbookable(closed)
    bay = situation.occupancy.free_bay(
        org_nr=workshop.org_nr,
        booking_id=booking_id,
        bays=workshop.policy.bays,
        start=start,
        until=free_at,
    )
    if bay is None:
        raise errors.SlotTaken
    return Slot(start=start, end=end, free_at=free_at, bay=bay)


def _happens(
    event: BookingEvent, outcome: Outcome, booking: Booking, decision: PolicyDecision
) -> Decided:
    return Decided(
        events=(*_superseding(booking), event), outcome=outcome, decision=decision
    )


def _superseding(booking: Booking) -> tuple[BookingEvent, ...]:
    if booking.open_request is None:
        return ()
    return (events.ChangeSuperseded(change_request_id=booking.open_request.id),)


def _ask(
    command: commands.Reschedule | commands.Cancel,
    booking: Booking,
    situation: Situation,
    decision: PolicyDecision,
    *,
    target: Slot | None = None,
    reason: Reason | None = None,
) -> Decided:
    """Ask the workshop, unless the policy does not even let one ask."""
    if decision.verdict is Verdict.DENY:
        raise errors.PolicyDenied(decision)
    ttl = situation.workshop.policy.rules.change_request.ttl_hours
    asked = events.ChangeRequested(
        change_request_id=command.change_request_id,
        kind=Kind.CANCEL if target is None else Kind.RESCHEDULE,
        from_start=booking.slot.start,
        target=target,
        expires_at=_expiry(command.at, ttl, booking.slot.start, target),
        decision=decision,
        personal=reason,
    )
    return Decided(
        events=(*_superseding(booking), asked),
        outcome=Outcome.CHANGE_REQUESTED,
        change_request_id=command.change_request_id,
        decision=decision,
    )


def _expiry(
    asked: datetime, ttl_hours: int, old_start: datetime, target: Slot | None
) -> datetime:
    moments = [asked + timedelta(hours=ttl_hours)]
    if target is not None:
        moments.append(target.start)
    if old_start > asked:
        moments.append(old_start)
    return min(moments)


def _attachments(
    wanted: tuple[UUID, ...], usable: Mapping[UUID, Attachment]
) -> tuple[Attachment, ...]:
    unusable = tuple(i for i, upload in enumerate(wanted) if upload not in usable)
    if unusable:
        raise errors.UploadUnusable(unusable)
    return tuple(usable[upload] for upload in wanted)
