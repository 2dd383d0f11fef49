"""The desk's lists: bookings a page at a time, groups, and what is to be decided."""

from collections.abc import Iterable
from uuid import UUID

from litestar import get
from litestar.params import FromPath
from litestar.response.base import ASGIResponse

from adapters.http import arrival, cursors, envelopes, pages, paging, services
from adapters.http.arrival import Arrival
from adapters.http.body import StrictRequest
from adapters.http.envelopes import ChangeRequestsEnvelope, Group
from adapters.http.pages import Desk
from adapters.http.problems import Problem
from adapters.http.workshop import people, seeing
from adapters.http.workshop.shapes import (
    DeskBooking,
    DeskEnvelope,
    DeskMeta,
    GroupEnvelope,
)
from application import bodies
from application.listing import RequestKey
from application.opening import Opener
from application.queries import Listed, Seen, SeenRequest
from domain import clock
from domain.booking import Booking


@get("/api/ws/bookings", opt=people.READERS)
async def read(request: StrictRequest) -> ASGIResponse:
    """Return a page of the workshop's bookings, the earliest start first."""
    its, came = services.of(request), arrival.of(request.scope)
    org_nr = seeing.workshop(request)
    page = pages.desk(request.scope, came.received_at)
    listed = await its.reader.workshops_bookings(
        org_nr, page.only, offset=page.offset, limit=page.page_size
    )
    return envelopes.success(
        DeskEnvelope(
            items=[
                _line(
                    clock.at(seen.stored.booking, came.received_at),
                    seeing.opener(seen, request.user, its.vault),
                )
                for seen in listed.bookings
            ],
            meta=_meta(came, listed, page),
        )
    )


@get("/api/ws/bookings/group/{group_id:uuid}", opt=people.READERS)
async def read_group(group_id: FromPath[UUID], request: StrictRequest) -> ASGIResponse:
    """Return a page of what was booked together, the earliest start first."""
    its, came = services.of(request), arrival.of(request.scope)
    org_nr = seeing.workshop(request)
    page = pages.desk(request.scope, came.received_at)
    listed = await its.reader.group(
        org_nr, group_id, offset=page.offset, limit=page.page_size
    )
    if not listed.total:
        raise Problem("not_found")
    shown = [
        bodies.seen(
            seen,
            its.vault,
            came.received_at,
            seeing.opener(seen, request.user, its.vault),
        )
        for seen in listed.bookings
    ]
    return envelopes.success(
        GroupEnvelope(
            data=Group(group_id=group_id, bookings=shown),
            meta=_meta(came, listed, page),
        )
    )


@get("/api/ws/bookings/change-requests", opt=people.READERS)
async def read_requests(request: StrictRequest) -> ASGIResponse:
    """Return what car owners asked, oldest first."""
    its, came = services.of(request), arrival.of(request.scope)
    org_nr = seeing.workshop(request)
    page = pages.desk_requests(request.scope, came.received_at)
    found = await its.reader.workshops_change_requests(
        org_nr, page.only, after=page.after, limit=page.limit + 1
    )
    shown, cursor = paging.cut(found, page.limit, _place)
    return envelopes.success(
        ChangeRequestsEnvelope(
            data=[
                bodies.change_request(
                    clock.request_at(asked, came.received_at),
                    seen.stored.booking.id,
                    seeing.opener(seen, request.user, its.vault),
                )
                for seen, asked in shown
            ],
            meta=envelopes.list_meta(
                came, _position(one.seen for one in shown), cursor
            ),
        )
    )


def _line(booking: Booking, opens: Opener) -> DeskBooking:
    asked = booking.open_request
    return DeskBooking(
        id=booking.id,
        status=booking.status.value,
        start_time=booking.slot.start,
        end_time=booking.slot.end,
        group_id=booking.group_id,
        service=bodies.service(booking.service),
        vehicle=bodies.vehicle(booking, opens),
        change_request_id=None if asked is None else asked.id,
    )


def _meta(came: Arrival, listed: Listed, page: Desk) -> DeskMeta:
    return DeskMeta(
        request_id=came.request_id,
        generated_at=came.received_at,
        position=bodies.position(_position(listed.bookings)),
        total=listed.total,
        page=page.page,
        page_size=page.page_size,
    )


def _position(shown: Iterable[Seen]) -> int:
    return max((seen.stored.head.position for seen in shown), default=0)


def _place(last: SeenRequest) -> str:
    asked = last.request
    return cursors.of_request(
        RequestKey(requested_at=asked.requested_at, request_id=asked.id)
    )
