"""What is wished of an example beside placing and moving: steps, answers, orders."""

from datetime import datetime
from uuid import UUID

from domain import commands
from domain.events import Mark
from domain.identity import Actor
from domain.personal import Note, Reason
from tests.examples import (
    HOUR,
    LATE,
    MANAGER,
    MONDAY,
    NEXT_REQUEST,
    OWNER,
    REQUEST,
    SATURDAY,
    STAFF,
)

SOON = LATE + HOUR
"""When what was asked too late is answered."""


def note(text: str | None) -> Note | None:
    return None if text is None else Note(note=text)


def start(*, at: datetime = MONDAY) -> commands.Start:
    return commands.Start(at=at, by=STAFF)


def complete(*, at: datetime = MONDAY) -> commands.Complete:
    return commands.Complete(at=at, by=STAFF)


def record_no_show(*, at: datetime) -> commands.RecordNoShow:
    return commands.RecordNoShow(at=at, by=STAFF)


def mark(what: Mark = Mark.PARTS_ORDERED, *, at: datetime = MONDAY) -> commands.SetMark:
    return commands.SetMark(at=at, by=STAFF, mark=what)


def ordered_to(
    start: datetime,
    *,
    at: datetime = MONDAY,
    because: str | None = None,
    request: UUID = NEXT_REQUEST,
) -> commands.Reschedule:
    """Return a manager's move, an override if it is `because` of something."""
    return commands.Reschedule(
        at=at,
        by=MANAGER,
        start=start,
        change_request_id=request,
        override=None if because is None else Reason(reason=because),
    )


def called_off(
    reason: str | None = "We are ill.",
    *,
    at: datetime = MONDAY,
    by: Actor = MANAGER,
    request: UUID = NEXT_REQUEST,
) -> commands.Cancel:
    """Return the workshop's own cancel."""
    return commands.Cancel(
        at=at,
        by=by,
        change_request_id=request,
        personal=None if reason is None else Reason(reason=reason),
    )


def approve(
    text: str | None = None, *, at: datetime = SOON, request: UUID = REQUEST
) -> commands.Approve:
    return commands.Approve(
        at=at, by=STAFF, change_request_id=request, personal=note(text)
    )


def reject(
    text: str = "The part is ordered.", *, at: datetime = SOON, request: UUID = REQUEST
) -> commands.Reject:
    return commands.Reject(
        at=at, by=STAFF, change_request_id=request, personal=Note(note=text)
    )


def counter(
    start: datetime = SATURDAY,
    text: str | None = "Friday is full.",
    *,
    at: datetime = SOON,
    request: UUID = REQUEST,
) -> commands.Counter:
    return commands.Counter(
        at=at, by=STAFF, change_request_id=request, start=start, personal=note(text)
    )


def accept(
    text: str | None = None, *, at: datetime = SOON, request: UUID = REQUEST
) -> commands.Accept:
    return commands.Accept(
        at=at, by=OWNER, change_request_id=request, personal=note(text)
    )


def decline(
    text: str | None = None, *, at: datetime = SOON, request: UUID = REQUEST
) -> commands.Decline:
    return commands.Decline(
        at=at, by=OWNER, change_request_id=request, personal=note(text)
    )


def withdraw(*, at: datetime = SOON, request: UUID = REQUEST) -> commands.Withdraw:
    return commands.Withdraw(at=at, by=OWNER, change_request_id=request)
