"""The description of the API, held against the routes and what is checked."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from litestar.routes import HTTPRoute

from adapters.http import app, openapi, problems, schemas
from adapters.http.problems import KINDS
from application import checks, intent
from tests.adapters.http.api import Api
from tests.examples import UPLOAD

DOCUMENT = openapi.document()
SCHEMAS = DOCUMENT["components"]["schemas"]


def _operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


OPERATIONS = list(_operations())


def test_it_is_served_to_everyone(api: Api):
    answer = api.ask("GET", "/schema/openapi.json", None)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == msgspec.json.decode(msgspec.json.encode(DOCUMENT))


def test_it_describes_each_route_and_no_other():
    routes = {
        (route.path_format, method.lower())
        for router in (app.OWNERS, app.EVERYONE)
        for route in router.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods - {"OPTIONS"}
    }

    assert {(path, method) for path, method, _ in OPERATIONS} == routes


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for child in value.values():
            yield from _references(child)
    elif isinstance(value, list):
        for child in value:
            yield from _references(child)


def test_each_reference_leads_somewhere():
    found = set(_references(DOCUMENT))

    assert found
    assert {r.removeprefix("#/components/schemas/") for r in found} <= SCHEMAS.keys()


def test_each_operation_has_a_name_of_its_own():
    names = [operation["operationId"] for _path, _method, operation in OPERATIONS]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("path", "operation"),
    [(path, operation) for path, _method, operation in OPERATIONS],
)
def test_each_parameter_of_a_path_is_described(path: str, operation: dict[str, Any]):
    described = {
        parameter["name"]
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "path"
    }

    assert described == {part[1:-1] for part in path.split("/") if part[:1] == "{"}


@pytest.mark.parametrize("operation", [operation for *_, operation in OPERATIONS])
def test_each_answer_has_its_type_and_its_headers(operation: dict[str, Any]):
    for status, answer in operation["responses"].items():
        expected = "application/json" if int(status) < 400 else problems.MEDIA_TYPE
        assert answer["content"].keys() == {expected}
        assert "X-Request-Id" in answer["headers"]
    assert ("401" in operation["responses"]) == bool(operation["security"])


def test_bodies_that_are_sent_have_no_other_members():
    for name in ("Change", "WantedMessage", "WantedUpload"):
        assert SCHEMAS[name]["additionalProperties"] is False


def test_each_code_is_named_where_it_is_answered():
    _path, _method, change = next(o for o in OPERATIONS if o[1] == "put")
    text = " ".join(answer["description"] for answer in change["responses"].values())

    for code, kind in KINDS.items():
        if kind.status not in {405, 429}:
            assert code in text


LONGEST: dict[str, Any] = {
    "service_start_time": "2026-02-12T10:00:00Z",
    "status": "CANCELLED",
    "cancellation_reason": "x" * intent.MAX_REASON,
    "attachments": [{"upload_id": str(UPLOAD), "caption": "x" * intent.MAX_CAPTION}],
    "message": {"text": "x" * intent.MAX_TEXT, "client_message_id": str(UPLOAD)},
}
TOO_MUCH: list[dict[str, Any]] = [
    {"cancellation_reason": "x" * (intent.MAX_REASON + 1), "status": "CANCELLED"},
    {"message": {"text": "x" * (intent.MAX_TEXT + 1)}},
    {"message": {"text": ""}},
    {"message": {}},
    {"message": None},
    {"attachments": []},
    {"attachments": [{}]},
    {"attachments": [{"upload_id": str(UPLOAD), "caption": "x" * 201}]},
    {"attachments": [{"upload_id": str(UPLOAD), "x": 1}]},
    {"status": "PENDING"},
    {"service_start_time": "2026-02-12T10:00:00"},
    {"unknown": 1},
]


@pytest.mark.parametrize(
    "names",
    [
        ("service_start_time", "message"),
        ("status",),
        ("status", "cancellation_reason"),
        ("attachments",),
        ("message",),
    ],
    ids="+".join,
)
def test_what_is_described_as_legal_is_checked_as_legal(names: tuple[str, ...]):
    body = {name: LONGEST[name] for name in names}
    msgspec.convert(body, schemas.Change)

    assert intent.parse(body) != intent.Intent()


@pytest.mark.parametrize("body", TOO_MUCH, ids=lambda body: str(body)[-40:])
def test_what_is_described_as_wrong_is_checked_as_wrong(body: dict[str, Any]):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(body, schemas.Change)
    with pytest.raises(checks.InvalidBody):
        intent.parse(body)
