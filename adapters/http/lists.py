"""The caller's bookings, newest start first, a page at a time."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from uuid import UUID

from litestar import get
from litestar.response.base import ASGIResponse

from adapters.http import arrival, cursors, envelopes, pages, services
from adapters.http.body import StrictRequest
from adapters.http.envelopes import BookingsEnvelope, Group, GroupsEnvelope, ListMeta
from adapters.http.pages import Expand
from application import bodies
from application.listing import ListKey
from application.queries import Seen
from application.shapes import BookingBody


@get("/api/co/bookings")
async def read(request: StrictRequest) -> ASGIResponse:
    """Return bookings in their groups, or plainly."""
    its, came = services.of(request), arrival.of(request.scope)
    query = pages.bookings(request.scope, came.received_at)
    # One more than is shown tells whether there is a next page.
    found = await its.reader.bookings(
        request.user.sub,
        query.only,
        after=query.after,
        limit=query.limit + 1,
    )
    page = found[: query.limit]
    shown = [
        _expanded(bodies.seen(seen, its.vault, came.received_at), seen, query.expand)
        for seen in page
    ]
    meta = ListMeta(
        request_id=came.request_id,
        generated_at=came.received_at,
        position=bodies.position(_position(page)),
        next_cursor=_next(page) if len(found) > len(page) else None,
    )
    if not query.is_grouped:
        return envelopes.success(BookingsEnvelope(data=shown, meta=meta))
    return envelopes.success(GroupsEnvelope(data=_grouped(shown), meta=meta))


def _expanded(
    shown: BookingBody, seen: Seen, expand: AbstractSet[Expand]
) -> BookingBody:
    if Expand.CO in expand:
        shown = bodies.with_owner(shown, seen)
    if Expand.WS in expand:
        shown = bodies.with_workshop(shown, seen)
    return shown


def _grouped(shown: list[BookingBody]) -> list[Group]:
    groups = dict[UUID, Group]()
    for booking in shown:
        group = groups.setdefault(
            booking.group_id, Group(group_id=booking.group_id, bookings=[])
        )
        group.bookings.append(booking)
    return list(groups.values())


def _position(page: Sequence[Seen]) -> int:
    return max((seen.stored.head.position for seen in page), default=0)


def _next(page: Sequence[Seen]) -> str:
    last = page[-1].stored.booking
    return cursors.of_start(ListKey(start=last.slot.start, booking_id=last.id))
