"""Whether the process lives, and whether calls are to be sent to it. For everyone."""

from typing import Literal

import msgspec
from litestar import get

from adapters.http import services
from adapters.http.body import StrictRequest
from adapters.http.problems import Problem


class Health(msgspec.Struct, frozen=True, kw_only=True):
    status: Literal["live", "ready"]


@get("/health/live", exclude_from_auth=True)
async def live() -> Health:
    """Say that the process answers."""
    return Health(status="live")


@get("/health/ready", exclude_from_auth=True)
async def ready(request: StrictRequest) -> Health:
    """Say that calls are answered here; 503 without a store, and before the end."""
    its = services.of(request)
    if its.is_leaving():
        raise Problem("unavailable", "The process ends.")
    await its.reader.ping()
    return Health(status="ready")
