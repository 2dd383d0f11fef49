"""Whether the process lives, and whether its store answers. Open to everyone."""

from typing import Literal

import msgspec
from litestar import get

from adapters.http import services
from adapters.http.body import StrictRequest


class Health(msgspec.Struct, frozen=True, kw_only=True):
    status: Literal["live", "ready"]


@get("/health/live", exclude_from_auth=True)
async def live() -> Health:
    """Say that the process answers."""
    return Health(status="live")


@get("/health/ready", exclude_from_auth=True)
async def ready(request: StrictRequest) -> Health:
    """Say that the store answers; 503 when it does not."""
    await services.of(request).reader.ping()
    return Health(status="ready")
