"""The API described for machines: OpenAPI 3.1, from the types that are answered.

It is written by hand and by `msgspec`, since the framework can describe neither bodies
that it does not decode nor what is answered by the edge. A test holds it to the routes.
"""

from functools import cache

import msgspec
from litestar import Response, get
from litestar.enums import MediaType

from adapters.http.openapi.document import OPERATIONS, document

__all__ = ["OPERATIONS", "document", "read"]


@cache
def _encoded() -> bytes:
    return msgspec.json.encode(document())


@get("/schema/openapi.json", exclude_from_auth=True)
async def read() -> Response[bytes]:
    """Return the description of this API."""
    return Response(_encoded(), media_type=MediaType.JSON)
