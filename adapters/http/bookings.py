"""Bookings of the caller's: the published PUT, what makes one, and what shows it."""

from litestar import get, post, put
from litestar.params import FromPath
from litestar.response.base import ASGIResponse

from adapters.http import answering, arrival, envelopes, parameters, services
from adapters.http.body import StrictRequest
from adapters.http.envelopes import BookingEnvelope
from adapters.http.problems import Problem
from application import bodies, intent, placing
from application.answers import Answer
from application.queries import Seen
from application.shapes import BookingBody


@put("/api/co/bookings/{booking_id:int}")
async def change(booking_id: FromPath[int], request: StrictRequest) -> ASGIResponse:
    """Move, cancel, or write to the workshop, or ask it for what policy blocks."""
    body = await request.json()
    by = answering.asker(request, body)
    is_dry = parameters.dry_run(request.scope)
    wanted = intent.parse(body)
    wishes = intent.wishes(wanted, by.came.received_at, by.actor, by.new_id)
    answered = await answering.change(by, booking_id, wishes, dry_run=is_dry)
    return answering.booking(
        answered, by, lambda shown: _asked_at(shown, answered.answer)
    )


@post("/api/co/bookings", status_code=201)
async def place(request: StrictRequest) -> ASGIResponse:
    """Book a time at a workshop, which is to confirm it."""
    body = await request.json()
    by = answering.asker(request, body)
    answered = await answering.place(by, placing.parse(body))
    return answering.booking(answered, by, _made_at)


@get("/api/co/bookings/{booking_id:int}")
async def read(booking_id: FromPath[int], request: StrictRequest) -> ASGIResponse:
    """Return the booking as it is now, or as it was at a time."""
    its, came = services.of(request), arrival.of(request.scope)
    at = parameters.as_of(request.scope, came.received_at)
    if at is None:
        found = own(await its.reader.booking(booking_id), request)
    else:
        found = own(await answering.as_of(its, booking_id, at), request)
    shown = bodies.seen(found, its.vault, at or came.received_at)
    return envelopes.success(
        BookingEnvelope(
            data=shown, meta=envelopes.meta(came, found.stored.head.position)
        ),
        headers=envelopes.etag(shown.revision),
    )


def own(found: Seen | None, request: StrictRequest) -> Seen:
    """Return a booking if it is the caller's; another's is as good as none."""
    if found is None or found.stored.booking.owner != request.user.sub:
        raise Problem("not_found")
    return found


def _made_at(shown: BookingBody) -> str:
    return f"/api/co/bookings/{shown.id}"


def _asked_at(shown: BookingBody, answer: Answer) -> str | None:
    """Return where the change request is that the answer speaks of, if it was made."""
    request_id = answering.request_of(answer)
    if request_id is None:
        return None
    return f"/api/co/bookings/{shown.id}/change-requests/{request_id}"
