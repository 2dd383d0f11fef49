"""Change requests: a row each, and at most one of a booking's is open.

The fold carries the booking's latest request; each event that touches it writes its
row anew.
"""

from domain import booking, events
from domain.changes import ChangeRequest, RequestStatus
from domain.errors import Missing
from domain.events import Recorded
from domain.structs import replace
from projections.projection import Projection

change_request = Projection[ChangeRequest](
    "change_request",
    ignores=(
        events.Placed,
        events.Confirmed,
        events.Rescheduled,
        events.Cancelled,
        events.MessageAppended,
    ),
)


@change_request.on(events.ChangeRequested)
def _(
    _latest: ChangeRequest | None, recorded: Recorded[events.ChangeRequested]
) -> ChangeRequest:
    return booking.requested(recorded.event, recorded.origin)


@change_request.on(events.ChangeSuperseded)
def _(
    latest: ChangeRequest | None, _recorded: Recorded[events.ChangeSuperseded]
) -> ChangeRequest:
    if latest is None:
        raise Missing
    return replace(latest, status=RequestStatus.SUPERSEDED)
