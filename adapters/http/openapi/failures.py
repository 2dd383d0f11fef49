"""Problems as the document has them: for each status, the codes that it can mean."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from adapters.http import problems
from adapters.http.arrival import Arrival
from adapters.http.openapi.operation import Operation
from application.checks import BodyError

Json = dict[str, Any]

_UNPROCESSABLE = 422
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
_BESIDE = {
    "unauthorized": "WWW-Authenticate",
    "rate_limited": "Retry-After",
    "unavailable": "Retry-After",
    "unsupported_media_type": "Accept",
}
_WHEN = Arrival(
    request_id=UUID("0193a1b2-7b1f-7d3e-8c55-0123456789ab"),
    received_at=datetime(2026, 2, 9, 9, tzinfo=UTC),
)


def codes(operation: Operation) -> list[str]:
    """Return all problems that an operation can answer, in the order of the table."""
    found = set(operation.codes) | set(_OF_ALL)
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


def examples(known: Iterable[str]) -> Json:
    """Return one problem of each code, as it is answered."""
    return {code: {"value": _example(code)} for code in known}


def _example(code: str) -> Any:
    kind = problems.KINDS[code]
    errors = (
        (BodyError(pointer="/message/text", code=code, detail=kind.title),)
        if kind.status == _UNPROCESSABLE
        else ()
    )
    return msgspec.to_builtins(
        problems.body(
            problems.Problem(code, errors=errors), "/api/co/bookings/123", _WHEN
        )
    )
