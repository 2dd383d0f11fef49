"""A batch as rows of tables, and rows as what the use cases know; no I/O.

Both stores write these tuples, each in its own types. An `ordinal` stands where the
table has a position: the store adds it to the log's last position before the batch.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

import msgspec

from application.ports import (
    Append,
    BookingChange,
    Head,
    StoredBooking,
    StoredWorkshop,
)
from domain.booking import Booking
from domain.changes import ChangeRequest
from domain.slots import Hold, HoldKind
from domain.thread import Message
from domain.workshop import Workshop
from projections import holds
from projections.change_request import change_request as change_requests_of
from projections.thread import thread

_encode = msgspec.json.Encoder().encode
_bookings = msgspec.json.Decoder(Booking)
_workshops = msgspec.json.Decoder(Workshop)
_change_requests = msgspec.json.Decoder(ChangeRequest)
_messages = msgspec.json.Decoder(Message)


class BookingRow(NamedTuple):
    id: int
    org_nr: int
    owner: str
    group_id: UUID
    status: str
    starts_at: datetime
    version: int
    revision: int
    chain: bytes
    at: datetime
    state: bytes
    ordinal: int


class WorkshopRow(NamedTuple):
    """`longest_hold` is in minutes."""

    org_nr: int
    version: int
    chain: bytes
    at: datetime
    longest_hold: int
    state: bytes
    ordinal: int


class ChangeRequestRow(NamedTuple):
    """`version` and `ordinal` are those of the request's last event."""

    id: UUID
    booking_id: int
    owner: str
    org_nr: int
    status: str
    version: int
    state: bytes
    ordinal: int


class MessageRow(NamedTuple):
    id: UUID
    booking_id: int
    version: int
    author: str
    client_message_id: UUID | None
    state: bytes
    ordinal: int


class AnswerRow(NamedTuple):
    caller: str
    scope: str
    key: str
    fingerprint: bytes
    answer: bytes
    created_at: datetime
    position: int | None
    ordinal: int | None


class SlotRow(NamedTuple):
    booking_id: int
    kind: str
    org_nr: int
    bay: int
    starts_at: datetime
    free_at: datetime


def bookings(append: Append) -> list[BookingRow]:
    return [
        BookingRow(
            id=booking_id,
            org_nr=change.after.org_nr,
            owner=change.after.owner,
            group_id=change.after.group_id,
            status=change.after.status.value,
            starts_at=change.after.slot.start,
            version=change.tip.version,
            revision=change.after.revision,
            chain=change.tip.chain,
            at=change.tip.at,
            state=_encode(change.after),
            ordinal=change.tip.ordinal,
        )
        for booking_id, change in append.bookings.items()
    ]


def workshops(append: Append) -> list[WorkshopRow]:
    return [
        WorkshopRow(
            org_nr=org_nr,
            version=change.tip.version,
            chain=change.tip.chain,
            at=change.tip.at,
            longest_hold=change.after.longest_hold,
            state=_encode(change.after),
            ordinal=change.tip.ordinal,
        )
        for org_nr, change in append.workshops.items()
    ]


def change_requests(append: Append) -> list[ChangeRequestRow]:
    return [row for change in append.bookings.values() for row in _requests_of(change)]


def _requests_of(change: BookingChange) -> Iterable[ChangeRequestRow]:
    """Return a row for each request that the change touches, as it is afterwards."""
    request = change.before.open_request if change.before is not None else None
    rows: dict[UUID, ChangeRequestRow] = {}
    for recorded, ordinal in zip(change.recorded, change.ordinals, strict=True):
        if not change_requests_of.touches(recorded.event):
            continue
        request = change_requests_of.apply(request, recorded)
        if request is not None:
            rows[request.id] = ChangeRequestRow(
                id=request.id,
                booking_id=change.after.id,
                owner=change.after.owner,
                org_nr=change.after.org_nr,
                status=request.status.value,
                version=recorded.version,
                state=_encode(request),
                ordinal=ordinal,
            )
    return rows.values()


def messages(append: Append) -> list[MessageRow]:
    return [
        row
        for booking_id, change in append.bookings.items()
        for row in _messages_of(booking_id, change)
    ]


def _messages_of(booking_id: int, change: BookingChange) -> Iterator[MessageRow]:
    for recorded, ordinal in zip(change.recorded, change.ordinals, strict=True):
        message = thread.apply(None, recorded)
        if message is not None:
            yield MessageRow(
                id=message.id,
                booking_id=booking_id,
                version=recorded.version,
                author=message.author.id,
                client_message_id=message.client_message_id,
                state=_encode(message),
                ordinal=ordinal,
            )


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
        gone, new = holds.changed(change.before, change.after)
        released += map(slot, gone)
        claimed += map(slot, new)
    return released, claimed


def slot(hold: Hold) -> SlotRow:
    return SlotRow(
        booking_id=hold.booking_id,
        kind=hold.kind.value,
        org_nr=hold.org_nr,
        bay=hold.bay,
        starts_at=hold.start,
        free_at=hold.free_at,
    )


def hold(row: SlotRow) -> Hold:
    return Hold(
        org_nr=row.org_nr,
        booking_id=row.booking_id,
        kind=HoldKind(row.kind),
        bay=row.bay,
        start=row.starts_at,
        free_at=row.free_at,
    )


def stored_booking(
    version: int, chain: bytes, at: datetime, position: int, state: bytes
) -> StoredBooking:
    head = Head(version=version, chain=chain, at=at, position=position)
    return StoredBooking(head=head, booking=_bookings.decode(state))


def stored_workshop(
    version: int, chain: bytes, at: datetime, position: int, state: bytes
) -> StoredWorkshop:
    head = Head(version=version, chain=chain, at=at, position=position)
    return StoredWorkshop(head=head, workshop=workshop(state))


@lru_cache(maxsize=1024)
def workshop(state: bytes) -> Workshop:
    """Decode a workshop; many rows in a row have the same one."""
    return _workshops.decode(state)


def change_request(state: bytes) -> ChangeRequest:
    return _change_requests.decode(state)


def message(state: bytes) -> Message:
    return _messages.decode(state)
