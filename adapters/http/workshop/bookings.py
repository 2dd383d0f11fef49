"""One booking at the desk: made for an owner, looked at, moved or cancelled."""

from litestar import get, post, put
from litestar.params import FromPath
from litestar.response.base import ASGIResponse

from adapters.http import answering, arrival, envelopes, parameters, services
from adapters.http.body import StrictRequest
from adapters.http.envelopes import BookingEnvelope
from adapters.http.problems import Problem
from adapters.http.workshop import people, seeing
from application import bodies, intent, placing
from application.intent import Intent
from application.shapes import BookingBody


@get("/api/ws/bookings/{booking_id:int}", opt=people.READERS)
async def read(booking_id: FromPath[int], request: StrictRequest) -> ASGIResponse:
    """Return the booking as it is now, or as it was at a time."""
    its, came = services.of(request), arrival.of(request.scope)
    at = parameters.as_of(request.scope, came.received_at)
    if at is None:
        found = await its.reader.booking(booking_id)
    else:
        found = await answering.as_of(its, booking_id, at)
    seen = seeing.own(found, request.user)
    opens = seeing.opener(seen, request.user, its.vault)
    shown = bodies.seen(seen, its.vault, at or came.received_at, opens)
    return envelopes.success(
        BookingEnvelope(
            data=shown, meta=envelopes.meta(came, seen.stored.head.position)
        ),
        headers=envelopes.etag(shown.revision),
    )


@post("/api/ws/bookings", status_code=201, opt=people.DESK)
async def place(request: StrictRequest) -> ASGIResponse:
    """Book for a car owner: the booking is confirmed from the start."""
    body = await request.json()
    by = answering.asker(request, body)
    answered = await answering.place(by, placing.parse_workshops(body))
    return answering.booking(answered, by, _made_at)


@put("/api/ws/bookings/{booking_id:int}", opt=people.DESK)
async def change(booking_id: FromPath[int], request: StrictRequest) -> ASGIResponse:
    """Write to the owner; a manager also moves, against the policy too, or cancels."""
    body = await request.json()
    by = answering.asker(request, body)
    is_dry = parameters.dry_run(request.scope)
    wanted = intent.parse_workshops(body)
    await _must_be_theirs_to_do(wanted, booking_id, request)
    wishes = intent.wishes(wanted, by.came.received_at, by.actor, by.new_id)
    answered = await answering.change(by, booking_id, wishes, dry_run=is_dry)
    return answering.booking(answered, by)


async def _must_be_theirs_to_do(
    wanted: Intent, booking_id: int, request: StrictRequest
) -> None:
    """Refuse what is a manager's; that there is no such booking is told before."""
    if request.user.role == "manager" or not (wanted.start or wanted.cancel):
        return
    found = await services.of(request).reader.booking(booking_id)
    seeing.own(found, request.user)
    raise Problem("forbidden", "Only a manager moves or cancels a booking.")


def _made_at(shown: BookingBody) -> str:
    return f"/api/ws/bookings/{shown.id}"
