"""One call that wants to change something, and how it can fail beside a refusal."""

from datetime import datetime
from uuid import UUID

import msgspec

from application import intent
from application.intent import Intent
from application.ports import Ids, KeyId
from domain import identity
from domain.commands import BookingCommand, WorkshopCommand
from domain.identity import Actor


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """Commands on one booking that happen together or not at all.

    `at` is when the request was received, `command_id` is drawn for it; both are kept
    when the call is decided again. With `owner` the booking must be theirs. `if_match`
    are entity tags, `"*"` among them matches any. `key` comes with the fingerprint of
    method, path and decoded body.
    """

    command_id: UUID
    request_id: UUID
    at: datetime
    actor: Actor
    booking_id: int
    wishes: tuple[BookingCommand, ...]
    owner: str | None = None
    if_match: tuple[str, ...] | None = None
    key: KeyId | None = None
    fingerprint: bytes = b""


class WorkshopCall(msgspec.Struct, frozen=True, kw_only=True):
    """A command on a workshop."""

    command_id: UUID
    request_id: UUID
    at: datetime
    actor: Actor
    org_nr: int
    wish: WorkshopCommand


AnyCall = Call | WorkshopCall


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """An `Idempotency-Key` as it came, with the fingerprint of its request."""

    key: str
    fingerprint: bytes


def owner_changes(
    booking_id: int,
    wanted: Intent,
    *,
    owner: Actor,
    at: datetime,
    request_id: UUID,
    new_id: Ids,
    if_match: tuple[str, ...] | None = None,
    key: Key | None = None,
) -> Call:
    """Return an owner's PUT of one booking as a call; all ids are drawn here."""
    return Call(
        command_id=new_id(),
        request_id=request_id,
        at=at,
        actor=owner,
        booking_id=booking_id,
        wishes=intent.wishes(wanted, at, owner, new_id),
        owner=owner.id,
        if_match=if_match,
        key=None if key is None else _key_id(key, owner, booking_id),
        fingerprint=b"" if key is None else key.fingerprint,
    )


def _key_id(key: Key, caller: Actor, booking_id: int) -> KeyId:
    return KeyId(
        caller=caller.id, scope=identity.booking_stream(booking_id), key=key.key
    )


class NotFound(Exception):
    """There is no such booking or workshop, or it is not the caller's."""


class PreconditionFailed(Exception):
    """`If-Match` names another revision."""


class KeyReused(Exception):
    """The `Idempotency-Key` was used for another request."""


class Fault(Exception):
    """Deciding one call failed; the cause is chained. Nothing of it was stored."""


class Busy(Exception):
    """The queue is full: come back later."""
