"""The HTTP API put together: routes, guards, handlers of problems, and the edge."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.routes import HTTPRoute

from adapters.http import (
    auth,
    availability,
    bookings,
    change_requests,
    health,
    lists,
    openapi,
    problems,
    threads,
    ui,
    uploads,
    workshop,
)
from adapters.http.body import StrictRequest
from adapters.http.edge import Edge
from adapters.http.limiting import Limiter
from adapters.http.services import Services
from adapters.http.telling import Begin, Tell

OWNERS = Router(
    "/",
    opt={auth.ROLES: {"owner"}},
    route_handlers=[
        lists.read,
        bookings.place,
        bookings.read,
        bookings.change,
        threads.read,
        threads.read_history,
        change_requests.read_all,
        change_requests.read,
        change_requests.withdraw,
        change_requests.decide,
        availability.read,
        uploads.announce,
        uploads.send,
        uploads.read,
    ],
)
EVERYONE = Router("/", route_handlers=[health.live, health.ready, openapi.read])
ROUTES = (OWNERS, workshop.WORKSHOP, EVERYONE, ui.PAGES)


def create_app(
    services: Services,
    tell: Sequence[Tell] = (),
    limiter: Limiter | None = None,
    begin: Begin | None = None,
) -> Edge:
    """Return the API as an ASGI application; its lifespan runs the committer."""
    return Edge(
        framework(services),
        clock=services.clock,
        new_id=services.new_id,
        tell=tell,
        limiter=limiter,
        begin=begin,
    )


def framework(services: Services, routes: Sequence[Router] = ROUTES) -> Litestar:
    app = Litestar(
        routes,
        state=State({"services": services}, deep_copy=False),
        lifespan=[_committing],
        request_class=StrictRequest,
        exception_handlers={HTTPException: problems.answer, Exception: problems.answer},
        middleware=[auth.bearer(services.trust)],
        # Each of these would do behind our back what is done here in sight.
        openapi_config=None,
        logging_config=None,
    )
    _tell_all_methods(app)
    return app


def _tell_all_methods(app: Litestar) -> None:
    """Let OPTIONS name each method of a path; it would name the first handler's."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            options, _ = route.route_handler_map["OPTIONS"]
            options(route.create_options_handler(route.path).fn)


@asynccontextmanager
async def _committing(app: Litestar) -> AsyncGenerator[None]:
    task = asyncio.create_task(app.state.services.committer.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
