"""The API described for machines: OpenAPI 3.1, from the types that are answered.

It is written by hand and by `msgspec`, since the framework can describe neither bodies
that it does not decode nor what is answered by the edge. A test holds it to the routes.
"""

from functools import cache
from typing import Any

import msgspec
from litestar import Response, get
from litestar.enums import MediaType

from adapters.http import envelopes, paths, problems, schemas
from adapters.http.parameters import DEFAULT_LIMIT, MAX_LIMIT

Json = dict[str, Any]

_TYPES = (
    schemas.Change,
    envelopes.BookingEnvelope,
    envelopes.ChangeRequestEnvelope,
    envelopes.GroupsEnvelope,
    envelopes.BookingsEnvelope,
    problems.ProblemBody,
)
_SCHEMAS, _COMPONENTS = msgspec.json.schema_components(
    _TYPES, ref_template="#/components/schemas/{name}"
)
_SCHEMA = dict(zip(_TYPES, _SCHEMAS, strict=True))
_BEARER = "bearer"

_BOOKING_ID: Json = {
    "name": "booking_id",
    "in": "path",
    "required": True,
    "schema": {"type": "integer", "minimum": 1, "maximum": 10**18 - 1},
}
_REQUEST_ID: Json = {
    "name": "request_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": f"^{paths.FORMS['request_id']}$"},
}
_GIVEN_ID: Json = {
    "name": "X-Request-Id",
    "in": "header",
    "description": "Used as the request's id when it is a UUID.",
    "schema": {"type": "string"},
}
_IF_MATCH: Json = {
    "name": "If-Match",
    "in": "header",
    "description": "The `ETag` that must still hold, a list of them, or `*`.",
    "schema": {"type": "string"},
}
_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Sent again with the same request, it gets the first answer again.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
}
_LIST: list[Json] = [
    {
        "name": "grouped",
        "in": "query",
        "schema": {"type": "string", "enum": ["0", "1"], "default": "1"},
    },
    {
        "name": "limit",
        "in": "query",
        "description": "How many bookings a page has at most.",
        "schema": {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_LIMIT,
            "default": DEFAULT_LIMIT,
        },
    },
    {
        "name": "cursor",
        "in": "query",
        "description": "`next_cursor` of the page before.",
        "schema": {"type": "string"},
    },
]


def document() -> Json:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Bookings",
            "version": "0.1.0",
            "description": "A car owner's bookings at a workshop.",
        },
        "paths": {
            "/api/co/bookings": {"get": _list()},
            "/api/co/bookings/{booking_id}": {"get": _read(), "put": _change()},
            "/api/co/bookings/{booking_id}/change-requests/{request_id}": {
                "get": _read_request()
            },
            "/health/live": {"get": _open("live", "Whether the process lives.")},
            "/health/ready": {
                "get": _open("ready", "Whether the store answers.", "unavailable")
            },
            "/schema/openapi.json": {"get": _open("schema", "This document.")},
        },
        "components": {
            "schemas": _COMPONENTS,
            "securitySchemes": {
                _BEARER: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


@cache
def _encoded() -> bytes:
    return msgspec.json.encode(document())


@get("/schema/openapi.json", exclude_from_auth=True)
async def read() -> Response[bytes]:
    """Return the description of this API."""
    return Response(_encoded(), media_type=MediaType.JSON)


def _list() -> Json:
    page = _success(envelopes.GroupsEnvelope, "A page, in groups or plainly.")
    page["content"]["application/json"]["schema"] = {
        "oneOf": [
            _SCHEMA[envelopes.GroupsEnvelope],
            _SCHEMA[envelopes.BookingsEnvelope],
        ]
    }
    return _guarded(
        "listBookings",
        "The caller's bookings, newest start first.",
        {"200": page},
        _LIST,
        "invalid_parameter",
    )


def _read() -> Json:
    shown = _success(envelopes.BookingEnvelope, "The booking.", "ETag")
    return _guarded(
        "readBooking", "One booking.", {"200": shown}, [_BOOKING_ID], "not_found"
    )


def _read_request() -> Json:
    shown = _success(envelopes.ChangeRequestEnvelope, "The change request.")
    return _guarded(
        "readChangeRequest",
        "What the workshop was asked.",
        {"200": shown},
        [_BOOKING_ID, _REQUEST_ID],
        "not_found",
    )


def _change() -> Json:
    booking = envelopes.BookingEnvelope
    operation = _guarded(
        "changeBooking",
        "Move, cancel, or write to the workshop.",
        {
            "200": _success(booking, "It happened, or it was so already.", "ETag"),
            "202": _success(booking, "The workshop was asked.", "ETag", "Location"),
        },
        [_BOOKING_ID, _IF_MATCH, _KEY],
        "malformed",
        "not_found",
        "request_timeout",
        "slot_taken",
        "precondition_failed",
        "too_large",
        "unsupported_media_type",
        "invalid_body",
    )
    operation["requestBody"] = {
        "required": True,
        "content": {
            "application/json": {
                "schema": _SCHEMA[schemas.Change],
                "examples": {
                    name: {"value": value} for name, value in schemas.EXAMPLES.items()
                },
            }
        },
    }
    return operation


def _guarded(
    name: str, summary: str, successes: Json, parameters: list[Json], *codes: str
) -> Json:
    failures = ("unauthorized", "forbidden", "internal", "unavailable", *codes)
    return {
        "operationId": name,
        "summary": summary,
        "security": [{_BEARER: []}],
        "parameters": [*parameters, _GIVEN_ID],
        "responses": successes | _problems(*failures),
    }


def _open(name: str, summary: str, *codes: str) -> Json:
    shown = {
        "description": "Yes.",
        "headers": _headers("X-Request-Id"),
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
    return {
        "operationId": name,
        "summary": summary,
        "security": [],
        "responses": {"200": shown} | _problems("internal", *codes),
    }


def _success(of: type[envelopes.Envelope], description: str, *headers: str) -> Json:
    return {
        "description": description,
        "headers": _headers("X-Request-Id", "Cache-Control", *headers),
        "content": {"application/json": {"schema": _SCHEMA[of]}},
    }


_BESIDE = {
    "unauthorized": "WWW-Authenticate",
    "unavailable": "Retry-After",
    "unsupported_media_type": "Accept",
}


def _problems(*codes: str) -> Json:
    """Return a response for the status of each code, with all codes that have it."""
    found: Json = {}
    for code in codes:
        kind = problems.KINDS[code]
        same = [c for c, other in problems.KINDS.items() if other.status == kind.status]
        beside = [_BESIDE[code]] if code in _BESIDE else []
        found[str(kind.status)] = {
            "description": f"`code` is one of: {', '.join(same)}.",
            "headers": _headers("X-Request-Id", *beside),
            "content": {problems.MEDIA_TYPE: {"schema": _SCHEMA[problems.ProblemBody]}},
        }
    return found


def _headers(*names: str) -> Json:
    return {name: {"schema": {"type": "string"}} for name in names}
