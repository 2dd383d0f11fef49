"""The booking read model: the booking itself, as far as its stream goes.

It is at once the snapshot that the next decision loads and what GET is answered from,
so the fold is the domain's own.
"""

from typing import get_args

from domain import booking as bookings
from domain.booking import Booking
from domain.events import BookingEvent, Recorded
from projections.projection import Projection

booking = Projection[Booking]("booking")


def _fold(row: Booking | None, recorded: Recorded[BookingEvent]) -> Booking:
    return bookings.evolve(row, recorded)


for _event_type in get_args(BookingEvent):
    booking.on(_event_type)(_fold)
