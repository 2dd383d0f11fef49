"""Change requests of the caller's bookings: where a 202 points to, and its answers."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response.base import ASGIResponse

from adapters.http import (
    answering,
    arrival,
    bookings,
    cursors,
    envelopes,
    pages,
    paging,
    services,
)
from adapters.http.body import StrictRequest
from adapters.http.envelopes import ChangeRequestEnvelope, ChangeRequestsEnvelope
from adapters.http.problems import Problem
from application import bodies, opening, rulings
from application.listing import RequestKey
from domain import clock, commands
from domain.changes import ChangeRequest

_ONE = "/api/co/bookings/{booking_id:int}/change-requests/{request_id:uuid}"


@get(_ONE)
async def read(
    booking_id: FromPath[int], request_id: FromPath[UUID], request: StrictRequest
) -> ASGIResponse:
    """Return the request as it is now."""
    its, came = services.of(request), arrival.of(request.scope)
    found = await its.reader.change_request(booking_id, request_id)
    if found is None:
        raise Problem("not_found")
    seen = bookings.own(found.seen, request)
    opens = opening.opener(seen.stored.booking, seen.owner_key, its.vault)
    asked = clock.request_at(found.request, came.received_at)
    return envelopes.success(
        ChangeRequestEnvelope(
            data=bodies.change_request(asked, booking_id, opens),
            meta=envelopes.meta(came, seen.stored.head.position),
        )
    )


@get("/api/co/bookings/{booking_id:int}/change-requests")
async def read_all(booking_id: FromPath[int], request: StrictRequest) -> ASGIResponse:
    """Return what was asked of the workshop, oldest first."""
    its, came = services.of(request), arrival.of(request.scope)
    page = pages.requests(request.scope)
    found = await its.reader.change_requests(
        booking_id, after=page.after, limit=page.limit + 1
    )
    seen = bookings.own(None if found is None else found.seen, request)
    opens = opening.opener(seen.stored.booking, seen.owner_key, its.vault)
    requests = () if found is None else found.requests
    shown, cursor = paging.cut(requests, page.limit, _cursor)
    return envelopes.success(
        ChangeRequestsEnvelope(
            data=[
                bodies.change_request(
                    clock.request_at(one, came.received_at), booking_id, opens
                )
                for one in shown
            ],
            meta=envelopes.list_meta(came, seen.stored.head.position, cursor),
        )
    )


@post(f"{_ONE}/withdraw", status_code=200)
async def withdraw(
    booking_id: FromPath[int], request_id: FromPath[UUID], request: StrictRequest
) -> ASGIResponse:
    """Take back what was asked, while the workshop has not decided it."""
    by = answering.asker(request)
    wish = commands.Withdraw(
        at=by.came.received_at, by=by.actor, change_request_id=request_id
    )
    answered = await answering.change(by, booking_id, (wish,))
    return answering.booking(answered, by)


@post(f"{_ONE}/decision", status_code=200)
async def decide(
    booking_id: FromPath[int], request_id: FromPath[UUID], request: StrictRequest
) -> ASGIResponse:
    """Accept or decline what the workshop proposed instead."""
    body = await request.json()
    by = answering.asker(request, body)
    wanted = rulings.parse_reply(body)
    wish = rulings.reply(wanted, request_id, by.came.received_at, by.actor)
    answered = await answering.change(by, booking_id, (wish,))
    return answering.booking(answered, by)


def _cursor(last: ChangeRequest) -> str:
    place = RequestKey(requested_at=last.requested_at, request_id=last.id)
    return cursors.of_request(place)
