"""The steps of a booking that its workshop takes, and what it writes to the owner."""

from litestar import post
from litestar.params import FromPath
from litestar.response.base import ASGIResponse

from adapters.http import answering
from adapters.http.body import StrictRequest
from adapters.http.workshop import people
from application import steps
from domain import commands


@post("/api/ws/bookings/message/{booking_id:int}", status_code=200, opt=people.DESK)
async def say(booking_id: FromPath[int], request: StrictRequest) -> ASGIResponse:
    """Write to the car owner."""
    body = await request.json()
    by = answering.asker(request, body)
    wanted = steps.parse_message(body)
    wishes = steps.say(wanted, by.came.received_at, by.actor, by.new_id)
    answered = await answering.change(by, booking_id, wishes)
    return answering.booking(answered, by)


@post("/api/ws/bookings/confirm/{booking_id:int}", status_code=200, opt=people.DESK)
async def confirm(booking_id: FromPath[int], request: StrictRequest) -> ASGIResponse:
    """Accept the booking."""
    by = answering.asker(request)
    wish = commands.Confirm(at=by.came.received_at, by=by.actor)
    answered = await answering.change(by, booking_id, (wish,))
    return answering.booking(answered, by)


@post("/api/ws/bookings/cancel/{booking_id:int}", status_code=200, opt=people.DESK)
async def cancel(booking_id: FromPath[int], request: StrictRequest) -> ASGIResponse:
    """Decline a booking that waits; a manager also cancels one that was accepted."""
    body = await request.json()
    by = answering.asker(request, body)
    reason = steps.parse_cancel(body)
    wish = steps.cancel(reason, by.came.received_at, by.actor, by.new_id)
    answered = await answering.change(by, booking_id, (wish,))
    return answering.booking(answered, by)


@post("/api/ws/bookings/complete/{booking_id:int}", status_code=200, opt=people.DESK)
async def complete(booking_id: FromPath[int], request: StrictRequest) -> ASGIResponse:
    """Say that the work is done."""
    by = answering.asker(request)
    wish = commands.Complete(at=by.came.received_at, by=by.actor)
    answered = await answering.change(by, booking_id, (wish,))
    return answering.booking(answered, by)


@post("/api/ws/bookings/status", status_code=200, opt=people.DESK)
async def take(request: StrictRequest) -> ASGIResponse:
    """Begin the work, note that nobody came, or set a mark."""
    body = await request.json()
    by = answering.asker(request, body)
    wanted = steps.parse_step(body)
    wish = steps.take(wanted, by.came.received_at, by.actor)
    answered = await answering.change(by, wanted.booking_id, (wish,))
    return answering.booking(answered, by)
