"""One call that wants to change something, and how it can fail beside a refusal."""

from datetime import datetime
from uuid import UUID

import msgspec

from application.ports import KeyId
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
