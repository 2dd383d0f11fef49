"""Facts of the clock: what happens to a booking because its moment has come.

Every command and every answer takes them as happened from their moment on, whether or
not somebody has written their events yet. At one moment a request expires before its
booking is cancelled.
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from domain import events
from domain.booking import Booking, Status, evolve
from domain.changes import ChangeRequest, RequestStatus
from domain.events import BookingEvent, Origin, Recorded
from domain.identity import Actor, Role
from domain.structs import replace

CLOCK = Actor(role=Role.SYSTEM, id="clock")
Fact = tuple[datetime, BookingEvent]

_NOBODYS = UUID(int=0)


def facts(booking: Booking, now: datetime) -> tuple[Fact, ...]:
    """Return what has happened by `now` and is not in `booking`: moment and event."""
    return tuple(_facts(booking, now))


def at(booking: Booking, now: datetime) -> Booking:
    """Return `booking` as it is at `now`."""
    for moment, event in _facts(booking, now):
        origin = Origin(
            at=moment, actor=CLOCK, request_id=_NOBODYS, command_id=_NOBODYS
        )
        booking = evolve(booking, Recorded(version=0, origin=origin, event=event))
    return booking


def request_at(request: ChangeRequest, now: datetime) -> ChangeRequest:
    """Return `request` as it is at `now`."""
    if request.is_open and now >= request.expires_at:
        return replace(request, status=RequestStatus.EXPIRED)
    return request


def _facts(booking: Booking, now: datetime) -> Iterator[Fact]:
    request = booking.open_request
    if request is not None and now >= request.expires_at:
        expired = events.ChangeExpired(change_request_id=request.id)
        yield request.expires_at, expired
    if booking.status is Status.PENDING and now >= booking.slot.start:
        yield booking.slot.start, events.Cancelled()
