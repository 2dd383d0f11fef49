"""Decides what is answered to change requests, by the workshop and by the owner.

A request was judged when it was made. Its answer looks at hard facts only: that it is
open, and that the workshop is open at its target today. The same answer by the same
side again is none.
"""

from typing import assert_never
from uuid import UUID

from domain import calendar, commands, errors, events
from domain.booking import Booking
from domain.changes import ChangeRequest, Kind, RequestStatus
from domain.commands import OnRequest
from domain.decisions import (
    Decided,
    Outcome,
    Situation,
    expiry,
    free_slot,
    service_of,
)
from domain.events import BookingEvent
from domain.identity import Actor, Role
from domain.personal import Note


def answer(command: OnRequest, booking: Booking, situation: Situation) -> Decided:
    """Return what follows. Raises `Missing` when the booking has no such request."""
    request = _addressed(command.change_request_id, booking, situation)
    if not request.is_open:
        return _again(command, request)
    try:
        return _answer(command, booking, request, situation)
    except (errors.SlotUnbookable, errors.SlotTaken) as refusal:
        # Of these bodies only a counter's has a start, by another name.
        is_counter = isinstance(command, commands.Counter)
        refusal.pointers = ("/proposed_start_time",) if is_counter else ()
        raise


def _answer(
    command: OnRequest, booking: Booking, request: ChangeRequest, situation: Situation
) -> Decided:
    if isinstance(command, commands.Counter):
        return _counter(command, booking, request, situation)
    return _close(command, request, situation)


def _close(
    command: commands.Approve
    | commands.Accept
    | commands.Reject
    | commands.Decline
    | commands.Withdraw,
    request: ChangeRequest,
    situation: Situation,
) -> Decided:
    match command:
        case commands.Approve():
            _must_wait_for_workshop(request)
            return _approve(command, request, situation, Outcome.APPROVED)
        case commands.Accept():
            _must_wait_for_owner(request)
            return _approve(command, request, situation, Outcome.ACCEPTED)
        case commands.Reject():
            return _reject(request, command.personal, Outcome.REJECTED)
        case commands.Decline():
            _must_wait_for_owner(request)
            return _reject(request, command.personal, Outcome.DECLINED)
        case commands.Withdraw():
            withdrawn = events.ChangeWithdrawn(change_request_id=request.id)
            return _answered(withdrawn, Outcome.WITHDRAWN, request)
        case _:
            assert_never(command)


def _addressed(
    request_id: UUID, booking: Booking, situation: Situation
) -> ChangeRequest:
    is_open = booking.open_request
    if is_open is not None and is_open.id == request_id:
        return is_open
    if situation.request is None:
        raise errors.Missing
    return situation.request


_LED_TO: dict[type[commands.RequestCommand], RequestStatus] = {
    commands.Approve: RequestStatus.APPROVED,
    commands.Accept: RequestStatus.APPROVED,
    commands.Reject: RequestStatus.REJECTED,
    commands.Decline: RequestStatus.REJECTED,
    commands.Withdraw: RequestStatus.WITHDRAWN,
}


def _again(command: OnRequest, request: ChangeRequest) -> Decided:
    """Return that nothing happens if the closed request was closed by the same."""
    is_same = request.status is _LED_TO.get(type(command))
    if not is_same or not _is_same_side(request, command.by):
        raise errors.RequestClosed
    return Decided(change_request_id=request.id)


def _is_same_side(request: ChangeRequest, by: Actor) -> bool:
    if request.answer is None:
        # It was withdrawn, which only its owner can do.
        return True
    return (request.answer.by.role is Role.OWNER) == (by.role is Role.OWNER)


def _must_wait_for_workshop(request: ChangeRequest) -> None:
    if request.status is RequestStatus.COUNTERED:
        raise errors.RequestCountered


def _must_wait_for_owner(request: ChangeRequest) -> None:
    if request.status is not RequestStatus.COUNTERED:
        raise errors.NotCountered


def _approve(
    command: commands.Approve | commands.Accept,
    request: ChangeRequest,
    situation: Situation,
    outcome: Outcome,
) -> Decided:
    """Let it happen. Its slot is held, and ahead: it expires when that begins."""
    slot = request.target
    if slot is not None:
        policy = situation.workshop.policy
        closed = calendar.why_closed(slot.start, slot.end, policy)
        if closed is not None:
            raise errors.SlotUnbookable(closed)
    approved = events.ChangeApproved(
        change_request_id=request.id,
        kind=request.kind,
        service=(
            request.service if request.counter is None else request.counter.service
        ),
        slot=slot,
        personal=command.personal,
    )
    return _answered(approved, outcome, request)


def _reject(request: ChangeRequest, note: Note | None, outcome: Outcome) -> Decided:
    rejected = events.ChangeRejected(change_request_id=request.id, personal=note)
    return _answered(rejected, outcome, request)


def _counter(
    command: commands.Counter,
    booking: Booking,
    request: ChangeRequest,
    situation: Situation,
) -> Decided:
    if request.kind is Kind.CANCEL:
        raise errors.NotCounterable
    if request.counter is not None:
        if request.counter.slot.start == command.start:
            return Decided(change_request_id=request.id)
        raise errors.RequestCountered
    service = service_of(booking, situation.workshop)
    slot = free_slot(command.start, service, booking.id, situation, command.at)
    countered = events.ChangeCountered(
        change_request_id=request.id,
        service=service,
        target=slot,
        expires_at=expiry(command.at, situation.workshop, booking.slot.start, slot),
        personal=command.personal,
    )
    return _answered(countered, Outcome.COUNTERED, request)


def _answered(event: BookingEvent, outcome: Outcome, request: ChangeRequest) -> Decided:
    return Decided(events=(event,), outcome=outcome, change_request_id=request.id)
