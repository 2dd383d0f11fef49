"""What a booking left behind it: its history, its thread, and the files of that."""

from uuid import UUID

from litestar import get
from litestar.params import FromPath
from litestar.response.base import ASGIResponse

from adapters.http import (
    arrival,
    cursors,
    envelopes,
    pages,
    paging,
    services,
    uploads,
)
from adapters.http.body import StrictRequest
from adapters.http.envelopes import HistoryEnvelope, MessagesEnvelope
from adapters.http.problems import Problem
from adapters.http.workshop import people, seeing
from application import bodies, history
from application.history import Entry
from application.queries import SeenMessage


@get("/api/ws/bookings/{booking_id:int}/history", opt=people.READERS)
async def read_history(
    booking_id: FromPath[int], request: StrictRequest
) -> ASGIResponse:
    """Return what happened, oldest first: who did it, and by which rules."""
    its, came = services.of(request), arrival.of(request.scope)
    page = pages.versions(request.scope)
    found = await its.reader.history(booking_id, after=page.after, limit=page.limit + 1)
    if found is None:
        raise Problem("not_found")
    seen = seeing.own(found.seen, request.user)
    entries = history.entries(
        found,
        seeing.opener(seen, request.user, its.vault),
        after=page.after,
        named=(
            history.TO_AUDITORS if request.user.is_auditor else history.TO_WORKSHOPS
        ),
    )
    shown, cursor = paging.cut(entries, page.limit, _place)
    return envelopes.success(
        HistoryEnvelope(
            data=list(shown),
            meta=envelopes.list_meta(came, seen.stored.head.position, cursor),
        )
    )


@get("/api/ws/bookings/{booking_id:int}/messages", opt=people.READERS)
async def read_messages(
    booking_id: FromPath[int], request: StrictRequest
) -> ASGIResponse:
    """Return what both sides wrote, oldest first."""
    its, came = services.of(request), arrival.of(request.scope)
    page = pages.versions(request.scope)
    found = await its.reader.messages(
        booking_id, after=page.after, limit=page.limit + 1
    )
    if found is None:
        raise Problem("not_found")
    seen = seeing.own(found.seen, request.user)
    opens = seeing.opener(seen, request.user, its.vault)
    shown, cursor = paging.cut(found.messages, page.limit, _message_place)
    return envelopes.success(
        MessagesEnvelope(
            data=[bodies.message_body(one.message, opens) for one in shown],
            meta=envelopes.list_meta(came, seen.stored.head.position, cursor),
        )
    )


@get(
    "/api/ws/bookings/{booking_id:int}/uploads/{upload_id:uuid}",
    opt=people.DESK,
)
async def read_upload(
    booking_id: FromPath[int], upload_id: FromPath[UUID], request: StrictRequest
) -> ASGIResponse:
    """Return a file that the owner sent; what no message uses is not sent yet."""
    found = await services.of(request).reader.upload(booking_id, upload_id)
    if found is None or found.upload.message_id is None:
        raise Problem("not_found")
    seeing.own(found.seen, request.user)
    return await uploads.file(found.upload, request)


def _place(last: Entry) -> str:
    return cursors.of_version(last.version)


def _message_place(last: SeenMessage) -> str:
    return cursors.of_version(last.version)
