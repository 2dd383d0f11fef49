"""Around the whole application: each request gets an id, a moment and a deadline.

Its one law: whatever answers, the answer names the request, and no body is waited for
for ever. What the framework's middleware never sees (404, 405, faults) passes here too.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from time import perf_counter
from uuid import UUID

from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import (
    HTTPReceiveMessage,
    HTTPResponseBodyEvent,
    HTTPResponseStartEvent,
    HTTPScope,
    Message,
    Receive,
    Scope,
    Send,
    WebSocketReceiveMessage,
)

from adapters.http import arrival, paths, problems, ready
from adapters.http.arrival import Arrival
from adapters.http.limiting import Limiter
from adapters.http.telling import Answered, Begin, Tell
from application.ports import Clock, Ids

BODY_SECONDS = 15.0
# What a body of any size must come with: a phone's photo takes its time.
BYTES_PER_SECOND = 16 * 1024
REQUEST_ID = b"x-request-id"
TRACE = b"traceparent"
# Asked so often, and of so little interest.
UNTRACED = b"/health/"
_UUID = re.compile(rb"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_TRACE = re.compile(
    rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)
_NO_GUESSING = (b"x-content-type-options", b"nosniff")
_OF_THE_REQUEST = frozenset({REQUEST_ID, TRACE})
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})


class Edge:
    """An ASGI application: `app` with an edge. `body_seconds` is a body's deadline.

    Each of `tell` is told of each answer, once it is sent; `begin` begins its trace;
    `limiter` comes before all else that a call could be answered.
    """

    def __init__(
        self,
        app: Litestar,
        *,
        clock: Clock,
        new_id: Ids,
        body_seconds: float = BODY_SECONDS,
        tell: Sequence[Tell] = (),
        limiter: Limiter | None = None,
        begin: Begin | None = None,
    ) -> None:
        self._app = app
        self._clock = clock
        self._new_id = new_id
        self._body_seconds = body_seconds
        self._tell = tell
        self._begin = begin
        self._limiter = limiter
        self._paths = paths.canonical(app.routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        given = _given(scope)
        request_id = _uuid(given) or self._new_id()
        tell, trace_id = self._tell, _trace(given)
        if self._begin is not None and not scope["raw_path"].startswith(UNTRACED):
            trace = self._begin(request_id, given.get(TRACE, b""))
            tell, trace_id = (*tell, trace.answered), trace.trace_id
        came = Arrival(
            request_id=request_id, received_at=self._clock(), trace_id=trace_id
        )
        arrival.remember(scope, came)
        await self._told(scope, receive, Signed(send, request_id), tell)

    async def _told(
        self, scope: HTTPScope, receive: Receive, send: "Signed", tell: Sequence[Tell]
    ) -> None:
        began = perf_counter()
        try:
            if await self._is_admitted(scope, send):
                await self._answer(scope, receive, send)
        finally:
            if tell:
                answered = Answered.of(scope, send.status, perf_counter() - began)
                for one in tell:
                    one(answered)

    async def _is_admitted(self, scope: HTTPScope, send: "Signed") -> bool:
        if self._limiter is None:
            return True
        try:
            send.add(await self._limiter.admit(scope))
        except Exception as error:  # noqa: BLE001 - answered; a fault is logged too
            await _send(problems.of(error, scope), scope, send)
            return False
        return True

    async def _answer(self, scope: HTTPScope, receive: Receive, send: "Signed") -> None:
        if not self._paths.fullmatch(scope["raw_path"]):
            await _send(problems.Problem("not_found"), scope, send)
            return
        try:
            await self._app(scope, self._in_time(scope, receive), send)
        except Exception as error:
            problem = problems.fault(error, scope)
            if send.status is not None:
                # The answer is half sent: all that is left is to close.
                raise
            await _send(problem, scope, send)

    def _in_time(self, scope: HTTPScope, receive: Receive) -> Receive:
        if scope["method"] in _BODILESS:
            return receive
        return Hurried(receive, self._body_seconds).receive


def allowed_seconds(size: int) -> float:
    """Return how long a body of `size` bytes may take."""
    return BODY_SECONDS + size / BYTES_PER_SECOND


class Signed:
    """A `send` that puts the request's id on the answer, and knows its status."""

    def __init__(self, send: Send, request_id: UUID) -> None:
        self._send = send
        self._headers = [(REQUEST_ID, str(request_id).encode()), _NO_GUESSING]
        self.status: int | None = None

    def add(self, headers: Mapping[str, str]) -> None:
        """Put these on the answer too."""
        self._headers += ready.encoded(headers)

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [
                *message["headers"],
                *self._headers,
            ]
        await self._send(message)


class Hurried:
    """A `receive` that ends, with 408 and the connection, when a body takes too long.

    Each piece that comes buys time for the next.

    The answer is one that a client can read; a closed socket alone would look like a
    broken network, which clients retry at once.
    """

    def __init__(self, receive: Receive, seconds: float) -> None:
        self._receive = receive
        self._deadline = asyncio.get_running_loop().time() + seconds
        self._is_whole = False

    async def receive(self) -> HTTPReceiveMessage | WebSocketReceiveMessage:
        if self._is_whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise problems.Problem(
                "request_timeout", headers={"connection": "close"}
            ) from None
        if message["type"] == "http.request":
            self._deadline += len(message["body"]) / BYTES_PER_SECOND
        self._is_whole = not message.get("more_body", False)
        return message


Given = dict[bytes, bytes]


def _given(scope: HTTPScope) -> Given:
    """Return what the caller says of the request itself; the first of a name counts."""
    given: Given = {}
    for name, value in scope["headers"]:
        if name in _OF_THE_REQUEST:
            given.setdefault(name, value)
    return given


def _uuid(given: Given) -> UUID | None:
    value = given.get(REQUEST_ID, b"")
    return UUID(value.decode()) if _UUID.fullmatch(value) else None


def _trace(given: Given) -> str | None:
    match = _TRACE.fullmatch(given.get(TRACE, b""))
    return None if match is None else match[1].decode()


async def _send(problem: problems.Problem, scope: HTTPScope, send: Send) -> None:
    rendered = problems.render(problem, scope)
    headers = rendered.headers | {
        "content-type": problems.MEDIA_TYPE,
        "content-length": str(len(rendered.body)),
    }
    start: HTTPResponseStartEvent = {
        "type": "http.response.start",
        "status": rendered.status,
        "headers": ready.encoded(headers),
    }
    end: HTTPResponseBodyEvent = {
        "type": "http.response.body",
        "body": rendered.body,
        "more_body": False,
    }
    await send(start)
    await send(end)
