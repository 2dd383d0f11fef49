"""The questions that both stores answer: each statement of `reads.sql`, by its name.

A row's fields are its statement's columns, in their order and with their types.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from adapters.rounds import Lookup, Many, Query, Value
from adapters.rows import UploadRow
from application.listing import (
    EARLIEST,
    LATEST,
    ListKey,
    Only,
    OnlyRequests,
    RequestKey,
    Span,
)
from domain import identity
from projections.slots import SlotRow

_NO_ID = UUID(int=0)


class BookingSeen(NamedTuple):
    """A booking beside its workshop's state and its owner's key."""

    id: int
    version: int
    chain: bytes
    at: datetime
    position: int
    state: bytes
    workshop: bytes
    owner_key: bytes | None


class RequestSeen(NamedTuple):
    """A change request with its workshop, and then the columns of `BookingSeen`."""

    request_id: UUID
    request: bytes
    org_nr: int
    id: int
    version: int
    chain: bytes
    at: datetime
    position: int
    state: bytes
    workshop: bytes
    owner_key: bytes | None


class WorkshopSeen(NamedTuple):
    org_nr: int
    version: int
    chain: bytes
    at: datetime
    position: int
    state: bytes


class MessageSeen(NamedTuple):
    version: int
    state: bytes


class State(NamedTuple):
    state: bytes


class Number(NamedTuple):
    """A count, or an id."""

    number: int


class EventSeen(NamedTuple):
    stream_id: str
    position: int
    version: int
    topic: str
    state: bytes


BOOKING = Lookup("see_bookings", int, BookingSeen)
CHANGE_REQUEST = Lookup("see_change_requests", UUID, RequestSeen)
UPLOAD = Lookup("see_uploads", UUID, UploadRow)
WORKSHOP = Lookup("see_workshops", int, WorkshopSeen)


def owners_bookings(
    owner: str, only: Only, after: ListKey | None, limit: int
) -> Query[BookingSeen]:
    last = (LATEST, 0) if after is None else (after.start, after.booking_id)
    # Ids begin above zero: nothing stands before (until, 0) that does not start before.
    place = min(last, (only.until, 0))
    filters = (int(bool(only.statuses)), *_columns(only.spans()))
    params = (owner, *place, only.since, *filters, limit)
    return Query("see_owners_bookings", params, BookingSeen)


def workshops_bookings(
    org_nr: int, only: Only, offset: int, limit: int
) -> tuple[Query[Number], Query[BookingSeen]]:
    """Return what counts the list, and what sees a page of it."""
    within: tuple[Value | Many, ...] = (org_nr, only.since, only.until)
    kind = "workshops_bookings"
    if only.statuses:
        kind = "workshops_bookings_by_status"
        within = (*within, *_columns(only.spans()))
    return (
        Query(f"count_{kind}", within, Number),
        Query(f"see_{kind}", (*within, offset, limit), BookingSeen),
    )


def group(
    org_nr: int, group_id: UUID, offset: int, limit: int
) -> tuple[Query[Number], Query[BookingSeen]]:
    return (
        Query("count_group", (org_nr, group_id), Number),
        Query("see_group", (org_nr, group_id, offset, limit), BookingSeen),
    )


def change_requests(
    booking_id: int, after: RequestKey | None, limit: int
) -> Query[State]:
    return Query("see_bookings_requests", (booking_id, *_place(after), limit), State)


def workshops_change_requests(
    org_nr: int, only: OnlyRequests, after: RequestKey | None, limit: int
) -> Query[RequestSeen]:
    within = (org_nr, *_place(after), limit)
    if not only.statuses:
        return Query("see_workshops_requests", within, RequestSeen)
    params = (*within, *_columns(only.spans()))
    return Query("see_workshops_requests_by_status", params, RequestSeen)


def messages(booking_id: int, after: int, limit: int) -> Query[MessageSeen]:
    return Query("see_messages", (booking_id, after, limit), MessageSeen)


def events(stream_id: str, after: int, until: int) -> Query[EventSeen]:
    """Return what sees a stream to `until`, without messages to `after`."""
    return Query("see_events", (stream_id, after, until), EventSeen)


def streams(booking_ids: Sequence[int]) -> Query[EventSeen]:
    names = tuple(map(identity.booking_stream, booking_ids))
    return Query("see_streams", (Many(str, names),), EventSeen)


def changed(org_nr: int, since: datetime) -> Query[Number]:
    return Query("see_changed_bookings", (org_nr, since), Number)


def holds(org_nr: int, since: datetime, until: datetime) -> Query[SlotRow]:
    return Query("see_holds", (org_nr, since, until), SlotRow)


def uploads(booking_id: int) -> Query[UploadRow]:
    return Query("see_bookings_uploads", (booking_id,), UploadRow)


def _place(after: RequestKey | None) -> tuple[datetime, UUID]:
    if after is None:
        return EARLIEST, _NO_ID
    return after.requested_at, after.request_id


def _columns(spans: Sequence[Span]) -> tuple[Many, Many, Many]:
    return (
        Many(str, [span.status for span in spans]),
        Many(datetime, [span.since for span in spans]),
        Many(datetime, [span.until for span in spans]),
    )
