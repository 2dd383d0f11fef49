"""The HTTP API put together: routes, guards, handlers of problems, and the edge."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from adapters.http import (
    auth,
    bookings,
    change_requests,
    health,
    lists,
    openapi,
    problems,
    ui,
)
from adapters.http.body import StrictRequest
from adapters.http.edge import Edge
from adapters.http.services import Services

OWNERS = Router(
    "/",
    opt={auth.ROLES: {"owner"}},
    route_handlers=[bookings.read, bookings.change, lists.read, change_requests.read],
)
EVERYONE = Router("/", route_handlers=[health.live, health.ready, openapi.read])


def create_app(services: Services) -> Edge:
    """Return the API as an ASGI application; its lifespan runs the committer."""
    return Edge(framework(services), clock=services.clock, new_id=services.new_id)


def framework(
    services: Services, routes: Sequence[Router] = (OWNERS, EVERYONE, ui.PAGES)
) -> Litestar:
    return Litestar(
        routes,
        state=State({"services": services}, deep_copy=False),
        lifespan=[_committing],
        request_class=StrictRequest,
        exception_handlers={HTTPException: problems.answer, Exception: problems.answer},
        on_app_init=[auth.bearer_auth(services.trust).on_app_init],
        # Each of these would do behind our back what is done here in sight.
        openapi_config=None,
        logging_config=None,
    )


@asynccontextmanager
async def _committing(app: Litestar) -> AsyncGenerator[None]:
    task = asyncio.create_task(app.state.services.committer.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
