"""The life of a booking's change requests, folded from its events.

At most one is open at a time, so the fold carries the latest; each event of a request
changes the request that is open.
"""

from domain import errors, events
from domain.changes import ChangeRequest, Counter, RequestAnswer, RequestStatus
from domain.events import BookingEvent, Origin, Recorded
from domain.structs import replace

RequestEvent = (
    events.ChangeRequested
    | events.ChangeSuperseded
    | events.ChangeCountered
    | events.ChangeApproved
    | events.ChangeRejected
    | events.ChangeWithdrawn
    | events.ChangeExpired
)

_ENDS: dict[type[events.Event], RequestStatus] = {
    events.ChangeSuperseded: RequestStatus.SUPERSEDED,
    events.ChangeApproved: RequestStatus.APPROVED,
    events.ChangeRejected: RequestStatus.REJECTED,
    events.ChangeWithdrawn: RequestStatus.WITHDRAWN,
    events.ChangeExpired: RequestStatus.EXPIRED,
}


def evolve(
    latest: ChangeRequest | None, recorded: Recorded[BookingEvent]
) -> ChangeRequest | None:
    """Return the latest request after `recorded`; most events leave it as it is."""
    event = recorded.event
    if isinstance(event, events.ChangeRequested):
        return asked(event, recorded.origin)
    if isinstance(event, RequestEvent):
        return after(latest, event, recorded.origin)
    return latest


def asked(event: events.ChangeRequested, origin: Origin) -> ChangeRequest:
    """Return the request that `event` opens."""
    return ChangeRequest(
        id=event.change_request_id,
        kind=event.kind,
        status=RequestStatus.PENDING,
        from_start=event.from_start,
        service=event.service,
        asked=event.target,
        personal=event.personal,
        requested_by=origin.actor,
        requested_at=origin.at,
        expires_at=event.expires_at,
        decision=event.decision,
    )


def after(
    request: ChangeRequest | None, event: RequestEvent, origin: Origin
) -> ChangeRequest:
    """Return the open `request` after one of its own events."""
    if request is None:
        raise errors.Missing
    if isinstance(event, events.ChangeCountered):
        return replace(
            request,
            status=RequestStatus.COUNTERED,
            expires_at=event.expires_at,
            counter=Counter(
                service=event.service,
                slot=event.target,
                at=origin.at,
                personal=event.personal,
            ),
        )
    ended = replace(request, status=_ENDS[type(event)])
    if isinstance(event, events.ChangeApproved | events.ChangeRejected):
        answer = RequestAnswer(by=origin.actor, at=origin.at, personal=event.personal)
        return replace(ended, answer=answer)
    return ended
