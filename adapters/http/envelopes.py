"""Successes: `{"data": …, "meta": …}`, with the headers that belong to them.

What is answered depends on clock and policy, so nobody may keep it.
"""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar.enums import MediaType
from litestar.response.base import ASGIResponse
from msgspec import UNSET, UnsetType

from adapters.http.arrival import Arrival
from adapters.http.problems import NO_STORE
from application import bodies
from application.bodies import BookingBody, ChangeRequestBody


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


Envelope = BookingEnvelope | ChangeRequestEnvelope | GroupsEnvelope | BookingsEnvelope


def meta(came: Arrival, position: int, *, is_replay: bool = False) -> Meta:
    return Meta(
        request_id=came.request_id,
        generated_at=came.received_at,
        position=bodies.position(position),
        idempotent_replay=True if is_replay else UNSET,
    )


def success(
    envelope: Envelope, *, status: int = 200, headers: dict[str, str] | None = None
) -> ASGIResponse:
    """Return an answer in the form that the framework sends without converting it."""
    return ASGIResponse(
        body=msgspec.json.encode(envelope),
        status_code=status,
        media_type=MediaType.JSON,
        headers=NO_STORE | (headers or {}),
    )


def etag(revision: int) -> dict[str, str]:
    return {"etag": f'"{revision}"'}
