"""Decides a call on a booking within a batch, and makes up what it is answered."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from application import answers, happening, scene
from application.answers import Result
from application.calls import Call, NotFound
from application.happening import must_match
from application.kept import Kept, Pending, pending
from application.meeting import Met, meet, situation
from application.scene import Scene
from domain import clock, commands, events, identity, requests
from domain.booking import Booking
from domain.changes import ChangeRequest
from domain.decide import Decided, Outcome, decide_all
from domain.errors import Refusal
from domain.events import BookingEvent, Recorded
from domain.structs import replace
from domain.thread import Message

_STATUS = {
    Outcome.CHANGE_REQUESTED: answers.ACCEPTED,
    Outcome.PLACED: answers.CREATED,
}


def change(call: Call, at: Scene, kept: Kept) -> Pending:
    met = meet(call, at)
    if not call.dry_run:
        first = kept.find(call, _owner_key(call, met, at))
        if first is not None:
            return first
    must_match(call, None if met.booking is None else met.booking.revision)
    if call.dry_run:
        return _try(call, met, at)
    answer = _do(call, met, at)
    kept.keep(call, answer)
    return answer


def _do(call: Call, met: Met, at: Scene) -> Pending:
    before = met.stored
    if before is not None:
        before = happening.let_happen(call, before, at)
    try:
        decided, recorded, after = _decide(call, before, met, at)
    except Refusal as refusal:
        return _refused(call, before, refusal, at)
    if recorded:
        after, recorded = _happen(call, before, after, recorded, at)
    return pending(
        call,
        after,
        at,
        status=_STATUS.get(decided.outcome, answers.OK),
        shown=answers.show(after, met.workshop, call.at),
        result=_result(decided, before, recorded, met, call.at),
    )


def _happen(
    call: Call,
    before: Booking | None,
    after: Booking,
    recorded: Sequence[Recorded[BookingEvent]],
    at: Scene,
) -> tuple[Booking, Sequence[Recorded[BookingEvent]]]:
    """Take over what was decided; return booking and events, sealed."""
    for other in at.in_the_way(before, after):
        happening.let_happen(call, other, at)
    stream_id = identity.booking_stream(call.booking_id)
    after, written = at.write_booking(before, after.owner, stream_id, recorded)
    for message in scene.messages(written.recorded):
        at.take_message(call, message)
    return after, written.recorded


def _try(call: Call, met: Met, at: Scene) -> Pending:
    """Return what the call would be answered, with the booking as it is."""
    if met.booking is None:
        raise NotFound
    try:
        decided, recorded, _after = _decide(call, met.booking, met, at)
    except Refusal as refusal:
        return _refused(call, met.booking, refusal, at)
    result = _result(decided, met.booking, recorded, met, call.at)
    return pending(
        call,
        met.booking,
        at,
        status=_STATUS.get(decided.outcome, answers.OK),
        shown=answers.show(met.booking, met.workshop, call.at),
        result=replace(result, unstored=_drawn(recorded)),
    )


def _decide(
    call: Call, before: Booking | None, met: Met, at: Scene
) -> tuple[Decided, Sequence[Recorded[BookingEvent]], Booking]:
    end = at.ends.of(identity.booking_stream(call.booking_id))
    return decide_all(
        call.wishes,
        before,
        situation(call, met, at),
        happening.origin(call, end),
        end.version,
    )


def _refused(
    call: Call, booking: Booking | None, refusal: Refusal, at: Scene
) -> Pending:
    refused = answers.refused(refusal)
    return pending(call, booking, at, status=answers.CONFLICT, refused=refused)


def _owner_key(call: Call, met: Met, at: Scene) -> bytes | None:
    """Return the key that opens what the call is about."""
    if met.stored is not None:
        return at.keyring.wrapped(met.stored.owner)
    placing = (wish for wish in call.wishes if isinstance(wish, commands.Place))
    return next((at.keyring.wrapped(wish.owner) for wish in placing), None)


def _result(
    decided: Decided,
    before: Booking | None,
    recorded: Sequence[Recorded[BookingEvent]],
    met: Met,
    now: datetime,
) -> Result:
    """Return what the caller is told, with request and message as they are then."""
    said = scene.messages(recorded)
    return answers.result(
        decided,
        request=_spoken_of(decided, before, recorded, met, now),
        message=said[0] if said else _repeated(decided, met),
    )


def _spoken_of(
    decided: Decided,
    before: Booking | None,
    recorded: Sequence[Recorded[BookingEvent]],
    met: Met,
    now: datetime,
) -> ChangeRequest | None:
    """Return the request that the answer speaks of, if it does of any."""
    if decided.change_request_id is None:
        return None
    latest = None if before is None else before.open_request
    for one in recorded:
        latest = requests.evolve(latest, one)
    if latest is not None and latest.id == decided.change_request_id:
        return clock.request_at(latest, now)
    return met.request


def _repeated(decided: Decided, met: Met) -> Message | None:
    return None if decided.message_id is None else met.twin


def _drawn(recorded: Sequence[Recorded[BookingEvent]]) -> tuple[UUID, ...]:
    """Return the ids that events would give to requests and messages."""
    ids: list[UUID] = []
    for one in recorded:
        if isinstance(one.event, events.ChangeRequested):
            ids.append(one.event.change_request_id)
        elif isinstance(one.event, events.MessageAppended):
            ids.append(one.event.message_id)
    return tuple(ids)
