"""Whether the process lives, and whether its store answers. Open to everyone."""

from litestar import get

from adapters.http import services
from adapters.http.body import StrictRequest


@get("/health/live", exclude_from_auth=True)
async def live() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "live"}


@get("/health/ready", exclude_from_auth=True)
async def ready(request: StrictRequest) -> dict[str, str]:
    """Say that the store answers; 503 when it does not."""
    await services.of(request).reader.ping()
    return {"status": "ready"}
