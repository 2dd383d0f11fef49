"""A batch as rows of tables, and rows as what the use cases know; no I/O.

Both stores write these tuples, each in its own types. An `ordinal` stands where the
table has a position: the store adds it to the log's last position before the batch.
What cannot be decoded raises `Unreadable`.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple, TypeVar
from uuid import UUID

import msgspec

from application.failures import Unreadable
from application.stored import (
    Append,
    BookingChange,
    Head,
    StoredBooking,
    StoredWorkshop,
    Tip,
    Upload,
)
from domain.booking import Booking
from domain.changes import ChangeRequest
from domain.events import BookingEvent, Recorded
from domain.slots import Hold, HoldKind
from domain.thread import Message
from domain.workshop import Workshop
from projections import booking, catalogue, thread
from projections import change_request as requests
from projections import slots as taken
from projections.booking import BookingRow
from projections.catalogue import WorkshopRow
from projections.change_request import ChangeRequestRow
from projections.place import Place
from projections.slots import SlotRow
from projections.thread import MessageRow

T = TypeVar("T")

_encode = msgspec.json.Encoder().encode
_bookings = msgspec.json.Decoder(Booking)
_workshops = msgspec.json.Decoder(Workshop)
_change_requests = msgspec.json.Decoder(ChangeRequest)
_messages = msgspec.json.Decoder(Message)


class AnswerRow(NamedTuple):
    caller: str
    scope: str
    key: str
    fingerprint: bytes
    answer: bytes
    created_at: datetime
    position: int | None
    ordinal: int | None


class UploadRow(NamedTuple):
    id: UUID
    booking_id: int
    owner: str
    name: str | None
    size: int
    sha256: bytes | None
    content_type: str | None
    stored_sha256: bytes | None
    status: str
    message_id: UUID | None
    created_at: datetime


class ChangedUploadRow(NamedTuple):
    """What can change of an upload."""

    id: UUID
    content_type: str | None
    stored_sha256: bytes | None
    status: str
    message_id: UUID | None


def bookings(append: Append) -> list[BookingRow]:
    return [
        booking.row(change.after, _place(change.tip))
        for change in append.bookings.values()
    ]


def workshops(append: Append) -> list[WorkshopRow]:
    return [
        catalogue.row(change.after, _place(change.tip))
        for change in append.workshops.values()
    ]


def _place(tip: Tip) -> Place:
    return Place(version=tip.version, chain=tip.chain, at=tip.at, ordinal=tip.ordinal)


def change_requests(append: Append) -> list[ChangeRequestRow]:
    return [
        row
        for change in append.bookings.values()
        for row in requests.rows(change.before, change.after, _happened(change))
    ]


def messages(append: Append) -> list[MessageRow]:
    return [
        row
        for booking_id, change in append.bookings.items()
        for row in thread.rows(booking_id, _happened(change))
    ]


def _happened(change: BookingChange) -> Iterable[tuple[Recorded[BookingEvent], int]]:
    return zip(change.recorded, change.ordinals, strict=True)


def answers(append: Append) -> list[AnswerRow]:
    return [
        AnswerRow(
            caller=new.key.caller,
            scope=new.key.scope,
            key=new.key.key,
            fingerprint=new.fingerprint,
            answer=new.answer,
            created_at=new.at,
            position=new.position,
            ordinal=new.ordinal,
        )
        for new in append.answers
    ]


def slots(append: Append) -> tuple[list[SlotRow], list[SlotRow]]:
    """Return what the batch releases and what it claims, over all its bookings."""
    released: list[SlotRow] = []
    claimed: list[SlotRow] = []
    for change in append.bookings.values():
        gone, new = taken.changed(change.before, change.after)
        released += gone
        claimed += new
    return released, claimed


def new_uploads(append: Append) -> list[UploadRow]:
    return [
        UploadRow(*msgspec.structs.astuple(new))._replace(status=new.status.value)
        for new in append.new_uploads
    ]


def changed_uploads(append: Append) -> list[ChangedUploadRow]:
    """Return each changed upload once, as it is in the end."""
    return [
        ChangedUploadRow(
            id=changed.id,
            content_type=changed.content_type,
            stored_sha256=changed.stored_sha256,
            status=changed.status.value,
            message_id=changed.message_id,
        )
        for changed in {upload.id: upload for upload in append.changed_uploads}.values()
    ]


def upload(row: UploadRow) -> Upload:
    try:
        return msgspec.convert(row._asdict(), Upload)
    except msgspec.ValidationError as error:
        raise _unreadable(error) from error


def hold(row: SlotRow) -> Hold:
    return Hold(
        org_nr=row.org_nr,
        booking_id=row.booking_id,
        kind=HoldKind(row.kind),
        bay=row.bay,
        start=row.starts_at,
        free_at=row.free_at,
        expires_at=row.expires_at,
    )


def stored_booking(
    version: int, chain: bytes, at: datetime, position: int, state: bytes
) -> StoredBooking:
    head = Head(version=version, chain=chain, at=at, position=position)
    return StoredBooking(head=head, booking=_decoded(_bookings, state))


def stored_workshop(
    version: int, chain: bytes, at: datetime, position: int, state: bytes
) -> StoredWorkshop:
    head = Head(version=version, chain=chain, at=at, position=position)
    return StoredWorkshop(head=head, workshop=workshop(state))


@lru_cache(maxsize=1024)
def workshop(state: bytes) -> Workshop:
    """Decode a workshop; many rows in a row have the same one."""
    return _decoded(_workshops, state)


def change_request(state: bytes) -> ChangeRequest:
    return _decoded(_change_requests, state)


def message(state: bytes) -> Message:
    return _decoded(_messages, state)


def _decoded(decoder: msgspec.json.Decoder[T], state: bytes) -> T:
    try:
        return decoder.decode(state)
    except msgspec.DecodeError as error:
        raise _unreadable(error) from error


def _unreadable(error: msgspec.DecodeError) -> Unreadable:
    return Unreadable(f"What is stored cannot be read: {error}")
