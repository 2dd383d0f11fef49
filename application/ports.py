"""What the use cases need of the outside, as Protocols; adapters do not inherit them.

Positions are those of the log. Inside a batch an event's position is not known yet: it
is the log's last position before the batch plus the event's `ordinal` (from 1), and the
store computes it in SQL.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from enum import Enum
from typing import Protocol
from uuid import UUID

import msgspec

from application.codec import StoredEvent
from domain.booking import Booking
from domain.changes import ChangeRequest
from domain.events import BookingEvent, Recorded, WorkshopEvent
from domain.slots import Hold
from domain.thread import Message
from domain.workshop import Workshop


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a stream: its last event's version, time and position.

    `chain` is the hash that the next event's `prev` must have (32 bytes).
    """

    version: int
    chain: bytes
    at: datetime
    position: int


class StoredBooking(msgspec.Struct, frozen=True, kw_only=True):
    head: Head
    booking: Booking


class StoredWorkshop(msgspec.Struct, frozen=True, kw_only=True):
    head: Head
    workshop: Workshop


class StoredRequest(msgspec.Struct, frozen=True, kw_only=True):
    booking_id: int
    request: ChangeRequest


class KeyId(msgspec.Struct, frozen=True, kw_only=True):
    """An `Idempotency-Key`, which belongs to its caller and to a stream (`scope`)."""

    caller: str
    scope: str
    key: str


class KeptAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The first answer under a key: `answer` is an encoded `answers.Answer`."""

    fingerprint: bytes
    answer: bytes
    position: int


class TwinId(msgspec.Struct, frozen=True, kw_only=True):
    """A message as its author named it."""

    booking_id: int
    author: str
    client_message_id: UUID


class WantedSlot(msgspec.Struct, frozen=True, kw_only=True):
    """A start that a booking (or a new one at `org_nr`) wishes for, at a time.

    The store loads every hold of the workshop that overlaps [start, start + the
    workshop's `longest_hold`), and the bookings of those that the clock has freed.
    """

    start: datetime
    at: datetime
    booking_id: int | None = None
    org_nr: int | None = None


class UploadStatus(Enum):
    """Announced, there, or to be removed with its bytes."""

    CREATED = "CREATED"
    COMPLETE = "COMPLETE"
    DOOMED = "DOOMED"


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a booking's thread; used once it has a `message_id`.

    `size` and `sha256` are what its owner announced, `content_type` and `stored_sha256`
    what the bytes were found to be; hashes are 32 bytes.
    """

    id: UUID
    booking_id: int
    owner: str
    name: str | None
    size: int
    sha256: bytes | None
    content_type: str | None
    stored_sha256: bytes | None
    status: UploadStatus
    message_id: UUID | None
    created_at: datetime


AtWorkshop = tuple[str, int]
"""An owner at a workshop."""
GroupId = tuple[str, int, UUID]
"""A group of an owner at a workshop."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a batch needs to know before it decides.

    `owners_open` asks for an owner's PENDING bookings at a workshop, `owned` for all
    bookings of an owner, as if each were wanted. An upload comes with the message that
    it belongs to.
    """

    bookings: tuple[int, ...] = ()
    workshops: tuple[int, ...] = ()
    owners: tuple[str, ...] = ()
    keys: tuple[KeyId, ...] = ()
    twins: tuple[TwinId, ...] = ()
    slots: tuple[WantedSlot, ...] = ()
    requests: tuple[UUID, ...] = ()
    uploads: tuple[UUID, ...] = ()
    owners_open: tuple[AtWorkshop, ...] = ()
    groups: tuple[GroupId, ...] = ()
    owned: tuple[str, ...] = ()


class Loaded(msgspec.Struct, kw_only=True):
    """What the store found, in one snapshot; what is missing does not exist.

    `workshops` has those of the wanted bookings too, `owner_keys` (wrapped) those of
    their owners. `faults` has what happened to bookings whose rows cannot be decoded,
    `workshop_faults` to workshops, so that only their own commands fail.
    `upload_messages` has the messages that wanted uploads belong to, each with its
    author's id; `pending` the starts of an owner's PENDING bookings at a workshop, by
    id; `groups` those of the wanted that exist. `sealed_by` says what kept answers name
    an owner's key by, for each that was wrapped anew.
    """

    bookings: dict[int, StoredBooking] = msgspec.field(default_factory=dict)
    workshops: dict[int, StoredWorkshop] = msgspec.field(default_factory=dict)
    owner_keys: dict[str, bytes] = msgspec.field(default_factory=dict)
    sealed_by: dict[bytes, bytes] = msgspec.field(default_factory=dict)
    keys: dict[KeyId, KeptAnswer] = msgspec.field(default_factory=dict)
    twins: dict[TwinId, Message] = msgspec.field(default_factory=dict)
    holds: list[Hold] = msgspec.field(default_factory=list)
    requests: dict[UUID, StoredRequest] = msgspec.field(default_factory=dict)
    uploads: dict[UUID, Upload] = msgspec.field(default_factory=dict)
    upload_messages: dict[UUID, tuple[str, Message]] = msgspec.field(
        default_factory=dict
    )
    pending: dict[AtWorkshop, dict[int, datetime]] = msgspec.field(default_factory=dict)
    groups: set[GroupId] = msgspec.field(default_factory=set)
    faults: dict[int, "Unreadable"] = msgspec.field(default_factory=dict)
    workshop_faults: dict[int, "Unreadable"] = msgspec.field(default_factory=dict)


class Tip(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a stream after a batch; its position is that of `ordinal`."""

    version: int
    chain: bytes
    at: datetime
    ordinal: int


class BookingChange(msgspec.Struct, kw_only=True):
    """One booking's part of a batch, with personal data sealed.

    `recorded` and `ordinals` go side by side.
    """

    before: Booking | None
    after: Booking
    recorded: list[Recorded[BookingEvent]]
    ordinals: list[int]
    tip: Tip


class WorkshopChange(msgspec.Struct, kw_only=True):
    after: Workshop
    recorded: list[Recorded[WorkshopEvent]]
    ordinals: list[int]
    tip: Tip


class NewAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to keep; its position is `position`, or that of `ordinal`.

    One of the two is set.
    """

    key: KeyId
    fingerprint: bytes
    answer: bytes
    at: datetime
    ordinal: int | None = None
    position: int | None = None


class Append(msgspec.Struct, kw_only=True):
    """All that one transaction writes. `stored[i]` has the ordinal `i + 1`.

    Keys of owners are (owner, wrapped key, made at). Slots follow from the changes:
    those of `before` that are not in `after` are deleted, then the new ones inserted.
    A changed upload is its whole row again. Owners are forgotten first: their key, the
    answers kept for them or about their bookings; and their uploads become DOOMED.
    """

    stored: list[StoredEvent] = msgspec.field(default_factory=list)
    bookings: dict[int, BookingChange] = msgspec.field(default_factory=dict)
    workshops: dict[int, WorkshopChange] = msgspec.field(default_factory=dict)
    owner_keys: list[tuple[str, bytes, datetime]] = msgspec.field(default_factory=list)
    answers: list[NewAnswer] = msgspec.field(default_factory=list)
    new_uploads: list[Upload] = msgspec.field(default_factory=list)
    changed_uploads: list[Upload] = msgspec.field(default_factory=list)
    forgotten_owners: list[str] = msgspec.field(default_factory=list)

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__struct_fields__)


class Conflict(Exception):
    """Somebody else wrote first: a version, a slot, a key, a message. Nothing stood."""


class Unavailable(Exception):
    """The store cannot be reached, or not now. Nothing was written."""


class OutcomeUnknown(Unavailable):
    """The connection was lost while committing: it may have been written."""


class Unreadable(Unavailable):
    """What is stored cannot be read: by another release it can, or it is damaged."""


class EpochChanged(Unavailable):
    """Another release has taken over the read models: this process must end."""


class Store(Protocol):
    """The one way in. One transaction at a time, each holding the head row."""

    async def transact(
        self, wanted: Wanted, decide: Callable[[Loaded], Append], *, locked: bool
    ) -> int:
        """Load, call `decide`, and commit what it returns, or nothing if that is empty.

        With `locked` the head row is taken before the load, so that nobody else can
        conflict; without it a store may load first (SQLite always locks). Returns the
        log's last position before the batch (0 if nothing was to be written). Raises
        `Conflict`, `Unavailable`, `OutcomeUnknown`, `EpochChanged`.
        """
        ...

    async def committed(self, append: Append) -> int | None:
        """Return the log's last position before `append`, or None if it is not there.

        To be asked after `OutcomeUnknown`, of what `decide` returned then; whoever may
        still be committing it is waited for. What is neither event nor answer is not
        looked for: to write it twice is to write it once. Raises `Unavailable`.
        """
        ...

    async def draw_ids(self, org_nr: int, count: int) -> Sequence[int]:
        """Return `count` new booking ids of the workshop's slice, never given before.

        Slice 0 begins with 1024; ids are `n * 1024 + slice`.
        """
        ...


class Sweeps(Protocol):
    """What is swept up behind the commands, and what belongs to an owner.

    Whatever writes takes the head row first, changes `limit` rows at most, and returns
    how many those were. Raises `Unavailable`, and `EpochChanged` where it writes.
    """

    async def due(
        self, now: datetime, limit: int, without: Collection[int] = ()
    ) -> Sequence[int]:
        """Return bookings that the clock has changed without an event, oldest first.

        Those of `without` are passed over.
        """
        ...

    async def doomed(self, limit: int) -> Sequence[Upload]:
        """Return uploads whose bytes must go, and then they."""
        ...

    async def bookings_of(self, owner: str) -> Sequence[int]: ...

    async def doom_unused(self, before: datetime, limit: int) -> int:
        """Doom uploads made `before` that no message uses."""
        ...

    async def remove(self, uploads: Sequence[UUID]) -> int:
        """Remove those of `uploads` that are doomed."""
        ...

    async def forget_keys(self, before: datetime, limit: int) -> int:
        """Remove idempotency keys that were used `before`, with their answers."""
        ...


class Clock(Protocol):
    def __call__(self) -> datetime:
        """Return now, aware and in UTC."""
        ...


class Ids(Protocol):
    def __call__(self) -> UUID:
        """Return a new UUIDv7."""
        ...
