"""What a batch asks of the store, what it is given, and what it writes: data alone.

Positions are those of the log. Inside a batch an event's position is not known yet: it
is the log's last position before the batch plus the event's `ordinal` (from 1), and the
store computes it in SQL.
"""

from datetime import datetime
from enum import Enum
from uuid import UUID

import msgspec

from application.codec import StoredEvent
from application.failures import Unreadable
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
    faults: dict[int, Unreadable] = msgspec.field(default_factory=dict)
    workshop_faults: dict[int, Unreadable] = msgspec.field(default_factory=dict)


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
