"""The page that shows the API to people: Swagger UI, served by us alone.

It loads nothing from outside, and its policy lets it ask nobody but this server. The
parts that are not ours come with the package `offapi`, as their makers publish them.
"""

import hashlib
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple

from litestar import Router, get
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse

HOME = "/schema"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = {
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}
# The page asks for each part by its content, so what was loaded once stays right.
_PART = {"cache-control": "public, max-age=31536000, immutable"}
_OURS = Path(__file__).parent / "page"


class Part(NamedTuple):
    """A file that the page loads; `package` is None when it is our own."""

    media_type: str
    file: str
    package: str | None = None


PARTS = {
    "start.js": Part("text/javascript", "start.js"),
    "swagger-ui.css": Part("text/css", "offapi/swagger_style.css", "offapi"),
    "swagger-ui.js": Part("text/javascript", "offapi/swagger_bundle.js", "offapi"),
}


@get("/", exclude_from_auth=True)
async def home() -> ASGIResponse:
    """Lead a browser to the page."""
    return ASGIResponse(status_code=307, headers={"location": HOME})


@get(HOME, exclude_from_auth=True)
async def page() -> ASGIResponse:
    """Return the page, which lists the operations and calls them."""
    return ASGIResponse(body=_page(), media_type=MediaType.HTML, headers=_PAGE)


def _handler(name: str, media_type: str) -> HTTPRouteHandler:
    @get(f"{HOME}/{name}", exclude_from_auth=True)
    async def part() -> ASGIResponse:
        return ASGIResponse(body=content(name), media_type=media_type, headers=_PART)

    return part


PAGES = Router(
    "/",
    route_handlers=[
        home,
        page,
        *(_handler(name, part.media_type) for name, part in PARTS.items()),
    ],
)


@cache
def content(name: str) -> bytes:
    part = PARTS[name]
    if part.package is None:
        return (_OURS / part.file).read_bytes()
    # Not imported: the package would read all that it holds.
    return Path(str(distribution(part.package).locate_file(part.file))).read_bytes()


@cache
def _page() -> bytes:
    text = (_OURS / "index.html").read_text("utf-8")
    for name in PARTS:
        digest = hashlib.sha256(content(name)).hexdigest()
        text = text.replace("{" + name + "}", digest[:16])
    return text.encode()
