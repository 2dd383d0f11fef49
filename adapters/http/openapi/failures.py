"""Problems as the document has them: for each status, the codes that it can mean."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from adapters.http import problems
from adapters.http.arrival import Arrival
from adapters.http.openapi import examples
from adapters.http.openapi.operation import Operation
from application.checks import BodyError
from domain import errors

Json = dict[str, Any]

# What every JSON body can have wrong, whatever it is for.
_OF_BODIES = (
    "malformed",
    "request_timeout",
    "too_large",
    "unsupported_media_type",
    "invalid_body",
    "type",
    "required",
    "unknown_member",
    "length",
    "format",
)
_OF_UPLOADS = ("request_timeout", "too_large", "unsupported_media_type")
_OF_CALLERS = ("unauthorized", "forbidden")
_OF_ALL = ("internal", "unavailable")
_NEVER_LIMITED = "/health/"
_BESIDE = {
    "unauthorized": "WWW-Authenticate",
    "rate_limited": "Retry-After",
    "unavailable": "Retry-After",
    "unsupported_media_type": "Accept",
}
_WITH_DECISION = {"policy_denied", "reason_required"}
_POINTERS: dict[str, tuple[str, ...]] = {
    **{refusal.code: refusal.pointers for refusal in errors.ORDER},
    "upload_unusable": ("/attachments/0/upload_id",),
    "type": ("/message",),
    "required": ("/message/text",),
    "unknown_member": ("/messages",),
    "length": ("/message/text",),
    "format": ("/service_start_time",),
    "duplicate": ("/attachments/1/upload_id",),
    "status_not_settable": ("/status",),
    "nothing_to_do": ("",),
    "conflicting_actions": ("",),
    "reason_without_cancel": ("/cancellation_reason",),
    "override_without_move": ("/override",),
}
_WHEN = Arrival(
    request_id=UUID("0193a1b2-7b1f-7d3e-8c55-0123456789ab"),
    received_at=datetime(2026, 2, 9, 9, tzinfo=UTC),
)


def codes(operation: Operation) -> list[str]:
    """Return all problems that an operation can answer, in the order of the table."""
    found = set(operation.codes) | _of_all(operation)
    if operation.roles:
        found.update(_OF_CALLERS)
    if operation.parameters:
        found.add("invalid_parameter")
    if operation.body:
        found.update(_OF_BODIES)
    elif operation.is_sent:
        found.update(_OF_UPLOADS)
    if "{" in operation.path:
        found.add("not_found")
    if "If-Match" in operation.parameters:
        found.add("precondition_failed")
    if "Idempotency-Key" in operation.parameters:
        found.add("idempotency_key_reused")
    return [code for code in problems.KINDS if code in found]


def _of_all(operation: Operation) -> set[str]:
    if operation.path.startswith(_NEVER_LIMITED):
        return set(_OF_ALL)
    return {*_OF_ALL, "rate_limited"}


def responses(operation: Operation) -> Json:
    """Return a response for each status that a problem of the operation has."""
    by_status: dict[int, list[str]] = {}
    for code in codes(operation):
        by_status.setdefault(problems.KINDS[code].status, []).append(code)
    return {str(status): _response(same) for status, same in sorted(by_status.items())}


def _response(same: list[str]) -> Json:
    told = "\n".join(f"- `{code}`: {problems.KINDS[code].title}" for code in same)
    beside = sorted({_BESIDE[code] for code in same if code in _BESIDE})
    return {
        "description": told,
        "headers": headers("X-Request-Id", "Cache-Control", *beside),
        "content": {
            problems.MEDIA_TYPE: {
                "schema": {
                    "allOf": [
                        {"$ref": "#/components/schemas/ProblemBody"},
                        {"properties": {"code": {"enum": same}}},
                    ]
                },
                "examples": {
                    code: {"$ref": f"#/components/examples/{code}"} for code in same
                },
            }
        },
    }


def headers(*names: str) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def shown(known: Iterable[str]) -> Json:
    """Return one problem of each code, as it is answered."""
    return {code: {"value": _example(code)} for code in known}


def _example(code: str) -> Any:
    problem = problems.Problem(
        code,
        errors=_errors(code),
        decision=examples.DECISION if code in _WITH_DECISION else None,
    )
    return msgspec.to_builtins(problems.body(problem, "/api/co/bookings/123", _WHEN))


def _errors(code: str) -> list[BodyError]:
    """Return what is wrong with which members of a body; of most problems nothing."""
    if code == "invalid_body":
        return [*_errors("length"), *_errors("status_not_settable")]
    detail = problems.KINDS[code].title
    return [
        BodyError(pointer=pointer, code=code, detail=detail)
        for pointer in _POINTERS.get(code, ())
    ]
