"""What the workshop says to a car owner's change request."""

from uuid import UUID

from litestar import post
from litestar.params import FromPath
from litestar.response.base import ASGIResponse

from adapters.http import answering
from adapters.http.body import StrictRequest
from adapters.http.problems import Problem
from adapters.http.workshop import people, seeing
from application import rulings


@post(
    "/api/ws/bookings/change-requests/{request_id:uuid}/decision",
    status_code=200,
    opt=people.DESK,
)
async def decide(request_id: FromPath[UUID], request: StrictRequest) -> ASGIResponse:
    """Approve it, reject it, or propose another time."""
    body = await request.json()
    by = answering.asker(request, body)
    wanted = rulings.parse_ruling(body)
    found = await by.its.reader.workshops_change_request(
        seeing.theirs(request.user), request_id
    )
    if found is None:
        raise Problem("not_found")
    wish = rulings.rule(wanted, request_id, by.came.received_at, by.actor)
    answered = await answering.change(by, found.seen.stored.booking.id, (wish,))
    return answering.booking(answered, by)
