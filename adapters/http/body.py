"""A request whose JSON is read strictly, or not at all.

In this order: too large, not declared as JSON, not JSON. Nothing is decoded before its
nesting is counted on the bytes, so no depth of it can hurt. Of duplicate members the
last one counts.
"""

import re
from typing import Any

import msgspec
from litestar import Request
from litestar.datastructures import State

from adapters.http.auth import Caller
from adapters.http.problems import Problem

MAX_BYTES = 256 * 1024
MAX_DEPTH = 64
MEDIA_TYPE = "application/json"

_JSON = re.compile(
    rb'application/json[ \t]*(?:;[ \t]*(?:charset=("?)utf-8\1[ \t]*)?)*', re.IGNORECASE
)
# What opens and does not close runs to the end, so that no quote is looked at twice.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
# Numbers beyond a float's range are numbers still.
_decoder = msgspec.json.Decoder(float_hook=float)


class StrictRequest(Request[Caller, Any, State]):
    async def body(self) -> bytes:
        """Return the body. Raises the problems `too_large` and `malformed`."""
        chunks, size, more = list[bytes](), self.announced or 0, True
        while more:
            if size > MAX_BYTES:
                raise Problem("too_large")
            message = await self.receive()
            if message["type"] != "http.request":
                raise Problem("malformed", "The body ended early.")
            chunks.append(message["body"])
            size = sum(map(len, chunks))
            more = message["more_body"]
        if size > MAX_BYTES:
            raise Problem("too_large")
        return b"".join(chunks)

    @property
    def announced(self) -> int | None:
        """The body's length if it was said; the server reads no more."""
        for name, value in self.scope["headers"]:
            if name == b"content-length":
                return int(value)
        return None

    async def json(self) -> Any:
        """Return the decoded body.

        Raises the problems `unsupported_media_type` and `malformed`.
        """
        body = await self.body()
        declared = [v for k, v in self.scope["headers"] if k == b"content-type"]
        if len(declared) != 1 or not _JSON.fullmatch(declared[0]):
            raise Problem(
                "unsupported_media_type",
                f"The Content-Type must be {MEDIA_TYPE}.",
                headers={"accept": MEDIA_TYPE},
            )
        return decode(body)


def decode(body: bytes) -> Any:
    """Return what the JSON in `body` says. Raises the problem `malformed`."""
    if is_deeper_than(MAX_DEPTH, body):
        raise Problem("malformed", f"It is nested over {MAX_DEPTH} levels deep.")
    try:
        return _decoder.decode(body)
    except ValueError:
        raise Problem("malformed", "It is no JSON in UTF-8.") from None


def is_deeper_than(limit: int, body: bytes) -> bool:
    """Whether brackets outside strings nest deeper; of what is no JSON, any answer."""
    if body.count(b"[") + body.count(b"{") <= limit:
        return False
    depth = 0
    for bracket in _STRING.sub(b"", body).translate(None, _NO_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > limit:
            return True
    return False
