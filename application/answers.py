"""Answers to calls that change something: structures with personal data still sealed.

One is kept under its `Idempotency-Key` as it is here, never as final JSON; its position
is a column of its own. `bodies` opens and shapes it.
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import msgspec

from domain import events
from domain.allowed import AllowedActions, allowed_actions
from domain.booking import Booking
from domain.changes import ChangeRequest
from domain.decide import Decided, Outcome
from domain.errors import Refusal
from domain.personal import Words
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
    """What the call did; `changed` names the members that took effect."""

    outcome: Outcome
    changed: tuple[str, ...] = ()
    change_request: ChangeRequest | None = None
    message: Message | None = None
    decision: PolicyDecision | None = None


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A 409: `pointers` name members of the body, if any."""

    code: str
    detail: str
    pointers: tuple[str, ...] = ()
    decision: PolicyDecision | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Either `shown` and `result`, or `refused`."""

    status: int
    request_id: UUID
    generated_at: datetime
    shown: Shown | None = None
    result: Result | None = None
    refused: Refused | None = None


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """An answer with its position, and whether it is the first one again.

    `owner_key` is wrapped; it opens what is sealed in the answer.
    """

    answer: Answer
    position: int
    owner_key: bytes | None
    is_replay: bool = False


def show(booking: Booking, workshop: Workshop, now: datetime) -> Shown:
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


def result(decided: Decided, after: Booking, message: Message | None) -> Result:
    """Return what a client is told of `decided`; `message` is the one it is about."""
    asked = decided.change_request_id is not None
    return Result(
        outcome=decided.outcome,
        changed=tuple(_changed(decided)),
        change_request=after.open_request if asked else None,
        message=message,
        decision=decided.decision,
    )


def _changed(decided: Decided) -> Iterator[str]:
    """Name the members of the body that took effect."""
    for event in decided.events:
        match event:
            case events.Rescheduled():
                yield "service_start_time"
            case events.Cancelled():
                yield "status"
            case events.MessageAppended():
                if (
                    isinstance(event.personal, Words)
                    and event.personal.text is not None
                ):
                    yield "message"
                if event.attachments:
                    yield "attachments"
            case _:
                pass
