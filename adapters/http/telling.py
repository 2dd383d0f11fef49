"""What is told of each answer, to the log and to whoever counts.

Its one law: a route is named by its template. What a caller sent (paths, queries,
tokens, bodies) is in none of it.
"""

from collections.abc import Callable
from typing import Any, Protocol, Self, cast
from uuid import UUID

import msgspec
import structlog
from litestar.types import HTTPScope

from adapters.http import arrival

_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
# Of what is no route, and of methods that nobody knows.
NONE = "none"

_log = structlog.get_logger()


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, in few words; without `status` the client went before it came.

    `code` is that of a problem.
    """

    request_id: UUID
    trace_id: str | None
    method: str
    route: str
    status: int | None
    code: str | None
    seconds: float

    @classmethod
    def of(cls, scope: HTTPScope, status: int | None, seconds: float) -> Self:
        came, method = arrival.of(scope), scope["method"]
        return cls(
            request_id=came.request_id,
            trace_id=came.trace_id,
            method=method if method in _METHODS else NONE,
            route=cast("dict[str, Any]", scope).get("path_template") or NONE,
            status=status,
            code=arrival.problem_of(scope),
            seconds=seconds,
        )


Tell = Callable[[Answered], None]


class Trace(Protocol):
    """A request as part of a trace."""

    @property
    def trace_id(self) -> str: ...

    def answered(self, answered: Answered) -> None: ...


Begin = Callable[[UUID, bytes], Trace]
"""Begins one, by the request's id and its `traceparent`, which may be empty."""


def log(answered: Answered) -> None:
    """Log an answer in one line."""
    _log.info(
        "answered",
        request_id=str(answered.request_id),
        trace_id=answered.trace_id,
        method=answered.method,
        route=answered.route,
        status=answered.status,
        code=answered.code,
        ms=round(answered.seconds * 1000, 3),
    )
