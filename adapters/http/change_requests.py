"""A change request of one of the caller's bookings: where a 202 points to."""

from uuid import UUID

from litestar import get
from litestar.params import FromPath
from litestar.response.base import ASGIResponse

from adapters.http import arrival, bookings, envelopes, services
from adapters.http.body import StrictRequest
from adapters.http.envelopes import ChangeRequestEnvelope
from adapters.http.problems import Problem
from application import bodies


@get("/api/co/bookings/{booking_id:int}/change-requests/{request_id:uuid}")
async def read(
    booking_id: FromPath[int], request_id: FromPath[UUID], request: StrictRequest
) -> ASGIResponse:
    """Return the request as it is now."""
    its, came = services.of(request), arrival.of(request.scope)
    found = await its.reader.change_request(booking_id, request_id)
    if found is None:
        raise Problem("not_found")
    seen = bookings.own(found[0], request)
    opens = bodies.opener(seen.stored.booking, seen.owner_key, its.vault)
    shown = bodies.change_request(found[1], booking_id, opens)
    return envelopes.success(
        ChangeRequestEnvelope(
            data=shown, meta=envelopes.meta(came, seen.stored.head.position)
        )
    )
