"""The cases of `put` brought about: histories, policies, slots and commands.

The booking is Thursday's. Six weeks on there are a free slot, one that is taken, and
one in the evening, when nobody works.
"""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple
from uuid import UUID

import msgspec

from domain import clock, commands, events
from domain.booking import Booking, fold
from domain.changes import Kind
from domain.commands import BookingCommand
from domain.decide import Situation
from domain.events import BookingEvent
from domain.policy import Policy
from domain.rules import PolicyDecision, Verdict
from domain.slots import Occupancy
from domain.structs import replace
from tests.domain.cases.put import Case
from tests.examples import (
    CONFIRMED,
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    OTHER_BOOKING_ID,
    OTHER_UPLOAD,
    PHOTO,
    PLACED,
    POLICY,
    REQUEST,
    SERVICE,
    THURSDAY,
    UPLOAD,
    WORKSHOP,
    cancel,
    hold,
    move,
    recorded,
    say,
    slot,
    uuid,
)

FREE = MONDAY + 42 * DAY
TAKEN = FREE + DAY
EVENING = FREE + 8 * HOUR
TAKEN_EVENING = TAKEN + 8 * HOUR
ANOTHER = FREE + 2 * DAY
AFTER_THE_THREAD = THURSDAY + HOUR + 30 * DAY + MINUTE
OTHERS = (OTHER_BOOKING_ID, OTHER_BOOKING_ID + 1024)
NEW_REQUEST = uuid(1001)
NEW_MESSAGE = uuid(1002)
TWIN = uuid(1003)

ASKED = PolicyDecision(
    verdict=Verdict.REQUEST, policy_version=1, rules=(), evaluated_at=MONDAY
)
STARTS = {
    "move to the free slot": FREE,
    "move to its own start": THURSDAY,
    "move to the taken slot": TAKEN,
    "move to the unbookable time": EVENING,
    "move to the unbookable time, taken too": TAKEN_EVENING,
}
REST: dict[str, tuple[BookingEvent, ...]] = {
    "CANCELLED": (events.Cancelled(decision=replace(ASKED, verdict=Verdict.ALLOW)),),
    "IN_PROGRESS": (events.Started(),),
    "COMPLETED": (events.Started(), events.Completed()),
    "NO_SHOW": (events.NoShowRecorded(),),
}


class Scene(NamedTuple):
    """A booking as the clock has it, and the call that it meets."""

    version: int
    booking: Booking
    wishes: tuple[BookingCommand, ...]
    situation: Situation


def scene(case: Case) -> Scene:
    version, booking = booked(case.state, case.request, case.thread)
    return Scene(version, booking, tuple(wishes(case)), situation(case, booking))


def now(state: str, thread: str):
    if thread == "thread closed":
        return AFTER_THE_THREAD
    if state == "PENDING, but its start has come":
        return THURSDAY
    return THURSDAY + HOUR if state == "NO_SHOW" else MONDAY


def booked(state: str, request: str, thread: str) -> tuple[int, Booking]:
    """Return the version of the last event, and the booking at its moment."""
    history = [
        recorded(event, version=version)
        for version, event in enumerate(past(state, request, thread), start=1)
    ]
    booking = fold(history)
    assert booking is not None
    return len(history), clock.at(booking, now(state, thread))


def past(state: str, request: str, thread: str) -> Iterator[BookingEvent]:
    yield PLACED
    if not state.startswith("PENDING"):
        yield CONFIRMED
    yield from asking(state, request, thread)
    yield from REST.get(state, ())


def asking(state: str, request: str, thread: str) -> Iterator[BookingEvent]:
    """Yield the life of the request so far; a lapsed one ended just now."""
    if request == "no request":
        return
    at = now(state, thread)
    expires_at = at if "lapsed" in request else at + HOUR
    start = FREE
    if "another slot" in request and "asked for the free one" not in request:
        start = ANOTHER
    elif "unbookable" in request:
        start = EVENING
    elif request.startswith("countered with the free slot"):
        start = ANOTHER
    cancels = "cancel" in request
    yield events.ChangeRequested(
        change_request_id=REQUEST,
        kind=Kind.CANCEL if cancels else Kind.RESCHEDULE,
        from_start=THURSDAY,
        service=None if cancels else SERVICE,
        target=None if cancels else slot(start),
        expires_at=expires_at,
        decision=ASKED,
    )
    if request.startswith("countered"):
        yield events.ChangeCountered(
            change_request_id=REQUEST,
            service=SERVICE,
            target=slot(FREE if start == ANOTHER else ANOTHER),
            expires_at=expires_at,
        )


def wishes(case: Case) -> Iterator[BookingCommand]:
    at = now(case.state, case.thread)
    if case.moves:
        yield move(to=STARTS[case.action], at=at, request=NEW_REQUEST)
    elif case.cancels:
        reason = "Sold the car." if case.action == "cancel with a reason" else None
        yield cancel(reason, at=at, request=NEW_REQUEST)
    if case.talks:
        yield message(case.message, at)


def message(parts: str, at) -> commands.AppendMessage:
    uploads: tuple[UUID, ...] = ()
    if "A" in parts:
        uploads = (OTHER_UPLOAD if "unusable" in parts else UPLOAD,)
    return say(
        "Hello." if parts.startswith("M") else None,
        at=at,
        uploads=uploads,
        captions=(None,) * len(uploads),
        message=NEW_MESSAGE,
    )


def situation(case: Case, booking: Booking) -> Situation:
    policy = policy_that(case.verdict, required=case.reason == "reason required")
    return Situation(
        workshop=replace(WORKSHOP, policy=policy),
        occupancy=Occupancy(
            [
                hold(TAKEN, booking_id=OTHERS[0]),
                hold(TAKEN_EVENING, booking_id=OTHERS[1]),
                *booking.holds(),
            ]
        ),
        uploads={UPLOAD: PHOTO},
        twin=TWIN if case.is_twin else None,
    )


@cache
def policy_that(verdict: str, *, required: bool) -> Policy:
    """Return a policy that judges Thursday's booking so, from Monday on."""
    notice = (
        {"hours": 24} if verdict == "ALLOW" else {"hours": 30 * 24, "effect": verdict}
    )
    document = msgspec.to_builtins(POLICY) | {
        "rules": {
            "reschedule_notice": notice,
            "cancel_notice": notice,
            "reason": {"required": required},
        }
    }
    return msgspec.convert(document, Policy)
