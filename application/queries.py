"""What can be asked of the read models and of the log, and what is found.

Rows hold what events say. A filter by status means what the clock makes of that: its
`spans` are what to look for in the rows. What is found is as stored: whoever shows it
applies the clock.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import NamedTuple, Protocol, TypeVar
from uuid import UUID

import msgspec

from application.ports import StoredBooking, StoredWorkshop, Upload
from application.streams import LogEntry
from domain.booking import Status
from domain.changes import OPEN, ChangeRequest, RequestStatus
from domain.slots import Hold
from domain.thread import Message
from domain.workshop import Workshop

S = TypeVar("S", bound=Enum)

EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 12, 31, tzinfo=UTC)
_NEXT = timedelta(microseconds=1)


class Span(NamedTuple):
    """A stored status, where its time lies in [since, until)."""

    status: str
    since: datetime
    until: datetime


class Only(msgspec.Struct, frozen=True, kw_only=True):
    """What of a list is wanted: starts in [since, until), and `statuses` as of `now`.

    No status means all of them.
    """

    now: datetime
    statuses: frozenset[Status] = frozenset()
    since: datetime = EARLIEST
    until: datetime = LATEST

    def spans(self) -> Sequence[Span]:
        """Return where starts lie: a PENDING booking whose start came is CANCELLED."""
        return [
            span
            for status in _in_order(self.statuses)
            for span in _bookings_seen_as(status, self.now)
        ]


class OnlyRequests(msgspec.Struct, frozen=True, kw_only=True):
    """Which requests are wanted: those of `statuses` as of `now`, or all."""

    now: datetime
    statuses: frozenset[RequestStatus] = frozenset()

    def spans(self) -> Sequence[Span]:
        """Return where `expires_at` lies: an open one that expired is EXPIRED."""
        return [
            span
            for status in _in_order(self.statuses)
            for span in _requests_seen_as(status, self.now)
        ]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A booking as stored; without `owner_key` its personal data are null."""

    stored: StoredBooking
    workshop: Workshop
    owner_key: bytes | None


class SeenRequest(NamedTuple):
    """A change request beside its booking."""

    seen: Seen
    request: ChangeRequest


class SeenUpload(NamedTuple):
    """An upload beside its booking."""

    seen: Seen
    upload: Upload


class SeenMessage(NamedTuple):
    """A message; `version` is that of its event, and its place in the thread."""

    version: int
    message: Message


class Requests(NamedTuple):
    """A page of a booking's requests."""

    seen: Seen
    requests: Sequence[ChangeRequest]


class Thread(NamedTuple):
    """A page of a booking's messages."""

    seen: Seen
    messages: Sequence[SeenMessage]


class Listed(NamedTuple):
    """A page of a workshop's bookings, of `total` in the whole list."""

    total: int
    bookings: Sequence[Seen]


class Occupied(NamedTuple):
    """A workshop with what is taken of its bays; the clock may have freed some."""

    workshop: StoredWorkshop
    holds: Sequence[Hold]


class Logged(NamedTuple):
    """A booking with events of its stream, oldest first."""

    seen: Seen
    entries: Sequence[LogEntry]


class Past(NamedTuple):
    """A booking with its whole stream, and its workshop's."""

    seen: Seen
    booking: Sequence[LogEntry]
    workshop: Sequence[LogEntry]


class ListKey(msgspec.Struct, frozen=True, kw_only=True):
    """The place in an owner's list after which a page begins: newest start first."""

    start: datetime
    booking_id: int


class RequestKey(msgspec.Struct, frozen=True, kw_only=True):
    """The place in a list of requests after which a page begins: oldest first."""

    requested_at: datetime
    request_id: UUID


class Reader(Protocol):
    """Reads for answers. Each shows at least what was committed before the call.

    A list with a `limit` has at most so many; ask for one more than you show to know
    whether there is a next page. What is None does not exist. All raise `Unavailable`.
    """

    async def booking(self, booking_id: int) -> Seen | None: ...

    async def bookings(
        self, owner: str, only: Only, *, after: ListKey | None, limit: int
    ) -> Sequence[Seen]:
        """Return an owner's bookings by start and id, both descending."""
        ...

    async def workshops_bookings(
        self, org_nr: int, only: Only, *, offset: int, limit: int
    ) -> Listed:
        """Return a workshop's bookings by start and id, both ascending.

        So the next car stands first for a desk that lists from today on, and the most
        urgent one where it lists what is to be confirmed.
        """
        ...

    async def group(
        self, org_nr: int, group_id: UUID, *, offset: int, limit: int
    ) -> Listed:
        """Return what was booked together at a workshop, in the order of its list."""
        ...

    async def change_request(
        self, booking_id: int, request_id: UUID
    ) -> SeenRequest | None:
        """Return a request of this very booking."""
        ...

    async def change_requests(
        self, booking_id: int, *, after: RequestKey | None, limit: int
    ) -> Requests | None:
        """Return a booking's requests, oldest first."""
        ...

    async def workshops_change_request(
        self, org_nr: int, request_id: UUID
    ) -> SeenRequest | None:
        """Return a request to this very workshop, with its booking."""
        ...

    async def workshops_change_requests(
        self, org_nr: int, only: OnlyRequests, *, after: RequestKey | None, limit: int
    ) -> Sequence[SeenRequest]:
        """Return the requests to a workshop, oldest first."""
        ...

    async def messages(
        self, booking_id: int, *, after: int, limit: int
    ) -> Thread | None:
        """Return a booking's messages after a version (0: all), oldest first."""
        ...

    async def history(
        self, booking_id: int, *, after: int, limit: int
    ) -> Logged | None:
        """Return a booking's events after a version (0: all), at most `limit`.

        Those before it that are no messages stand before them, so that they can be
        folded.
        """
        ...

    async def past(self, booking_id: int) -> Past | None:
        """Return all that a booking was made of."""
        ...

    async def holds(
        self, org_nr: int, *, since: datetime, until: datetime
    ) -> Occupied | None:
        """Return what meets [since, until), buffers counted."""
        ...

    async def upload(self, booking_id: int, upload_id: UUID) -> SeenUpload | None:
        """Return an upload of this very booking."""
        ...

    async def uploads(self, booking_id: int) -> Sequence[Upload]: ...

    async def workshop(self, org_nr: int) -> StoredWorkshop | None: ...

    def decided(
        self, org_nr: int, *, since: datetime
    ) -> AsyncIterator[Sequence[LogEntry]]:
        """Yield the stream, without messages, of each booking changed after `since`.

        A few at a time, so that neither the memory nor the others' turn suffers.
        """
        ...

    async def ping(self) -> None:
        """Raise `Unavailable` unless the store answers."""
        ...


def _bookings_seen_as(status: Status, now: datetime) -> Iterator[Span]:
    """Yield where bookings are, by start, that are `status` at `now`."""
    begun = now + _NEXT
    if status is Status.PENDING:
        yield Span(status.value, begun, LATEST)
        return
    yield Span(status.value, EARLIEST, LATEST)
    if status is Status.CANCELLED:
        yield Span(Status.PENDING.value, EARLIEST, begun)


def _requests_seen_as(status: RequestStatus, now: datetime) -> Iterator[Span]:
    """Yield where requests are, by `expires_at`, that are `status` at `now`."""
    run_out = now + _NEXT
    if status in OPEN:
        yield Span(status.value, run_out, LATEST)
        return
    yield Span(status.value, EARLIEST, LATEST)
    if status is RequestStatus.EXPIRED:
        for still in _in_order(OPEN):
            yield Span(still.value, EARLIEST, run_out)


def _in_order(statuses: Iterable[S]) -> Sequence[S]:
    return sorted(statuses, key=lambda status: str(status.value))
