"""One call that wants to change something, and how it can fail beside a refusal."""

from datetime import datetime
from uuid import UUID

import msgspec

from application import intent
from application.intent import Intent
from application.ports import Ids
from application.stored import KeyId, Upload
from domain import commands, identity
from domain.commands import BookingCommand, WorkshopCommand
from domain.identity import Actor


class Calling(msgspec.Struct, frozen=True, kw_only=True):
    """`at` is when the request was received, `command_id` is drawn for it.

    Both are kept when the call is decided again. `if_match` are entity tags, `"*"`
    among them matches any. `key` comes with the fingerprint of method, path and decoded
    body.
    """

    command_id: UUID
    request_id: UUID
    at: datetime
    actor: Actor
    if_match: tuple[str, ...] | None = None
    key: KeyId | None = None
    fingerprint: bytes = b""

    @property
    def needs_head(self) -> bool:
        """Whether it decides by what no constraint of the store guards."""
        return False


class Call(Calling, frozen=True, kw_only=True):
    """Commands on one booking that happen together or not at all.

    Without commands the facts of the clock are all that happens. With `owner` the
    booking must be theirs, with `org_nr` that workshop's. A dry run writes nothing.
    """

    booking_id: int
    wishes: tuple[BookingCommand, ...] = ()
    owner: str | None = None
    org_nr: int | None = None
    dry_run: bool = False

    @property
    def needs_head(self) -> bool:
        return any(_needs_head(wish) for wish in self.wishes)


class UploadCall(Calling, frozen=True, kw_only=True):
    """An upload that is announced (`is_new`), or whose bytes have come."""

    booking_id: int
    owner: str
    upload: Upload
    is_new: bool

    @property
    def needs_head(self) -> bool:
        return True


class EraseCall(Calling, frozen=True, kw_only=True):
    """Destroy the key of `owner`, and note it in each of their bookings."""

    owner: str

    @property
    def needs_head(self) -> bool:
        return True


class WorkshopCall(Calling, frozen=True, kw_only=True):
    """A command on a workshop."""

    org_nr: int
    wish: WorkshopCommand


AnyCall = Call | UploadCall | EraseCall | WorkshopCall


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
    dry_run: bool = False,
) -> Call:
    """Return an owner's PUT of one booking as a call; all ids are drawn here."""
    scope = identity.booking_stream(booking_id)
    return Call(
        command_id=new_id(),
        request_id=request_id,
        at=at,
        actor=owner,
        booking_id=booking_id,
        wishes=intent.wishes(wanted, at, owner, new_id),
        owner=owner.id,
        if_match=if_match,
        key=None if key is None else key_id(key, owner, scope),
        fingerprint=b"" if key is None else key.fingerprint,
        dry_run=dry_run,
    )


def key_id(key: Key, caller: Actor, scope: str) -> KeyId:
    """Return the name of a key on a stream: a booking's, or that of a workshop."""
    return KeyId(caller=caller.id, scope=scope, key=key.key)


def _needs_head(wish: BookingCommand) -> bool:
    """Whether it counts bookings, or uses uploads."""
    if isinstance(wish, commands.AppendMessage):
        return bool(wish.uploads)
    return isinstance(wish, commands.Place)


class NotFound(Exception):
    """There is no such booking, request or workshop, or it is not the caller's."""


class Forbidden(Exception):
    """The caller's role does not reach so far."""


class PreconditionFailed(Exception):
    """`If-Match` names another revision."""


class KeyReused(Exception):
    """The `Idempotency-Key` was used for another request."""


class Fault(Exception):
    """Deciding one call failed; the cause is chained. Nothing of it was stored."""


class Busy(Exception):
    """The queue is full: come back later."""


class Late(Busy):
    """The call waited for too long, or its caller has gone; it did not happen."""
