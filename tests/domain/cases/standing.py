"""The cases of `decisions` brought about: how a booking stands, and what is decided.

The booking is Thursday's. Its owner asked for a day six weeks on, or to cancel.
"""

from collections.abc import Iterator
from typing import NamedTuple

from domain import clock, commands, events
from domain.booking import Booking, fold
from domain.changes import ChangeRequest, Kind
from domain.commands import BookingCommand
from domain.decide import Decided, Situation, decide_all
from domain.errors import Refusal
from domain.events import BookingEvent, Mark, Recorded
from domain.identity import Actor, Role
from domain.personal import Note, Reason
from domain.policy import Policy
from domain.requests import evolve as evolve_request
from domain.slots import Occupancy
from domain.structs import replace
from tests.domain.cases import scenes
from tests.domain.cases.scenes import ANOTHER, ASKED, FREE, TAKEN
from tests.examples import (
    CONFIRMED,
    HOUR,
    MINUTE,
    MONDAY,
    OTHER_BOOKING_ID,
    OWNER,
    PLACED,
    REQUEST,
    SERVICE,
    STAFF,
    THURSDAY,
    WORKSHOP,
    hold,
    origin,
    slot,
)

MANAGER = Actor(role=Role.MANAGER, id="manager-1")
NOTE = Note(note="So be it.")
REASON = Reason(reason="Sold the car.")
LATER = FREE + 3 * HOUR
# How long after a booking's start steps are taken that wait for it.
WAITING = {"no_show": 0 * MINUTE, "no_show_early": -MINUTE}


class Seen(NamedTuple):
    """How a booking stands: its history, and the request that is asked about."""

    history: tuple[Recorded[BookingEvent], ...]
    booking: Booking
    request: ChangeRequest | None


def past(state: str, request: str) -> Iterator[tuple[BookingEvent, Actor]]:
    """Yield what happened, and who did it."""
    yield PLACED, OWNER
    if state != "PENDING":
        yield CONFIRMED, STAFF
    yield from asking(request)
    for event in scenes.REST.get(state, ()):
        if state != "CANCELLED" or request != "cancel_approved":
            yield event, STAFF


def asking(request: str) -> Iterator[tuple[BookingEvent, Actor]]:
    if request == "none":
        return
    cancels = request in {"cancel", "cancel_approved"}
    expires_at = MONDAY if "lapsed" in request else THURSDAY
    target = None if cancels else slot(FREE)
    yield (
        events.ChangeRequested(
            change_request_id=REQUEST,
            kind=Kind.CANCEL if cancels else Kind.RESCHEDULE,
            from_start=THURSDAY,
            service=None if cancels else SERVICE,
            target=target,
            expires_at=expires_at,
            decision=ASKED,
            personal=REASON if cancels else None,
        ),
        OWNER,
    )
    if request in {"countered", "counter_lapsed", "accepted", "declined"}:
        target = slot(ANOTHER)
        countered = events.ChangeCountered(
            change_request_id=REQUEST,
            service=SERVICE,
            target=target,
            expires_at=expires_at,
        )
        yield countered, STAFF
    approved = events.ChangeApproved(
        change_request_id=REQUEST,
        kind=Kind.CANCEL if cancels else Kind.RESCHEDULE,
        service=None if cancels else SERVICE,
        slot=target,
    )
    rejected = events.ChangeRejected(change_request_id=REQUEST, personal=NOTE)
    ends: dict[str, tuple[BookingEvent, Actor]] = {
        "approved": (approved, STAFF),
        "cancel_approved": (approved, STAFF),
        "accepted": (approved, OWNER),
        "rejected": (rejected, STAFF),
        "declined": (rejected, OWNER),
        "withdrawn": (events.ChangeWithdrawn(change_request_id=REQUEST), OWNER),
        "expired": (events.ChangeExpired(change_request_id=REQUEST), clock.CLOCK),
        "superseded": (events.ChangeSuperseded(change_request_id=REQUEST), OWNER),
    }
    if request in ends:
        yield ends[request]


def seen(state: str, request: str, now=MONDAY) -> Seen:
    """Return the booking and its request as they are `now`."""
    history = tuple(
        Recorded(version=version, origin=origin(by=by), event=event)
        for version, (event, by) in enumerate(past(state, request), start=1)
    )
    booking, latest = fold(history), None
    for recorded in history:
        latest = evolve_request(latest, recorded)
    assert booking is not None
    return Seen(
        history,
        clock.at(booking, now),
        latest and clock.request_at(latest, now),
    )


def step(name: str, state: str, request: str) -> tuple[BookingCommand, Seen]:
    """Return the step, and how the booking stands at its time."""
    met = seen(state, request)
    start, at = met.booking.slot.start, MONDAY
    if name in WAITING:
        at = start + WAITING[name]
        met = seen(state, request, at)
    steps: dict[str, BookingCommand] = {
        "confirm": commands.Confirm(at=at, by=STAFF),
        "start": commands.Start(at=at, by=STAFF),
        "complete": commands.Complete(at=at, by=STAFF),
        "no_show": commands.RecordNoShow(at=at, by=STAFF),
        "no_show_early": commands.RecordNoShow(at=at, by=STAFF),
        "mark": commands.SetMark(at=at, by=STAFF, mark=Mark.PARTS_ORDERED),
        "cancel": commands.Cancel(
            at=at, by=MANAGER, change_request_id=scenes.NEW_REQUEST, personal=REASON
        ),
        "move": move(LATER),
        "override": move(LATER, override=True),
        "stay": move(start),
    }
    return steps[name], met


def move(to, *, override: bool = False) -> commands.Reschedule:
    return commands.Reschedule(
        at=MONDAY,
        by=MANAGER,
        start=to,
        change_request_id=scenes.NEW_REQUEST,
        override=REASON if override else None,
    )


def reply(name: str, *, to=LATER) -> BookingCommand:
    who = OWNER if name in {"accept", "decline", "withdraw"} else STAFF
    match name:
        case "approve":
            return commands.Approve(at=MONDAY, by=who, change_request_id=REQUEST)
        case "reject":
            return commands.Reject(
                at=MONDAY, by=who, change_request_id=REQUEST, personal=NOTE
            )
        case "counter":
            return commands.Counter(
                at=MONDAY, by=who, change_request_id=REQUEST, start=to
            )
        case "accept":
            return commands.Accept(at=MONDAY, by=who, change_request_id=REQUEST)
        case "decline":
            return commands.Decline(at=MONDAY, by=who, change_request_id=REQUEST)
        case _:
            return commands.Withdraw(at=MONDAY, by=who, change_request_id=REQUEST)


# Under it an owner could do nothing alone: it binds nobody else.
STRICT = scenes.policy_that("DENY", required=True)


def decide(
    command: BookingCommand, met: Seen, under: Policy = STRICT
) -> tuple[Decided, Seen]:
    situation = Situation(
        workshop=replace(WORKSHOP, policy=under),
        occupancy=Occupancy(
            [hold(TAKEN, booking_id=OTHER_BOOKING_ID), *met.booking.holds()]
        ),
        request=met.request,
    )
    by = origin(command.at, command.by)
    decided, new, after = decide_all(
        [command], met.booking, situation, by, len(met.history)
    )
    latest = met.request
    for recorded in new:
        latest = evolve_request(latest, recorded)
    return decided, Seen((*met.history, *new), after, latest)


def names(decided: Decided) -> tuple[str, ...]:
    return tuple(type(event).__name__ for event in decided.events)


def told(command: BookingCommand, met: Seen, under: Policy = STRICT) -> str:
    try:
        decided, _after = decide(command, met, under)
    except Refusal as refusal:
        return f"!{refusal.code}"
    return decided.outcome.value
