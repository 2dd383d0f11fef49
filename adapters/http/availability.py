"""When a workshop can be booked: what is listed can be had as it is listed."""

from datetime import timedelta

from litestar import get
from litestar.params import FromPath
from litestar.response.base import ASGIResponse

from adapters.http import arrival, envelopes, pages, services
from adapters.http.body import StrictRequest
from adapters.http.envelopes import AvailabilityEnvelope, OpeningBody
from adapters.http.problems import Problem
from domain import availability

# No service with its buffer takes a bay for longer.
_LONGEST = timedelta(days=2)


@get("/api/co/workshops/{org_nr:int}/availability")
async def read(org_nr: FromPath[int], request: StrictRequest) -> ASGIResponse:
    """Return the times at which a service can begin, and how many bays are free."""
    its, came = services.of(request), arrival.of(request.scope)
    query = pages.openings(request.scope)
    found = await its.reader.holds(
        org_nr, since=query.since, until=query.until + _LONGEST
    )
    if found is None:
        raise Problem("not_found")
    policy = found.workshop.workshop.policy
    service = policy.service(query.service_id)
    if service is None:
        raise Problem("service_unknown")
    openings = availability.openings(
        policy, service, found.holds, query.since, query.until, now=came.received_at
    )
    return envelopes.success(
        AvailabilityEnvelope(
            data=[
                OpeningBody(start=one.start, end=one.end, bays=one.bays)
                for one in openings
            ],
            meta=envelopes.meta(came, found.workshop.head.position),
        )
    )
