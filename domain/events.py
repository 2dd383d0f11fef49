"""Facts about a booking or a workshop, in the past tense.

Tags are the names in the store. A tag never changes its meaning: a new shape gets a
new tag, and `upcasters` turns the old one into it. Who, when and why stand beside the
event, in `Recorded`.
"""

from datetime import datetime
from enum import Enum
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

from domain.changes import Kind
from domain.identity import Actor
from domain.personal import Note, Plate, Reason, Sealed, Words
from domain.policy import Policy, Service
from domain.rules import PolicyDecision
from domain.slots import Slot


class Vehicle(msgspec.Struct, frozen=True, kw_only=True):
    make: str | None = None
    model: str | None = None
    year: int | None = None


class Mark(Enum):
    """What a workshop notes on a booking: work for it has begun."""

    PARTS_ORDERED = "PARTS_ORDERED"
    VEHICLE_RECEIVED = "VEHICLE_RECEIVED"


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """An upload that a message uses; its caption is personal and in `Words`."""

    upload_id: UUID
    content_type: str
    size: int


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A fact. Only events with personal data have a member `personal`."""


class Placed(Event, frozen=True, kw_only=True, tag="booking.placed"):
    booking_id: int
    owner: str
    org_nr: int
    group_id: UUID
    service: Service
    slot: Slot
    vehicle: Vehicle
    personal: Plate | Sealed | None = None


class Confirmed(Event, frozen=True, kw_only=True, tag="booking.confirmed"):
    pass


class Rescheduled(Event, frozen=True, kw_only=True, tag="booking.rescheduled"):
    """Moved outright: by its owner, whom `decision` let, or by the workshop.

    An `override` has its reason, and the decision that it did not heed.
    """

    service: Service
    slot: Slot
    decision: PolicyDecision | None = None
    override: bool = False
    personal: Reason | Sealed | None = None


class Cancelled(Event, frozen=True, kw_only=True, tag="booking.cancelled"):
    """Cancelled outright: only an owner's has a decision."""

    decision: PolicyDecision | None = None
    personal: Reason | Sealed | None = None


class Started(Event, frozen=True, kw_only=True, tag="booking.started"):
    pass


class Completed(Event, frozen=True, kw_only=True, tag="booking.completed"):
    pass


class NoShowRecorded(Event, frozen=True, kw_only=True, tag="booking.no_show_recorded"):
    """The owner did not come."""


class Marked(Event, frozen=True, kw_only=True, tag="booking.marked"):
    mark: Mark


class MessageAppended(Event, frozen=True, kw_only=True, tag="booking.message_appended"):
    message_id: UUID
    client_message_id: UUID | None = None
    attachments: tuple[Attachment, ...] = ()
    change_request_id: UUID | None = None
    personal: Words | Sealed | None = None


class ChangeRequested(Event, frozen=True, kw_only=True, tag="booking.change_requested"):
    change_request_id: UUID
    kind: Kind
    from_start: datetime
    target: Slot | None = None
    expires_at: datetime
    decision: PolicyDecision
    personal: Reason | Sealed | None = None
    service: Service | None = None


class ChangeSuperseded(
    Event, frozen=True, kw_only=True, tag="booking.change_superseded"
):
    change_request_id: UUID


class ChangeCountered(Event, frozen=True, kw_only=True, tag="booking.change_countered"):
    """The workshop proposes `target` instead, which is held from now on."""

    change_request_id: UUID
    service: Service
    target: Slot
    expires_at: datetime
    personal: Note | Sealed | None = None


class ChangeApproved(Event, frozen=True, kw_only=True, tag="booking.change_approved"):
    """It happens: the booking has `slot`, or is cancelled.

    By the workshop, or by the owner who accepts what the workshop proposed.
    """

    change_request_id: UUID
    kind: Kind
    service: Service | None = None
    slot: Slot | None = None
    personal: Note | Sealed | None = None


class ChangeRejected(Event, frozen=True, kw_only=True, tag="booking.change_rejected"):
    """By the workshop, or by the owner who declines what the workshop proposed."""

    change_request_id: UUID
    personal: Note | Sealed | None = None


class ChangeWithdrawn(Event, frozen=True, kw_only=True, tag="booking.change_withdrawn"):
    change_request_id: UUID


class ChangeExpired(Event, frozen=True, kw_only=True, tag="booking.change_expired"):
    """Its time ran out before anybody decided."""

    change_request_id: UUID


class Erased(Event, frozen=True, kw_only=True, tag="booking.erased"):
    """What was personal in all before this is gone for good, as its owner wished."""


class WorkshopAdded(Event, frozen=True, kw_only=True, tag="workshop.added"):
    org_nr: int
    name: str
    policy: Policy


class PolicyChanged(Event, frozen=True, kw_only=True, tag="workshop.policy_changed"):
    policy: Policy


Step = Confirmed | Started | Completed | NoShowRecorded
BookingEvent = (
    Placed
    | Step
    | Rescheduled
    | Cancelled
    | Marked
    | MessageAppended
    | ChangeRequested
    | ChangeSuperseded
    | ChangeCountered
    | ChangeApproved
    | ChangeRejected
    | ChangeWithdrawn
    | ChangeExpired
    | Erased
)
WorkshopEvent = WorkshopAdded | PolicyChanged
AnyEvent = BookingEvent | WorkshopEvent

E = TypeVar("E", bound=AnyEvent)


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Who acted, when, and by which call.

    `command_id` is drawn once for each command and kept through its re-runs, so that
    its events can be found again after a commit of unknown outcome.
    """

    at: datetime
    actor: Actor
    request_id: UUID
    command_id: UUID


class Recorded(msgspec.Struct, Generic[E], frozen=True, kw_only=True):
    """An event at its place (`version`, from 1) in its stream."""

    version: int
    origin: Origin
    event: E
