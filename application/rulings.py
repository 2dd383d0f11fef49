"""What is said to a change request: the workshop's ruling, the owner's reply.

Each body is checked by itself and becomes one command.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import Enum
from typing import Any, assert_never
from uuid import UUID

import msgspec

from application import checks
from application.checks import BodyError, Check, Errors
from domain import commands
from domain.commands import OnRequest
from domain.identity import Actor
from domain.personal import Note

MAX_NOTE = 500


class Reply(Enum):
    """What an owner says to a counter."""

    ACCEPT = "accept"
    DECLINE = "decline"


class Ruling(Enum):
    """What a workshop says to a change request."""

    APPROVE = "approve"
    REJECT = "reject"
    COUNTER = "counter"


class WantedReply(msgspec.Struct, frozen=True, kw_only=True):
    decision: Reply
    note: Note | None = None


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    note: Note | None = None


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    note: Note


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """Another start instead of the one that was asked for."""

    start: datetime
    note: Note | None = None


WantedRuling = Approval | Rejection | Proposal


def parse_reply(body: Any) -> WantedReply:
    """Return what an owner's `body` says. Raises `InvalidBody`."""
    return WantedReply(**checks.right(body, _REPLY, ("decision",)))


def parse_ruling(body: Any) -> WantedRuling:
    """Return what a workshop's `body` says. Raises `InvalidBody`."""
    values = checks.right(body, _RULING, ("decision",), together=_ruling_errors)
    note: Note | None = values.get("note")
    if values["decision"] is Ruling.COUNTER:
        return Proposal(start=values["proposed_start_time"], note=note)
    # Without a note it is no rejection: that was an error.
    if values["decision"] is Ruling.REJECT and note is not None:
        return Rejection(note=note)
    return Approval(note=note)


def reply(wanted: WantedReply, request_id: UUID, at: datetime, by: Actor) -> OnRequest:
    match wanted.decision:
        case Reply.ACCEPT:
            kind: type[commands.Accept | commands.Decline] = commands.Accept
        case Reply.DECLINE:
            kind = commands.Decline
        case _:
            assert_never(wanted.decision)
    return kind(at=at, by=by, change_request_id=request_id, personal=wanted.note)


def rule(wanted: WantedRuling, request_id: UUID, at: datetime, by: Actor) -> OnRequest:
    match wanted:
        case Approval():
            return commands.Approve(
                at=at, by=by, change_request_id=request_id, personal=wanted.note
            )
        case Rejection():
            return commands.Reject(
                at=at, by=by, change_request_id=request_id, personal=wanted.note
            )
        case Proposal():
            return commands.Counter(
                at=at,
                by=by,
                change_request_id=request_id,
                start=wanted.start,
                personal=wanted.note,
            )
        case _:
            assert_never(wanted)


def _reply(errors: Errors, value: Any, pointer: str) -> Reply | None:
    return checks.choice(errors, value, pointer, Reply)


def _ruling(errors: Errors, value: Any, pointer: str) -> Ruling | None:
    return checks.choice(errors, value, pointer, Ruling)


def _note(errors: Errors, value: Any, pointer: str) -> Note | None:
    text = checks.text(errors, value, pointer, 1, MAX_NOTE)
    return None if text is None else Note(note=text)


def _ruling_errors(values: Mapping[str, Any]) -> Iterator[BodyError]:
    ruling, proposed = values["decision"], "/proposed_start_time"
    if ruling is Ruling.REJECT and "note" not in values:
        yield checks.missing("/note")
    if ruling is Ruling.COUNTER and "proposed_start_time" not in values:
        yield checks.missing(proposed)
    if ruling is not Ruling.COUNTER and "proposed_start_time" in values:
        yield checks.unknown(proposed, "Only a counter has one.")


_REPLY: dict[str, Check] = {"decision": _reply, "note": _note}
_RULING: dict[str, Check] = {
    "decision": _ruling,
    "note": _note,
    "proposed_start_time": checks.time,
}
