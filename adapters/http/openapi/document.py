"""The document put together from the tables, the types and the codes."""

import re
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import msgspec

from adapters.http import problems, schemas
from adapters.http.openapi import (
    everyone,
    failures,
    links,
    owners,
    parameters,
    policies,
    steps,
    workshops,
)
from adapters.http.openapi.components import Components
from adapters.http.openapi.operation import JSON, Answer, Operation, Tag

Json = dict[str, Any]

OPERATIONS: tuple[Operation, ...] = (
    *owners.OPERATIONS,
    *workshops.OPERATIONS,
    *steps.OPERATIONS,
    *policies.OPERATIONS,
    *everyone.OPERATIONS,
)
ANSWERS = [answer for operation in OPERATIONS for answer in operation.answers]
COMPONENTS = Components(
    sent=[type_ for operation in OPERATIONS for type_ in operation.body],
    answered=[
        problems.ProblemBody,
        *(type_ for answer in ANSWERS for type_ in answer.types),
    ],
)
_BYTES: Json = {"type": "string", "format": "binary"}
_TOKENS = {
    "owner": "A car owner's token: its `role` is `owner`.",
    "workshop": "A workshop's token: its `role` is `staff`, `manager` or `auditor`.",
}
_TAGS = {
    Tag.OWNER: "A car owner's own bookings.",
    Tag.OPERATION: "The process itself.",
    Tag.WORKSHOP: "The bookings of the workshop that the token names.",
}


def document() -> Json:
    """Return the description of the API as OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Bookings",
            "version": version("bookings"),
            "description": (
                "Bookings at a workshop: moved and cancelled as its policy allows, and "
                "asked for where it does not."
            ),
            "contact": {"name": "Bookings"},
            "license": {"name": "MIT", "url": "https://spdx.org/licenses/MIT.html"},
        },
        "servers": [{"url": "/", "description": "The server that says this."}],
        "tags": [
            {"name": tag.value, "description": told} for tag, told in _TAGS.items()
        ],
        "paths": _paths(),
        "components": {
            "schemas": COMPONENTS.all(),
            "headers": parameters.HEADERS,
            "parameters": parameters.IN_PATH | parameters.PARAMETERS,
            "examples": failures.shown(_codes()),
            "securitySchemes": {
                name: {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": told,
                }
                for name, told in _TOKENS.items()
            },
        },
    }


def _paths() -> Json:
    found: Json = {}
    for operation in OPERATIONS:
        found.setdefault(operation.path, {})[operation.method] = _described(operation)
    return found


def _codes() -> list[str]:
    found = {code for operation in OPERATIONS for code in failures.codes(operation)}
    return [code for code in problems.KINDS if code in found]


def _described(operation: Operation) -> Json:
    described = {
        "operationId": operation.name,
        "tags": [operation.tag.value],
        "summary": operation.summary,
        "description": operation.description,
        "security": list(_tokens(operation)),
        "x-roles": list(operation.roles),
        "parameters": list(_parameters(operation)),
        "responses": _successes(operation) | failures.responses(operation),
    }
    if operation.is_sent:
        described["requestBody"] = {"required": True, "content": _body(operation)}
    return described


def _tokens(operation: Operation) -> Iterator[Json]:
    if operation.roles:
        yield {"owner" if "owner" in operation.roles else "workshop": []}


def _parameters(operation: Operation) -> Iterator[Json]:
    in_path = re.findall(r"\{(\w+)\}", operation.path)
    for name in (*in_path, *operation.parameters, "X-Request-Id"):
        yield {"$ref": f"#/components/parameters/{name}"}


def _body(operation: Operation) -> Json:
    if operation.media:
        return {media: {"schema": _BYTES} for media in operation.media}
    examples = {
        name.replace(" ", "_"): {"value": value}
        for type_ in operation.body
        for name, value in schemas.EXAMPLES[type_].items()
    }
    schema = COMPONENTS.reference(operation.body, "oneOf")
    return {JSON: {"schema": schema, "examples": examples}}


def _successes(operation: Operation) -> Json:
    return {
        str(answer.status): _success(operation, answer) for answer in operation.answers
    }


def _success(operation: Operation, answer: Answer) -> Json:
    always = ("X-Request-Id", "Cache-Control") if operation.roles else ("X-Request-Id",)
    described: Json = {
        "description": answer.description,
        "headers": failures.headers(*always, *answer.headers),
    }
    if answer.shown or answer.media:
        described["content"] = _content(answer)
    found = links.LINKS.get((operation.name, answer.status))
    return described if found is None else described | {"links": found}


def _content(answer: Answer) -> Json:
    if answer.media:
        return {
            media: {"schema": {} if media == JSON else _BYTES} for media in answer.media
        }
    examples = {
        name: {"value": msgspec.to_builtins(example)}
        for name, example in answer.shown.items()
    }
    # A page without anything on it is one of each kind.
    schema = COMPONENTS.reference(answer.types, "anyOf")
    return {JSON: {"schema": schema, "examples": examples}}
