"""Answers to calls that change something: structures with personal data still sealed.

One is kept under its `Idempotency-Key` as it is here, never as final JSON; its position
is a column of its own. `bodies` opens and shapes it.
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import msgspec

from application.stored import Upload
from domain import clock, events
from domain.allowed import AllowedActions, allowed_actions
from domain.booking import Booking
from domain.changes import ChangeRequest, Kind
from domain.decide import Decided, Outcome
from domain.errors import Refusal
from domain.personal import Words
from domain.policy import Policy
from domain.rules import PolicyDecision
from domain.thread import Message
from domain.workshop import Workshop

OK, CREATED, ACCEPTED, CONFLICT = 200, 201, 202, 409


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A booking with what its workshop and the clock add to it."""

    booking: Booking
    workshop_name: str
    time_zone: str
    allowed: AllowedActions


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What the call did; `changed` names the members that took effect.

    `unstored` are the ids of request and message that a dry run only drew.
    """

    outcome: Outcome
    changed: tuple[str, ...] = ()
    change_request: ChangeRequest | None = None
    message: Message | None = None
    decision: PolicyDecision | None = None
    unstored: tuple[UUID, ...] = ()


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A 409: `pointers` name members of the body, if any."""

    code: str
    detail: str
    pointers: tuple[str, ...] = ()
    decision: PolicyDecision | None = None


class PolicyShown(msgspec.Struct, frozen=True, kw_only=True):
    """A workshop's policy and its version."""

    policy: Policy
    version: int


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`shown` and `result`, or an `upload`, or a `policy`, or `refused`."""

    status: int
    request_id: UUID
    generated_at: datetime
    shown: Shown | None = None
    result: Result | None = None
    refused: Refused | None = None
    upload: Upload | None = None
    policy: PolicyShown | None = None


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """An answer with its position, and whether it is the first one again.

    `owner_key` is wrapped; it opens what is sealed in the answer.
    """

    answer: Answer
    position: int
    owner_key: bytes | None
    is_replay: bool = False


def show(booking: Booking, workshop: Workshop, now: datetime) -> Shown:
    """Return `booking` as answers show it at `now`, which the clock has a say in."""
    booking = clock.at(booking, now)
    return Shown(
        booking=booking,
        workshop_name=workshop.name,
        time_zone=workshop.policy.time_zone,
        allowed=allowed_actions(booking, workshop.policy, now),
    )


def refused(refusal: Refusal) -> Refused:
    return Refused(
        code=refusal.code,
        detail=str(refusal),
        pointers=refusal.pointers,
        decision=refusal.decision,
    )


def result(
    decided: Decided,
    *,
    request: ChangeRequest | None,
    message: Message | None,
    unstored: tuple[UUID, ...] = (),
) -> Result:
    """Return what a client is told of `decided`, and of what it is about."""
    return Result(
        outcome=decided.outcome,
        changed=tuple(_changed(decided)),
        change_request=request,
        message=message,
        decision=decided.decision,
        unstored=unstored,
    )


def _changed(decided: Decided) -> Iterator[str]:
    """Name the members of a booking, or of the body, that took effect."""
    for event in decided.events:
        match event:
            case events.Placed() | events.Rescheduled():
                yield "service_start_time"
            case events.ChangeApproved():
                is_move = event.kind is Kind.RESCHEDULE
                yield "service_start_time" if is_move else "status"
            case (
                events.Confirmed()
                | events.Started()
                | events.Completed()
                | events.NoShowRecorded()
                | events.Cancelled()
            ):
                yield "status"
            case events.MessageAppended():
                yield from _parts(event)
            case _:
                pass


def _parts(event: events.MessageAppended) -> Iterator[str]:
    if isinstance(event.personal, Words) and event.personal.text is not None:
        yield "message"
    if event.attachments:
        yield "attachments"
