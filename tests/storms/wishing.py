"""What racers want, and the calls that it makes; what they are told."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from adapters import clock
from application.calls import AnyCall, Call, UploadCall
from application.stored import KeyId, Upload, UploadStatus
from domain import commands, identity
from domain.commands import BookingCommand
from domain.events import Mark, Vehicle
from domain.identity import Actor, Role
from domain.personal import Note, Plate, Words
from tests.running import ORG_NR

STAFF = Actor(role=Role.STAFF, id="staff")


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants of a booking, and what that needs."""

    what: str
    booking_id: int
    owner: str
    start: datetime | None = None
    request: UUID | None = None
    client_message_id: UUID | None = None
    uploads: tuple[UUID, ...] = ()
    key: str | None = None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """`word` is the outcome, or the code of a refusal."""

    wish: Wish
    status: int
    word: str
    message_id: UUID | None = None
    is_replay: bool = False


def placed(number: int, start: datetime, at: datetime, by: Actor = STAFF) -> Call:
    """Place a booking for its own owner, unless an owner places it."""
    wish = commands.Place(
        at=at,
        by=by,
        booking_id=number,
        owner=(owner(number) if by is STAFF else by).id,
        org_nr=ORG_NR,
        group_id=clock.new_id(),
        service_id=1,
        start=start,
        vehicle=Vehicle(),
        personal=Plate(plate="AB 12345"),
    )
    return call(number, by, wish)


def asks(number: int, start: datetime, at: datetime) -> tuple[Call, Call]:
    """Return what makes a ghost: parts were ordered, so its move must be asked for."""
    marks = commands.SetMark(at=at, by=STAFF, mark=Mark.PARTS_ORDERED)
    return call(number, STAFF, marks), moves(number, start, at)


def call_for(wish: Wish, at: datetime) -> Call:
    by = Actor(role=Role.OWNER, id=wish.owner)
    match wish.what:
        case "place":
            assert wish.start is not None
            return placed(wish.booking_id, wish.start, at, by)
        case "move":
            assert wish.start is not None
            return moves(wish.booking_id, wish.start, at, key=wish.key)
        case "say":
            return call(wish.booking_id, by, says(wish, at, by))
        case _:
            decision = decides(wish, at, by)
            return call(wish.booking_id, decision.by, decision)


def says(wish: Wish, at: datetime, by: Actor) -> commands.AppendMessage:
    return commands.AppendMessage(
        at=at,
        by=by,
        message_id=clock.new_id(),
        client_message_id=wish.client_message_id,
        uploads=wish.uploads,
        personal=Words(text="Hello.", captions=(None,) * len(wish.uploads)),
    )


def decides(wish: Wish, at: datetime, by: Actor) -> commands.OnRequest:
    assert wish.request is not None
    on_it: dict[str, Any] = {"at": at, "change_request_id": wish.request}
    match wish.what:
        case "approve":
            return commands.Approve(by=STAFF, **on_it)
        case "reject":
            return commands.Reject(by=STAFF, personal=Note(note="No."), **on_it)
        case _:
            return commands.Withdraw(by=by, **on_it)


def moves(
    number: int, start: datetime, at: datetime, *, key: str | None = None
) -> Call:
    by = owner(number)
    wish = commands.Reschedule(
        at=at, by=by, start=start, change_request_id=clock.new_id()
    )
    return call(number, by, wish, key=key)


def call(
    number: int, by: Actor, wish: BookingCommand, *, key: str | None = None
) -> Call:
    scope = identity.booking_stream(number)
    return Call(
        command_id=clock.new_id(),
        request_id=clock.new_id(),
        at=wish.at,
        actor=by,
        booking_id=number,
        wishes=(wish,),
        owner=by.id if by.role is Role.OWNER else None,
        key=None if key is None else KeyId(caller=by.id, scope=scope, key=key),
        fingerprint=b"the same",
    )


def uploaded(number: int, upload_id: UUID, at: datetime) -> list[AnyCall]:
    """Return what announces an upload, and what brings its bytes."""
    by, calls = owner(number), list[AnyCall]()
    for is_new in (True, False):
        upload = Upload(
            id=upload_id,
            booking_id=number,
            owner=by.id,
            name=None,
            size=9,
            sha256=None,
            content_type=None if is_new else "image/png",
            stored_sha256=None if is_new else bytes(32),
            status=UploadStatus.CREATED if is_new else UploadStatus.COMPLETE,
            message_id=None,
            created_at=at,
        )
        calls.append(
            UploadCall(
                command_id=clock.new_id(),
                request_id=clock.new_id(),
                at=at,
                actor=by,
                booking_id=number,
                owner=by.id,
                upload=upload,
                is_new=is_new,
            )
        )
    return calls


def owner(number: int) -> Actor:
    return Actor(role=Role.OWNER, id=f"owner-of-{number}")
