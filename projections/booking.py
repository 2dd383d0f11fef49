"""The booking read model: a row with the whole state, and what is searched by.

It is at once the snapshot that the next decision loads and what GET is answered from.
So its fold is the domain's own, and here it only becomes a row.
"""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from domain.booking import Booking
from projections.place import Place

_encode = msgspec.json.Encoder().encode


class BookingRow(NamedTuple):
    id: int
    org_nr: int
    owner: str
    group_id: UUID
    status: str
    starts_at: datetime
    due_at: datetime | None
    version: int
    revision: int
    chain: bytes
    at: datetime
    state: bytes
    ordinal: int


def row(booking: Booking, place: Place) -> BookingRow:
    return BookingRow(
        id=booking.id,
        org_nr=booking.org_nr,
        owner=booking.owner,
        group_id=booking.group_id,
        status=booking.status.value,
        starts_at=booking.slot.start,
        due_at=booking.due_at,
        version=place.version,
        revision=booking.revision,
        chain=place.chain,
        at=place.at,
        state=_encode(booking),
        ordinal=place.ordinal,
    )
