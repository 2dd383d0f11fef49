"""What was said and done about one of the caller's bookings, oldest first."""

from litestar import get
from litestar.params import FromPath
from litestar.response.base import ASGIResponse

from adapters.http import (
    arrival,
    bookings,
    cursors,
    envelopes,
    pages,
    paging,
    services,
)
from adapters.http.body import StrictRequest
from adapters.http.envelopes import HistoryEnvelope, MessagesEnvelope
from adapters.http.problems import Problem
from application import bodies, history, opening
from application.history import Entry
from application.queries import SeenMessage


@get("/api/co/bookings/{booking_id:int}/messages")
async def read(booking_id: FromPath[int], request: StrictRequest) -> ASGIResponse:
    """Return what both sides wrote."""
    its, came = services.of(request), arrival.of(request.scope)
    page = pages.versions(request.scope)
    found = await its.reader.messages(
        booking_id, after=page.after, limit=page.limit + 1
    )
    seen = bookings.own(None if found is None else found.seen, request)
    opens = opening.opener(seen.stored.booking, seen.owner_key, its.vault)
    messages = () if found is None else found.messages
    shown, cursor = paging.cut(messages, page.limit, _cursor)
    return envelopes.success(
        MessagesEnvelope(
            data=[bodies.message_body(one.message, opens) for one in shown],
            meta=envelopes.list_meta(came, seen.stored.head.position, cursor),
        )
    )


@get("/api/co/bookings/{booking_id:int}/history")
async def read_history(
    booking_id: FromPath[int], request: StrictRequest
) -> ASGIResponse:
    """Return who changed what, when, and by which rule."""
    its, came = services.of(request), arrival.of(request.scope)
    page = pages.versions(request.scope)
    found = await its.reader.history(booking_id, after=page.after, limit=page.limit + 1)
    if found is None:
        raise Problem("not_found")
    seen = bookings.own(found.seen, request)
    opens = opening.opener(seen.stored.booking, seen.owner_key, its.vault)
    told = history.entries(found, opens, after=page.after, named=history.TO_OWNERS)
    shown, cursor = paging.cut(told, page.limit, _entry_cursor)
    return envelopes.success(
        HistoryEnvelope(
            data=list(shown),
            meta=envelopes.list_meta(came, seen.stored.head.position, cursor),
        )
    )


def _entry_cursor(last: Entry) -> str:
    return cursors.of_version(last.version)


def _cursor(last: SeenMessage) -> str:
    return cursors.of_version(last.version)
