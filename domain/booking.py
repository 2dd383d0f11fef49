"""The state of a booking, folded from its events: all that a decision or a GET needs.

Messages are not in it: they are rows of their own, and no decision reads them.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum
from functools import reduce
from typing import assert_never
from uuid import UUID

import msgspec

from domain import errors, events, requests
from domain.changes import ChangeRequest
from domain.events import BookingEvent, Mark, Origin, Recorded, Vehicle
from domain.identity import Actor, Role
from domain.personal import Plate, Reason, Sealed
from domain.policy import Service
from domain.slots import Hold, HoldKind, Slot
from domain.structs import replace

THREAD_STAYS_OPEN = timedelta(days=30)


class Status(Enum):
    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    NO_SHOW = "NO_SHOW"
    CANCELLED = "CANCELLED"


CLOSED = frozenset({Status.COMPLETED, Status.NO_SHOW, Status.CANCELLED})


class Cancellation(msgspec.Struct, frozen=True, kw_only=True):
    by: Actor
    at: datetime
    personal: Reason | Sealed | None


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """`revision` counts its events but for messages; see `Slot` for times.

    `reschedule_count` counts the owner's moves. What is sealed in the events up to the
    version `erased` cannot be opened any more.
    """

    id: int
    owner: str
    org_nr: int
    group_id: UUID
    status: Status
    service: Service
    slot: Slot
    vehicle: Vehicle
    personal: Plate | Sealed | None
    revision: int = 1
    reschedule_count: int = 0
    cancellation: Cancellation | None = None
    open_request: ChangeRequest | None = None
    marks: tuple[Mark, ...] = ()
    erased: int = 0

    @property
    def is_closed(self) -> bool:
        return self.status in CLOSED

    @property
    def marked(self) -> tuple[str, ...]:
        """The names of its marks, as rules take them."""
        return tuple(mark.value for mark in self.marks)

    @property
    def thread_closes_at(self) -> datetime:
        return self.slot.end + THREAD_STAYS_OPEN

    @property
    def due_at(self) -> datetime | None:
        """When the clock changes it next, if nothing happens before."""
        moments = list[datetime]()
        if self.open_request is not None:
            moments.append(self.open_request.expires_at)
        if self.status is Status.PENDING:
            moments.append(self.slot.start)
        return min(moments, default=None)

    def holds(self) -> tuple[Hold, ...]:
        """Return what this occupies: its slot, and its open request's target."""
        if self.is_closed:
            return ()
        starts = self.slot.start if self.status is Status.PENDING else None
        held = (self._hold(HoldKind.SLOT, self.slot, starts),)
        request = self.open_request
        if request is None or request.target is None:
            return held
        return (*held, self._hold(HoldKind.HOLD, request.target, request.expires_at))

    def _hold(self, kind: HoldKind, slot: Slot, expires_at: datetime | None) -> Hold:
        return Hold(
            org_nr=self.org_nr,
            booking_id=self.id,
            kind=kind,
            bay=slot.bay,
            start=slot.start,
            free_at=slot.free_at,
            expires_at=expires_at,
        )


def evolve(booking: Booking | None, recorded: Recorded[BookingEvent]) -> Booking:
    """Return the booking after `recorded`, which is the next event of its stream."""
    event = recorded.event
    if isinstance(event, events.Placed):
        return _placed(event)
    if booking is None:
        raise errors.Missing
    if isinstance(event, events.MessageAppended):
        return booking
    if isinstance(event, events.Erased):
        changed = replace(booking, erased=recorded.version)
    elif isinstance(event, requests.RequestEvent):
        changed = _answered(booking, event, recorded.origin)
    else:
        changed = _changed(booking, event, recorded.origin)
    return replace(changed, revision=booking.revision + 1)


def fold(
    history: Iterable[Recorded[BookingEvent]], booking: Booking | None = None
) -> Booking | None:
    return reduce(evolve, history, booking)


def _placed(event: events.Placed) -> Booking:
    return Booking(
        id=event.booking_id,
        owner=event.owner,
        org_nr=event.org_nr,
        group_id=event.group_id,
        status=Status.PENDING,
        service=event.service,
        slot=event.slot,
        vehicle=event.vehicle,
        personal=event.personal,
    )


_LEADS_TO: dict[type[events.Event], Status] = {
    events.Confirmed: Status.CONFIRMED,
    events.Started: Status.IN_PROGRESS,
    events.Completed: Status.COMPLETED,
    events.NoShowRecorded: Status.NO_SHOW,
}


def _changed(
    booking: Booking,
    event: events.Step | events.Rescheduled | events.Cancelled | events.Marked,
    origin: Origin,
) -> Booking:
    match event:
        case events.Rescheduled():
            by_owner = origin.actor.role is Role.OWNER
            return _moved(booking, event.service, event.slot, counts=by_owner)
        case events.Cancelled():
            return _cancelled(booking, origin.actor, origin.at, event.personal)
        case events.Marked():
            return replace(booking, marks=(*booking.marks, event.mark))
        case (
            events.Confirmed()
            | events.Started()
            | events.Completed()
            | events.NoShowRecorded()
        ):
            return replace(booking, status=_LEADS_TO[type(event)])
        case _:
            assert_never(event)


def _answered(
    booking: Booking, event: requests.RequestEvent, origin: Origin
) -> Booking:
    """Return the booking after an event of its request."""
    if isinstance(event, events.ChangeRequested):
        return replace(booking, open_request=requests.asked(event, origin))
    request = requests.after(booking.open_request, event, origin)
    if isinstance(event, events.ChangeApproved):
        booking = _approved(booking, event, request, origin)
    return replace(booking, open_request=request if request.is_open else None)


def _approved(
    booking: Booking,
    event: events.ChangeApproved,
    request: ChangeRequest,
    origin: Origin,
) -> Booking:
    """Let the owner's wish happen: it is theirs, whoever approved it."""
    if event.slot is None:
        return _cancelled(booking, request.requested_by, origin.at, request.personal)
    service = event.service or booking.service
    return _moved(booking, service, event.slot, counts=True)


def _moved(booking: Booking, service: Service, slot: Slot, *, counts: bool) -> Booking:
    return replace(
        booking,
        service=service,
        slot=slot,
        reschedule_count=booking.reschedule_count + counts,
    )


def _cancelled(
    booking: Booking, by: Actor, at: datetime, personal: Reason | Sealed | None
) -> Booking:
    cancellation = Cancellation(by=by, at=at, personal=personal)
    return replace(booking, status=Status.CANCELLED, cancellation=cancellation)
