"""What happened to one booking, event by event: who did it, and what it changed.

It is told out of the log alone, in the words of the booking's body: a change is a field
before and after. What was erased since is null in all of it.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from application import bodies, codec, streams, trees
from application.opening import Opener
from application.queries import Logged
from application.shapes import (
    CancellationBody,
    ChangeRequestBody,
    ServiceBody,
    VehicleBody,
    WorkshopBody,
)
from domain import booking as bookings
from domain import events, requests, thread
from domain.booking import Booking
from domain.changes import ChangeRequest
from domain.events import BookingEvent, Mark, Recorded
from domain.identity import Role
from domain.rules import PolicyDecision

# Owners see the roles of a workshop's people, never their ids; an auditor is to know
# who of the workshop did what, and nothing personal of its customers.
TO_OWNERS: AbstractSet[Role] = frozenset()
TO_WORKSHOPS: AbstractSet[Role] = frozenset(Role)
TO_AUDITORS: AbstractSet[Role] = frozenset(Role) - {Role.OWNER}


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the booking's body, as a path with dots, before and after."""

    field: str
    from_: Any = msgspec.field(name="from")
    to: Any


class ActorBody(msgspec.Struct, frozen=True, kw_only=True):
    """Who acted; `id` is null for those who see roles only."""

    role: Role
    id: str | None


class OverrideBody(msgspec.Struct, frozen=True, kw_only=True):
    """Why a manager went past the policy."""

    reason: str | None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One event; `type` is its tag, `override` is there when the policy was passed by.

    A request names it in `change_request_id`, and so does what was said with it.
    """

    version: int
    position: str
    at: datetime
    actor: ActorBody
    request_id: UUID
    type: str
    changes: tuple[Change, ...]
    policy_decision: PolicyDecision | None
    override: OverrideBody | None
    change_request_id: UUID | None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What events alone say of a booking: neither the clock's nor its policy's part.

    Named as in the booking's body, but for `marks`, which that has not.
    """

    id: int
    group_id: UUID
    status: str
    service_start_time: datetime
    service_end_time: datetime
    workshop: WorkshopBody
    vehicle: VehicleBody
    service: ServiceBody
    reschedule_count: int
    cancellation: CancellationBody | None
    pending_change_request: ChangeRequestBody | None
    marks: tuple[Mark, ...] | None


def entries(
    logged: Logged, opens: Opener, *, after: int, named: AbstractSet[Role]
) -> Sequence[Entry]:
    """Return the entries after a version; `opens` is made of the booking as it is now.

    Of those whose role is `named` the ids are told.
    """
    name = logged.seen.workshop.name
    told: list[Entry] = []
    before: Booking | None = None
    for entry in logged.entries:
        recorded, _prev = streams.readable(entry)
        booking = bookings.evolve(before, recorded)
        if entry.version > after:
            changed = changes(before, recorded, booking, name=name, opens=opens)
            told.append(
                _entry(
                    recorded,
                    bodies.position(entry.position),
                    tuple(changed),
                    opens,
                    named=named,
                )
            )
        before = booking
    return told


def changes(
    before: Booking | None,
    recorded: Recorded[BookingEvent],
    after: Booking,
    *,
    name: str,
    opens: Opener,
) -> Iterator[Change]:
    """Yield what `recorded` changed at the workshop `name`, between two states.

    A request is told of as the event leaves it, though a closed one is no longer the
    booking's.
    """
    if isinstance(recorded.event, events.MessageAppended):
        # Nothing else of the booking is changed by it.
        message = thread.appended(recorded.event, recorded.origin)
        body = bodies.message_body(message, opens)
        yield Change(field="message", from_=None, to=msgspec.to_builtins(body))
        return
    old: dict[str, Any] = {}
    request = after.open_request
    if before is not None:
        old = _shown(before, before.open_request, name, opens)
        if isinstance(recorded.event, requests.RequestEvent):
            request = requests.evolve(before.open_request, recorded)
    new = _shown(after, request, name, opens)
    for field, was, is_now in trees.differing(old, new):
        yield Change(field=field, from_=was, to=is_now)


def _entry(
    recorded: Recorded[BookingEvent],
    position: str,
    changed: tuple[Change, ...],
    opens: Opener,
    *,
    named: AbstractSet[Role],
) -> Entry:
    origin, event = recorded.origin, recorded.event
    return Entry(
        version=recorded.version,
        position=position,
        at=origin.at,
        actor=ActorBody(
            role=origin.actor.role,
            id=origin.actor.id if origin.actor.role in named else None,
        ),
        request_id=origin.request_id,
        type=codec.tag_of(event),
        changes=changed,
        policy_decision=getattr(event, "decision", None),
        override=_override(event, opens),
        change_request_id=getattr(event, "change_request_id", None),
    )


def _override(event: BookingEvent, opens: Opener) -> OverrideBody | None:
    if not isinstance(event, events.Rescheduled) or not event.override:
        return None
    return OverrideBody(reason=opens.reason(event.personal))


def _shown(
    booking: Booking, request: ChangeRequest | None, name: str, opens: Opener
) -> dict[str, Any]:
    facts = Facts(
        id=booking.id,
        group_id=booking.group_id,
        status=booking.status.value,
        service_start_time=booking.slot.start,
        service_end_time=booking.slot.end,
        workshop=WorkshopBody(org_nr=booking.org_nr, name=name),
        vehicle=bodies.vehicle(booking, opens),
        service=bodies.service(booking.service),
        reschedule_count=booking.reschedule_count,
        cancellation=bodies.cancellation(booking.cancellation, opens),
        pending_change_request=(
            None
            if request is None
            else bodies.change_request(request, booking.id, opens)
        ),
        marks=booking.marks or None,
    )
    shown: dict[str, Any] = msgspec.to_builtins(facts)
    return shown
