"""What can be asked of the read models and of the log, and what is found.

What is found is as stored: whoever shows it applies the clock.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

import msgspec

from application.listing import ListKey, Only, OnlyRequests, RequestKey
from application.stored import StoredBooking, StoredWorkshop, Upload
from application.streams import LogEntry
from domain.changes import ChangeRequest
from domain.slots import Hold
from domain.thread import Message
from domain.workshop import Workshop


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
