"""What is asked of lists: which part of them, from where, and how much of it.

`from` is in a list's period and `to` is not. A wrong value is `invalid_parameter`.
"""

from datetime import datetime, timedelta
from enum import Enum

import msgspec
from litestar.types import HTTPScope

from adapters.http import cursors
from adapters.http.parameters import Query, flag, invalid, names, number
from application.checks import instant
from application.listing import (
    EARLIEST,
    LATEST,
    ListKey,
    Only,
    OnlyRequests,
    RequestKey,
)
from application.placing import SERVICE_IDS
from domain.booking import Status
from domain.changes import RequestStatus

DEFAULT_LIMIT, MAX_LIMIT = 50, 200
# Beyond it no list of ours goes.
MAX_PAGE = 100_000
MAX_AVAILABILITY = timedelta(days=31)


class Expand(Enum):
    """Who stands in a list beside each booking: its owner, its workshop."""

    CO = "co"
    WS = "ws"


class Bookings(msgspec.Struct, frozen=True, kw_only=True):
    """A page of an owner's bookings, in groups or not."""

    only: Only
    is_grouped: bool
    expand: frozenset[Expand]
    limit: int
    after: ListKey | None


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """A page, from 1, of a workshop's bookings."""

    only: Only
    page: int
    page_size: int

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.page_size


class Requests(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a booking's change requests, oldest first."""

    limit: int
    after: RequestKey | None


class DeskRequests(Requests, frozen=True, kw_only=True):
    """A page of the change requests to a workshop, oldest first."""

    only: OnlyRequests


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what has a place in a stream, oldest first."""

    limit: int
    after: int


class Openings(msgspec.Struct, frozen=True, kw_only=True):
    """Which service is looked for, and when."""

    service_id: int
    since: datetime
    until: datetime


def bookings(scope: HTTPScope, now: datetime) -> Bookings:
    query = Query(scope)
    return Bookings(
        only=_only(query, now),
        is_grouped=query.one("grouped", flag) is not False,
        expand=query.one("expand", names(Expand)) or frozenset(),
        limit=_limit(query),
        after=query.one("cursor", cursors.start),
    )


def desk(scope: HTTPScope, now: datetime) -> Desk:
    query = Query(scope)
    return Desk(
        only=_only(query, now),
        page=query.one("page", number(MAX_PAGE)) or 1,
        page_size=query.one("page_size", number(MAX_LIMIT)) or DEFAULT_LIMIT,
    )


def requests(scope: HTTPScope) -> Requests:
    query = Query(scope)
    return Requests(limit=_limit(query), after=query.one("cursor", cursors.request))


def desk_requests(scope: HTTPScope, now: datetime) -> DeskRequests:
    query = Query(scope)
    statuses = query.one("status", names(RequestStatus)) or frozenset()
    return DeskRequests(
        only=OnlyRequests(now=now, statuses=statuses),
        limit=_limit(query),
        after=query.one("cursor", cursors.request),
    )


def versions(scope: HTTPScope) -> Versions:
    query = Query(scope)
    return Versions(
        limit=_limit(query), after=query.one("cursor", cursors.version) or 0
    )


def openings(scope: HTTPScope) -> Openings:
    query = Query(scope)
    found = Openings(
        service_id=query.needed("service_id", number(SERVICE_IDS[1])),
        since=query.needed("from", instant),
        until=query.needed("to", instant),
    )
    if not timedelta() < found.until - found.since <= MAX_AVAILABILITY:
        raise invalid(f"to is after from, by {MAX_AVAILABILITY.days} days at most.")
    return found


def _only(query: Query, now: datetime) -> Only:
    since = query.one("from", instant) or EARLIEST
    until = query.one("to", instant) or LATEST
    if until <= since:
        raise invalid("to is after from.")
    statuses = query.one("status", names(Status)) or frozenset()
    return Only(now=now, statuses=statuses, since=since, until=until)


def _limit(query: Query) -> int:
    return query.one("limit", number(MAX_LIMIT)) or DEFAULT_LIMIT
