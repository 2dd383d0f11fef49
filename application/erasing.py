"""An owner is forgotten within a batch: one key goes, and each booking says so.

The log stays as it is, and its chain whole; what the key sealed is closed for good.
"""

from application import answers, happening
from application.answers import Answer
from application.calls import EraseCall
from application.kept import Pending
from application.scene import Scene
from domain import events, identity
from domain.booking import Booking
from domain.events import BookingEvent, Recorded


def erase(call: EraseCall, at: Scene) -> Pending:
    for booking in at.owned(call.owner):
        _note(call, happening.let_happen(call, booking, at), at)
    at.forget(call.owner)
    return Pending(
        answer=Answer(
            status=answers.OK, request_id=call.request_id, generated_at=call.at
        ),
        position=0,
    )


def _note(call: EraseCall, booking: Booking, at: Scene) -> None:
    stream_id = identity.booking_stream(booking.id)
    end = at.ends.of(stream_id)
    erased = Recorded[BookingEvent](
        version=end.version + 1,
        origin=happening.origin(call, end),
        event=events.Erased(),
    )
    at.write_booking(booking, booking.owner, stream_id, [erased])
