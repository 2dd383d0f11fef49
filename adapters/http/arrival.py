"""What is known of a request when it comes in; it is kept in the request's scope."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import msgspec
from litestar.types import Scope

from adapters import logs
from application.committer import never

_NAME = "arrival"
_PROBLEM = "problem"
# Where a server that can tell puts it, for each connection.
GONE = "is_gone"

Gone = Callable[[], bool]


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """`received_at` is the `now` of everything that the request causes.

    `trace_id` is that of the caller's trace, when there is one.
    """

    request_id: UUID
    received_at: datetime
    trace_id: str | None = None


def remember(scope: Scope, arrival: Arrival) -> None:
    """Keep `arrival` with its request, and in whatever is logged of it."""
    _state(scope)[_NAME] = arrival
    logs.request.set(logs.Request(arrival.request_id, arrival.trace_id))


def of(scope: Scope) -> Arrival:
    return cast("Arrival", scope["state"][_NAME])


def remember_problem(scope: Scope, code: str) -> None:
    _state(scope)[_PROBLEM] = code


def problem_of(scope: Scope) -> str | None:
    """Return the code of the problem that the request was answered, if it was one."""
    return cast("str | None", _state(scope).get(_PROBLEM))


def is_gone(scope: Scope) -> Gone:
    """Return what says whether the caller has gone; by itself nobody does."""
    return cast("Gone", _state(scope).get(GONE, never))


def _state(scope: Scope) -> dict[str, Any]:
    found: dict[str, Any] = cast("dict[str, Any]", scope).setdefault("state", {})
    return found
