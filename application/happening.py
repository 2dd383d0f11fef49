"""Events of a batch that no caller asked for, and where all of its events come from."""

from uuid import uuid5

from application.calls import AnyCall, PreconditionFailed
from application.scene import Scene
from application.writing import End
from domain import clock, identity
from domain.booking import Booking
from domain.events import Origin, Recorded


def let_happen(call: AnyCall, booking: Booking, scene: Scene) -> Booking:
    """Write the facts of the clock that nobody wrote yet; return what is then.

    They are a command of their own, of the system: they stand whatever becomes of the
    call.
    """
    stream_id = identity.booking_stream(booking.id)
    for moment, event in clock.facts(booking, call.at):
        end = scene.ends.of(stream_id)
        fact_origin = Origin(
            at=moment if end.at is None else max(moment, end.at),
            actor=clock.CLOCK,
            request_id=call.request_id,
            # The same one whenever the call is decided again.
            command_id=uuid5(call.command_id, stream_id),
        )
        fact = Recorded(version=end.version + 1, origin=fact_origin, event=event)
        booking, _written = scene.write_booking(
            booking, booking.owner, stream_id, [fact]
        )
    return booking


def origin(call: AnyCall, end: End) -> Origin:
    """Return who and when: never before the event before."""
    return Origin(
        at=call.at if end.at is None else max(call.at, end.at),
        actor=call.actor,
        request_id=call.request_id,
        command_id=call.command_id,
    )


def must_match(call: AnyCall, revision: int | None) -> None:
    """Raise `PreconditionFailed` unless `If-Match` lets `revision` be changed."""
    if call.if_match is None:
        return
    if revision is None:
        raise PreconditionFailed
    if "*" not in call.if_match and f'"{revision}"' not in call.if_match:
        raise PreconditionFailed
