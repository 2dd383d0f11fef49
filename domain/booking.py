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

from domain import errors, events
from domain.changes import ChangeRequest, RequestStatus
from domain.events import BookingEvent, Origin, Recorded, Vehicle
from domain.identity import Actor, Role
from domain.personal import Plate, Reason, Sealed
from domain.policy import Service
from domain.slots import Hold, HoldKind, Slot
from domain.structs import replace

THREAD_STAYS_OPEN = timedelta(days=30)


class Status(Enum):
    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


class Cancellation(msgspec.Struct, frozen=True, kw_only=True):
    by: Actor
    at: datetime
    personal: Reason | Sealed | None


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """`revision` counts its events but for messages; see `Slot` for times.

    `reschedule_count` counts the owner's moves.
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

    @property
    def is_open(self) -> bool:
        return self.status is not Status.CANCELLED

    @property
    def thread_closes_at(self) -> datetime:
        return self.slot.end + THREAD_STAYS_OPEN

    def holds(self) -> tuple[Hold, ...]:
        """Return what this occupies: its slot, and its open request's target."""
        if not self.is_open:
            return ()
        held = (self._hold(HoldKind.SLOT, self.slot),)
        if self.open_request is None or self.open_request.target is None:
            return held
        return (*held, self._hold(HoldKind.HOLD, self.open_request.target))

    def _hold(self, kind: HoldKind, slot: Slot) -> Hold:
        return Hold(
            org_nr=self.org_nr,
            booking_id=self.id,
            kind=kind,
            bay=slot.bay,
            start=slot.start,
            free_at=slot.free_at,
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


def _changed(
    booking: Booking,
    event: events.Confirmed
    | events.Rescheduled
    | events.Cancelled
    | events.ChangeRequested
    | events.ChangeSuperseded,
    origin: Origin,
) -> Booking:
    match event:
        case events.Confirmed():
            return replace(booking, status=Status.CONFIRMED)
        case events.Rescheduled():
            return _moved(booking, event, origin.actor)
        case events.Cancelled():
            return replace(
                booking,
                status=Status.CANCELLED,
                cancellation=Cancellation(
                    by=origin.actor, at=origin.at, personal=event.personal
                ),
            )
        case events.ChangeRequested():
            return replace(booking, open_request=requested(event, origin))
        case events.ChangeSuperseded():
            return replace(booking, open_request=None)
        case _:
            assert_never(event)


def _moved(booking: Booking, event: events.Rescheduled, by: Actor) -> Booking:
    return replace(
        booking,
        service=event.service,
        slot=event.slot,
        reschedule_count=booking.reschedule_count + (by.role is Role.OWNER),
    )


def requested(event: events.ChangeRequested, origin: Origin) -> ChangeRequest:
    """Return the request that `event` opens."""
    return ChangeRequest(
        id=event.change_request_id,
        kind=event.kind,
        status=RequestStatus.PENDING,
        from_start=event.from_start,
        target=event.target,
        personal=event.personal,
        requested_by=origin.actor,
        requested_at=origin.at,
        expires_at=event.expires_at,
        decision=event.decision,
    )
