"""Files that car owners sent with their messages: their workshop may save them."""

from uuid import UUID

from litestar import get
from litestar.params import FromPath
from litestar.response.base import ASGIResponse

from adapters.http import services, uploads
from adapters.http.body import StrictRequest
from adapters.http.problems import Problem
from adapters.http.workshop import people, seeing


# An auditor sees nothing personal, and photos are.
@get("/api/ws/bookings/{booking_id:int}/uploads/{upload_id:uuid}", opt=people.DESK)
async def read(
    booking_id: FromPath[int], upload_id: FromPath[UUID], request: StrictRequest
) -> ASGIResponse:
    """Return a file of the booking's thread, to be saved."""
    found = await services.of(request).reader.upload(booking_id, upload_id)
    seeing.own(None if found is None else found.seen, request.user)
    # What no message uses was not given to the workshop.
    if found is None or found.upload.message_id is None:
        raise Problem("not_found")
    return await uploads.file(found.upload, request)
