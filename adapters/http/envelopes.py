"""Successes: `{"data": …, "meta": …}`, with the headers that belong to them.

What is answered depends on clock and policy, so nobody may keep it.
"""

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from adapters.http.arrival import Arrival
from adapters.http.problems import NO_STORE
from adapters.http.ready import Ready
from application import bodies
from application.history import Entry
from application.shapes import BookingBody, ChangeRequestBody, MessageBody

_encode = msgspec.json.Encoder().encode


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """`position` is opaque; `idempotent_replay` is there when it is true."""

    request_id: UUID
    generated_at: datetime
    position: str
    idempotent_replay: bool | UnsetType = UNSET


class ListMeta(msgspec.Struct, frozen=True, kw_only=True):
    """`next_cursor` is null on the last page."""

    request_id: UUID
    generated_at: datetime
    position: str
    next_cursor: str | None


class BookingEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    data: BookingBody
    meta: Meta


class ChangeRequestEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    data: ChangeRequestBody
    meta: Meta


class ChangeRequestsEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    data: list[ChangeRequestBody]
    meta: ListMeta


class MessagesEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    data: list[MessageBody]
    meta: ListMeta


class HistoryEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    data: list[Entry]
    meta: ListMeta


class OpeningBody(msgspec.Struct, frozen=True, kw_only=True):
    """A time that can be booked, and how many bays are free for all of it."""

    start: datetime
    end: datetime
    bays: int


class AvailabilityEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    data: list[OpeningBody]
    meta: Meta


class UploadBody(msgspec.Struct, frozen=True, kw_only=True):
    """A file; `content_type` is null until its bytes have come, `sha256` may be."""

    id: UUID
    content_type: str | None
    size: int
    sha256: str | None


class UploadEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    data: UploadBody
    meta: Meta


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Bookings that were made together, as far as they are on the page."""

    group_id: UUID
    bookings: list[BookingBody]


class GroupsEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    data: list[Group]
    meta: ListMeta


class BookingsEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    """What `grouped=0` is answered with."""

    data: list[BookingBody]
    meta: ListMeta


def meta(came: Arrival, position: int, *, is_replay: bool = False) -> Meta:
    return Meta(
        request_id=came.request_id,
        generated_at=came.received_at,
        position=bodies.position(position),
        idempotent_replay=True if is_replay else UNSET,
    )


def list_meta(came: Arrival, position: int, next_cursor: str | None) -> ListMeta:
    return ListMeta(
        request_id=came.request_id,
        generated_at=came.received_at,
        position=bodies.position(position),
        next_cursor=next_cursor,
    )


def success(
    envelope: msgspec.Struct,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Ready:
    return Ready(_encode(envelope), status=status, headers=NO_STORE | (headers or {}))


def etag(revision: int) -> dict[str, str]:
    return {"etag": f'"{revision}"'}
