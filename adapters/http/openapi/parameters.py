"""Parameters and headers by name: of paths, of queries, of heads and of answers."""

from enum import Enum
from typing import Any

from adapters.http import pages, paths
from application.placing import ORG_NRS, SERVICE_IDS
from application.steps import BOOKING_IDS
from domain.booking import Status
from domain.changes import RequestStatus

Json = dict[str, Any]

_UUID: Json = {"type": "string", "format": "uuid"}
_TAG = r'(W/)?"[!#-~]*"'
_FLAG: Json = {"type": "string", "enum": ["0", "1"]}
_MOMENT: Json = {"type": "string", "format": "date-time"}


def _whole(least: int, most: int, **more: object) -> Json:
    return {"type": "integer", "minimum": least, "maximum": most} | more


def _id(of: str) -> Json:
    return {
        "name": f"{of}_id",
        "in": "path",
        "required": True,
        "description": f"The id of a {_SPOKEN.get(of, of)}, in lower case.",
        "schema": {"type": "string", "pattern": f"^{paths.FORMS[f'{of}_id']}$"},
        "example": "0193a1b2-1234-7abc-8def-0123456789ab",
    }


_SPOKEN = {"request": "change request", "upload": "file that was sent"}


def _query(name: str, description: str, schema: Json, **more: Any) -> Json:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "schema": schema,
    } | more


def _head(name: str, description: str, schema: Json) -> Json:
    return {"name": name, "in": "header", "description": description, "schema": schema}


def _names(kind: type[Enum]) -> dict[str, Any]:
    """Return a schema of names with commas between them."""
    one = {"type": "string", "enum": [member.value for member in kind]}
    schema = {"type": "array", "minItems": 1, "items": one}
    return {"schema": schema, "style": "form", "explode": False}


IN_PATH = {
    "booking_id": {
        "name": "booking_id",
        "in": "path",
        "required": True,
        "description": "The id of a booking.",
        "schema": _whole(*BOOKING_IDS),
        "example": 123,
    },
    "org_nr": {
        "name": "org_nr",
        "in": "path",
        "required": True,
        "description": "The organisation number of a workshop.",
        "schema": _whole(*ORG_NRS),
        "example": 313001083,
    },
    "request_id": _id("request"),
    "upload_id": _id("upload"),
    "group_id": _id("group"),
}
PARAMETERS = {
    "status": _query(
        "status", "Only these, with commas between them.", **_names(Status)
    ),
    "from": _query("from", "What starts then or later.", _MOMENT),
    "to": _query("to", "What starts before.", _MOMENT),
    "grouped": _query(
        "grouped", "`0` lists bookings, not groups of them.", _FLAG | {"default": "1"}
    ),
    "expand": _query(
        "expand",
        "Whose data stand beside each booking: its owner's, its workshop's.",
        **_names(pages.Expand),
    ),
    "limit": _query(
        "limit",
        "How many there are on a page at most.",
        _whole(1, pages.MAX_LIMIT, default=pages.DEFAULT_LIMIT),
    ),
    "cursor": _query("cursor", "`next_cursor` of the page before.", {"type": "string"}),
    "request_status": _query(
        "status", "Only these, with commas between them.", **_names(RequestStatus)
    ),
    "page": _query("page", "Which page, from 1.", _whole(1, pages.MAX_PAGE, default=1)),
    "page_size": _query(
        "page_size",
        "How many there are on a page at most.",
        _whole(1, pages.MAX_LIMIT, default=pages.DEFAULT_LIMIT),
    ),
    "org_nr_asked": _query(
        "org_nr",
        "Which workshop, where the token names none.",
        _whole(*ORG_NRS),
    ),
    "service_id": _query(
        "service_id",
        "Which service of the workshop is looked for.",
        _whole(*SERVICE_IDS),
        required=True,
        example=1,
    ),
    "openings_from": _query("from", "From when on.", _MOMENT, required=True),
    "openings_to": _query("to", "Until when.", _MOMENT, required=True),
    "as_of": _query("as_of", "As it was then; not a time to come.", _MOMENT),
    "dry_run": _query(
        "dry_run", "`1` answers what would happen, and stores nothing.", _FLAG
    ),
    "If-Match": _head(
        "If-Match",
        "The `ETag` that must still hold, a list of them, or `*`.",
        {
            "type": "string",
            "format": "entity-tags",
            "pattern": rf"^(\*|{_TAG}( *, *{_TAG})*)$",
        },
    ),
    "Idempotency-Key": _head(
        "Idempotency-Key",
        "Sent again with the same request, it gets the first answer again.",
        {"type": "string", "pattern": "^[!-~]{1,255}$"},
    ),
    "X-Request-Id": _head(
        "X-Request-Id",
        "Used as the request's id when it is a UUID.",
        {"type": "string"},
    ),
}


def _answered(description: str, schema: Json) -> Json:
    return {"description": description, "schema": schema}


HEADERS = {
    "X-Request-Id": _answered("The request's id.", _UUID),
    "Cache-Control": _answered("Whether it can be kept.", {"type": "string"}),
    "ETag": _answered(
        "The revision, for `If-Match`.", {"type": "string", "pattern": '^"[0-9]+"$'}
    ),
    "Location": _answered(
        "The path of what was made.", {"type": "string", "format": "uri-reference"}
    ),
    "WWW-Authenticate": _answered("What is asked for.", {"type": "string"}),
    "Retry-After": _answered(
        "Seconds to wait.", {"type": "string", "pattern": "^[0-9]+$"}
    ),
    "Content-Disposition": _answered("The name to save it by.", {"type": "string"}),
    "Accept": _answered("What can be sent.", {"type": "string"}),
}
