"""What a decision meets, and what it says; and what all deciders have in common."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

import msgspec

from domain import calendar, errors, events
from domain.booking import Booking, Status
from domain.changes import ChangeRequest
from domain.events import Attachment, BookingEvent
from domain.policy import Service
from domain.rules import PolicyDecision
from domain.slots import Occupancy, Slot
from domain.workshop import Workshop


class Outcome(Enum):
    PLACED = "placed"
    CONFIRMED = "confirmed"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    MARKED = "marked"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"
    CHANGE_REQUESTED = "change_requested"
    MESSAGE_APPENDED = "message_appended"
    APPROVED = "approved"
    REJECTED = "rejected"
    COUNTERED = "countered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    UNCHANGED = "unchanged"


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision meets beside the booking itself, which is as the clock has it.

    `uploads` are those that the caller may use here; `twin` is the stored message that
    this call's message repeats; `request` the change request that a command names, a
    closed one too; `pending_elsewhere` counts the owner's other bookings that wait for
    this workshop; a group is known when the owner has bookings of it here.
    """

    workshop: Workshop
    occupancy: Occupancy
    uploads: Mapping[UUID, Attachment] = msgspec.field(
        default_factory=dict[UUID, Attachment]
    )
    twin: UUID | None = None
    request: ChangeRequest | None = None
    pending_elsewhere: int = 0
    group_is_known: bool = False


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What follows: the events, and what the caller is told of them.

    `change_request_id` is the request's that the answer speaks of, `message_id` is set
    when a message was stored or found again, `decision` when a policy was asked.
    """

    events: tuple[BookingEvent, ...] = ()
    outcome: Outcome = Outcome.UNCHANGED
    change_request_id: UUID | None = None
    message_id: UUID | None = None
    decision: PolicyDecision | None = None


NOTHING = Decided()


def must_be_changeable(booking: Booking) -> None:
    """Refuse unless `booking` is neither closed nor in work."""
    if booking.is_closed:
        raise errors.BookingClosed
    if booking.status is Status.IN_PROGRESS:
        raise errors.BookingInProgress


def superseding(booking: Booking) -> tuple[BookingEvent, ...]:
    """Return what comes before an event that leaves no sense to the open request."""
    if booking.open_request is None:
        return ()
    return (events.ChangeSuperseded(change_request_id=booking.open_request.id),)


def free_slot(
    start: datetime,
    service: Service,
    booking_id: int,
    situation: Situation,
    now: datetime,
    *,
    override: bool = False,
) -> Slot:
    """Return the slot at `start` in the lowest free bay, or refuse.

    An `override` heeds neither opening hours nor window, but the past and the bays.
    """
    policy = situation.workshop.policy
    end, free_at = calendar.ends(start, service)
    if override:
        closed = "It is in the past." if start < now else None
    else:
        closed = calendar.why_unbookable(start, end, policy, now)
    if closed is not None:
        raise errors.SlotUnbookable(closed)
    bay = situation.occupancy.free_bay(
        org_nr=situation.workshop.org_nr,
        booking_id=booking_id,
        bays=policy.bays,
        start=start,
        until=free_at,
        now=now,
    )
    if bay is None:
        raise errors.SlotTaken
    return Slot(start=start, end=end, free_at=free_at, bay=bay)


def service_of(booking: Booking, workshop: Workshop) -> Service:
    """Return what a move of `booking` takes: the service as it is offered today."""
    return workshop.policy.service(booking.service.id) or booking.service


def expiry(
    asked: datetime, workshop: Workshop, old_start: datetime, target: Slot | None
) -> datetime:
    """Return when a request or a counter of `asked` expires."""
    ttl_hours = workshop.policy.rules.change_request.ttl_hours
    moments = [asked + timedelta(hours=ttl_hours)]
    if target is not None:
        moments.append(target.start)
    if old_start > asked:
        moments.append(old_start)
    return min(moments)
