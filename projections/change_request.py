"""Change requests: a row each, and at most one of a booking's is open.

The fold carries the booking's latest request; each event that touches it writes its
row anew.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, get_args
from uuid import UUID

import msgspec

from domain import events, requests
from domain.booking import Booking
from domain.changes import ChangeRequest
from domain.events import BookingEvent, Recorded
from projections.projection import Projection

_encode = msgspec.json.Encoder().encode
change_request = Projection[ChangeRequest](
    "change_request",
    ignores=(
        events.Placed,
        events.Confirmed,
        events.Rescheduled,
        events.Cancelled,
        events.Started,
        events.Completed,
        events.NoShowRecorded,
        events.Marked,
        events.MessageAppended,
        events.Erased,
    ),
)
for event_type in get_args(requests.RequestEvent):
    change_request.on(event_type)(requests.evolve)


class ChangeRequestRow(NamedTuple):
    """`version` and `ordinal` are those of the request's last event."""

    id: UUID
    booking_id: int
    owner: str
    org_nr: int
    status: str
    requested_at: datetime
    expires_at: datetime
    version: int
    state: bytes
    ordinal: int


def rows(
    before: Booking | None,
    after: Booking,
    happened: Iterable[tuple[Recorded[BookingEvent], int]],
) -> Iterable[ChangeRequestRow]:
    """Return a row for each request that was touched, as it is afterwards.

    `happened` are the events between `before` and `after`, with their ordinals.
    """
    request = before.open_request if before is not None else None
    touched: dict[UUID, ChangeRequestRow] = {}
    for recorded, ordinal in happened:
        request = change_request.apply(request, recorded)
        if request is not None and change_request.touches(recorded.event):
            touched[request.id] = _row(request, after, recorded.version, ordinal)
    return touched.values()


def _row(
    request: ChangeRequest, of: Booking, version: int, ordinal: int
) -> ChangeRequestRow:
    return ChangeRequestRow(
        id=request.id,
        booking_id=of.id,
        owner=of.owner,
        org_nr=of.org_nr,
        status=request.status.value,
        requested_at=request.requested_at,
        expires_at=request.expires_at,
        version=version,
        state=_encode(request),
        ordinal=ordinal,
    )
