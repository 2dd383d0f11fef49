"""Every refusal and fault as an RFC 9457 problem, by one table of codes.

What went wrong inside is logged with the request's id, and never shown.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import HTTPScope
from msgspec import UNSET, UnsetType

from adapters.http import arrival
from adapters.http.arrival import Arrival
from application import calls, failures
from application.checks import BodyError, InvalidBody
from domain.rules import PolicyDecision

MEDIA_TYPE = "application/problem+json"
NO_STORE = {"cache-control": "private, no-store"}

AnyRequest = Request[Any, Any, Any]
_log = structlog.get_logger()


class Kind(NamedTuple):
    status: int
    title: str


_CONFLICT = 409
_UNPROCESSABLE = 422
KINDS: Mapping[str, Kind] = {
    "malformed": Kind(400, "The request cannot be read."),
    "invalid_parameter": Kind(400, "A header or query value is wrong."),
    "unauthorized": Kind(401, "A valid token is needed."),
    "forbidden": Kind(403, "The token does not allow this."),
    "not_found": Kind(404, "There is no such thing."),
    "method_not_allowed": Kind(405, "The path does not take this method."),
    "request_timeout": Kind(408, "The body did not come in time."),
    "already_placed": Kind(_CONFLICT, "The booking exists."),
    "booking_closed": Kind(_CONFLICT, "The booking is closed."),
    "booking_in_progress": Kind(_CONFLICT, "Work on the booking has begun."),
    "group_unknown": Kind(_CONFLICT, "There is no such group of the owner's."),
    "not_confirmed": Kind(_CONFLICT, "The booking is not confirmed."),
    "not_counterable": Kind(_CONFLICT, "A cancel has no other time."),
    "not_countered": Kind(_CONFLICT, "No other time was proposed."),
    "not_started": Kind(_CONFLICT, "Work on the booking has not begun."),
    "policy_denied": Kind(_CONFLICT, "The workshop's policy denies this."),
    "reason_required": Kind(_CONFLICT, "The workshop wants a reason."),
    "request_closed": Kind(_CONFLICT, "The change request is closed."),
    "request_countered": Kind(_CONFLICT, "Another time was proposed."),
    "service_unknown": Kind(_CONFLICT, "The workshop has no such service."),
    "slot_taken": Kind(_CONFLICT, "The time is taken."),
    "slot_unbookable": Kind(_CONFLICT, "The time cannot be booked."),
    "thread_closed": Kind(_CONFLICT, "The thread is closed."),
    "too_early": Kind(_CONFLICT, "The booking has not begun."),
    "too_many_open": Kind(_CONFLICT, "Too many bookings wait already."),
    "upload_complete": Kind(_CONFLICT, "The upload is complete."),
    "upload_unusable": Kind(_CONFLICT, "An upload cannot be used."),
    "workshop_exists": Kind(_CONFLICT, "The workshop exists."),
    "precondition_failed": Kind(412, "The booking has changed."),
    "too_large": Kind(413, "The body is too large."),
    "unsupported_media_type": Kind(415, "The body is of a type that is not taken."),
    "idempotency_key_reused": Kind(_UNPROCESSABLE, "The key was used before."),
    "invalid_body": Kind(_UNPROCESSABLE, "The body is wrong."),
    "type": Kind(_UNPROCESSABLE, "A member has the wrong type."),
    "required": Kind(_UNPROCESSABLE, "A member is missing."),
    "unknown_member": Kind(_UNPROCESSABLE, "There is no such member."),
    "length": Kind(_UNPROCESSABLE, "A member has the wrong length."),
    "format": Kind(_UNPROCESSABLE, "A member has the wrong format."),
    "duplicate": Kind(_UNPROCESSABLE, "Something is there twice."),
    "status_not_settable": Kind(_UNPROCESSABLE, "The status cannot be set to that."),
    "nothing_to_do": Kind(_UNPROCESSABLE, "The body asks for nothing."),
    "conflicting_actions": Kind(_UNPROCESSABLE, "The body asks for two actions."),
    "reason_without_cancel": Kind(_UNPROCESSABLE, "The reason has no cancel."),
    "override_without_move": Kind(_UNPROCESSABLE, "The override has no move."),
    "rate_limited": Kind(429, "There were too many requests."),
    "internal": Kind(500, "Something went wrong here."),
    "unavailable": Kind(503, "The service is not available now."),
}
_BY_STATUS = {
    400: "malformed",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
}


_ALWAYS = {
    "rate_limited": {"retry-after": "1"},
    "unavailable": {"retry-after": "1"},
}


class Problem(Exception):
    """An answer that is no success: a code of `KINDS`, and what belongs to it.

    `first` is the arrival of the request that was first answered so, on a replay.
    """

    def __init__(
        self,
        code: str,
        detail: str | None = None,
        *,
        errors: Iterable[BodyError] = (),
        headers: Mapping[str, str] | None = None,
        decision: PolicyDecision | None = None,
        first: Arrival | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail or KINDS[code].title
        self.errors = tuple(errors)
        self.headers = _ALWAYS.get(code, {}) | dict(headers or {})
        self.decision = decision
        self.first = first


class Mirror(msgspec.Struct, frozen=True, kw_only=True):
    """The error as the platform's other modules write it."""

    code: str
    message: str


class ProblemBody(msgspec.Struct, frozen=True, kw_only=True):
    """A problem as clients read it; `errors` point into the request's body."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: tuple[BodyError, ...]
    request_id: UUID
    generated_at: datetime
    error: Mirror
    policy_decision: PolicyDecision | UnsetType = UNSET
    idempotent_replay: bool | UnsetType = UNSET


def body(problem: Problem, instance: str, now: Arrival) -> ProblemBody:
    """Return what is shown of `problem`, which happened at the path `instance`."""
    kind, came = KINDS[problem.code], problem.first or now
    return ProblemBody(
        type=f"/problems/{problem.code}",
        title=kind.title,
        status=kind.status,
        detail=problem.detail,
        instance=instance,
        code=problem.code,
        errors=problem.errors,
        request_id=came.request_id,
        generated_at=came.received_at,
        error=Mirror(code=problem.code, message=problem.detail),
        policy_decision=UNSET if problem.decision is None else problem.decision,
        idempotent_replay=UNSET if problem.first is None else True,
    )


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    status: int
    headers: dict[str, str]
    body: bytes


def render(problem: Problem, scope: HTTPScope) -> Rendered:
    shown = body(problem, instance(scope), arrival.of(scope))
    arrival.remember_problem(scope, problem.code)
    return Rendered(
        status=shown.status,
        headers=NO_STORE | problem.headers,
        body=msgspec.json.encode(shown),
    )


def instance(scope: HTTPScope) -> str:
    """Return the path as it was asked for, which is ASCII whatever it means."""
    return scope["raw_path"].decode("latin-1")


def invalid(errors: Iterable[BodyError]) -> Problem:
    """Return the problem of a body: that of its only error, else `invalid_body`."""
    found = tuple(errors)
    if len(found) == 1:
        return Problem(found[0].code, found[0].detail, errors=found)
    return Problem("invalid_body", f"The body has {len(found)} errors.", errors=found)


def fault(error: BaseException, scope: HTTPScope) -> Problem:
    """Log what nobody expected, and return all that is said of it."""
    came = arrival.of(scope)
    _log.error(
        "request failed",
        request_id=str(came.request_id),
        trace_id=came.trace_id,
        method=scope["method"],
        path=instance(scope),
        exc_info=error,
    )
    return Problem("internal")


# The first that fits counts; None is the title of the code.
_RAISED: tuple[tuple[type[Exception], str, str | None], ...] = (
    (calls.NotFound, "not_found", None),
    (calls.Forbidden, "forbidden", None),
    (calls.PreconditionFailed, "precondition_failed", None),
    (calls.KeyReused, "idempotency_key_reused", None),
    (calls.Late, "unavailable", "It waited for too long, and did not happen."),
    (calls.Busy, "unavailable", "Too many calls wait already."),
    (failures.Conflict, "unavailable", "Others changed it at the same time."),
    (failures.OutcomeUnknown, "unavailable", "Whether it happened is not known yet."),
    (failures.Unavailable, "unavailable", None),
)


def of(error: Exception, scope: HTTPScope) -> Problem:
    """Return the problem that an exception means; what none means is a fault."""
    match error:
        case Problem():
            return error
        case InvalidBody():
            return invalid(error.errors)
        case failures.Unreadable():
            fault(error, scope)
            return Problem("unavailable", "What is stored of it cannot be read.")
        case HTTPException() if error.status_code in _BY_STATUS:
            return Problem(_BY_STATUS[error.status_code], headers=error.headers)
        case _:
            for known, code, detail in _RAISED:
                if isinstance(error, known):
                    return Problem(code, detail)
            return fault(error, scope)


def answer(request: AnyRequest, error: Exception) -> Response[bytes]:
    """Handle any exception of the application."""
    rendered = render(of(error, request.scope), request.scope)
    return Response(
        rendered.body,
        status_code=rendered.status,
        media_type=MEDIA_TYPE,
        headers=rendered.headers,
    )
