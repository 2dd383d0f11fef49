"""The description of the API, held against its routes, its codes and its own rules."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import openapi_spec_validator
import pytest
from jsonschema import Draft202012Validator, validators
from litestar import Litestar
from litestar.routes import HTTPRoute

from adapters.http import app, auth, openapi, problems, ui
from adapters.http.body import StrictRequest
from adapters.http.openapi.operation import Operation
from adapters.http.problems import KINDS
from tests import sent
from tests.adapters.http.api import Api
from tests.sent import Sent

Json = dict[str, Any]
NODE_FOLDER = Path(__file__).parents[2] / "node"
SPECTRAL = NODE_FOLDER / "node_modules/@stoplight/spectral-cli/dist/index.js"
DOCUMENT: Json = json.loads(msgspec.json.encode(openapi.document()))
SCHEMAS: Json = DOCUMENT["components"]["schemas"]
OPERATIONS: list[tuple[str, str, Json]] = [
    (path, method, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
BY_NAME = {operation["operationId"]: operation for *_, operation in OPERATIONS}
PATHS: dict[str, str] = {
    parameter["name"]: str(parameter["example"])
    for parameter in DOCUMENT["components"]["parameters"].values()
    if parameter["in"] == "path"
}
# JSON Schema takes 5.0 for an integer; what is read here does not.
Strict: Any = validators.extend(
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: type(value) is int
    ),
)
# Answered where nothing is described, by what stands before us, or to operators.
ELSEWHERE = {
    "already_placed",
    "method_not_allowed",
    "workshop_exists",
}


def test_it_is_served_to_everyone(api: Api):
    answer = api.ask("GET", "/schema/openapi.json", None)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == DOCUMENT


def test_it_is_openapi():
    openapi_spec_validator.validate(DOCUMENT)


def test_spectral_finds_nothing_to_say(node: Path, tmp_path: Path):
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(DOCUMENT))

    done = subprocess.run(
        [
            node,
            SPECTRAL,
            "lint",
            "--fail-severity=hint",
            f"--ruleset={NODE_FOLDER / 'spectral.yaml'}",
            file,
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def _routes() -> Iterator[tuple[str, str, set[str]]]:
    pages = {route.path for route in ui.PAGES.routes}
    framework = Litestar(app.ROUTES, request_class=StrictRequest, openapi_config=None)
    for route in framework.routes:
        if not isinstance(route, HTTPRoute) or route.path in pages:
            continue
        for method, (handler, _) in route.route_handler_map.items():
            if method != "OPTIONS":
                roles = handler.opt.get(auth.ROLES, set())
                yield route.path_format, method.lower(), roles


def test_it_describes_each_route_with_its_roles_and_no_other():
    described = {
        (path, method): set(operation["x-roles"])
        for path, method, operation in OPERATIONS
    }

    assert described == {(path, method): roles for path, method, roles in _routes()}


@pytest.mark.parametrize("path", DOCUMENT["paths"])
def test_options_names_each_method_that_is_described(api: Api, path: str):
    filled = re.sub(r"\{(\w+)\}", lambda found: PATHS[found[1]], path)
    answer = api.ask("OPTIONS", filled, None)

    described = {method.upper() for method in DOCUMENT["paths"][path]}
    assert answer.status_code == 204
    assert set(answer.headers["allow"].split(", ")) == {*described, "OPTIONS"}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for child in value.values():
            yield from _references(child)
    elif isinstance(value, list):
        for child in value:
            yield from _references(child)


def test_each_component_is_referred_to():
    known = {
        f"#/components/{kind}/{name}"
        for kind, named in DOCUMENT["components"].items()
        for name in named
        if kind != "securitySchemes"
    }

    assert set(_references(DOCUMENT)) == known


@pytest.mark.parametrize(("path", "operation"), [(p, o) for p, _, o in OPERATIONS])
def test_each_parameter_of_a_path_is_described(path: str, operation: Json):
    known = DOCUMENT["components"]["parameters"]
    named = [known[p["$ref"].rpartition("/")[2]] for p in operation["parameters"]]

    assert re.findall(r"\{(\w+)\}", path) == [
        parameter["name"] for parameter in named if parameter["in"] == "path"
    ]


def test_each_query_value_that_is_read_is_described():
    read = {
        name
        for file in Path(app.__file__).parent.rglob("*.py")
        for name in re.findall(r'\.(?:one|needed)\("(\w+)"', file.read_text())
    }
    described = {
        parameter["name"]
        for parameter in DOCUMENT["components"]["parameters"].values()
        if parameter["in"] == "query"
    }

    assert described == read


@pytest.mark.parametrize("name", BY_NAME)
def test_each_answer_names_its_request_and_each_failure_is_a_problem(name: str):
    operation = BY_NAME[name]
    for status, answer in operation["responses"].items():
        assert "X-Request-Id" in answer["headers"]
        if int(status) >= 400:
            assert answer["content"].keys() == {problems.MEDIA_TYPE}
    assert ("401" in operation["responses"]) == bool(operation["security"])
    assert ("403" in operation["responses"]) == bool(operation["x-roles"])


def _objects(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        if "properties" in value:
            yield value
        for child in value.values():
            yield from _objects(child)
    elif isinstance(value, list):
        for child in value:
            yield from _objects(child)


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_object_has_no_other_members(name: str):
    for schema in _objects(SCHEMAS[name]):
        assert schema["additionalProperties"] is False


def test_each_code_is_named_where_it_is_answered():
    named = {
        code
        for operation in BY_NAME.values()
        for status, answer in operation["responses"].items()
        if int(status) >= 400
        for code in answer["content"][problems.MEDIA_TYPE]["examples"]
    }

    assert named == KINDS.keys() - ELSEWHERE


def _complaints(schema: Json, value: Any) -> list[str]:
    """Return what the document finds wrong with a value."""
    whole = schema | {"components": DOCUMENT["components"]}
    checker = Strict(whole, format_checker=Strict.FORMAT_CHECKER)
    return [error.message for error in checker.iter_errors(value)]


def _contents(operation: Json) -> Iterator[Json]:
    for answer in operation["responses"].values():
        yield from answer.get("content", {}).values()
    yield from operation.get("requestBody", {}).get("content", {}).values()


@pytest.mark.parametrize("name", BY_NAME)
def test_each_example_is_what_its_schema_says(name: str):
    for content in _contents(BY_NAME[name]):
        for example in content.get("examples", {}).values():
            assert _complaints(content["schema"], _shown(example)) == []


def _shown(example: Json) -> Any:
    if "$ref" in example:
        name = example["$ref"].rpartition("/")[2]
        return DOCUMENT["components"]["examples"][name]["value"]
    return example["value"]


DOCUMENTED = [
    (operation, kind)
    for operation in openapi.OPERATIONS
    for kind in sent.SENT
    if kind.schema in operation.body
]


@pytest.mark.parametrize(
    ("operation", "kind"), DOCUMENTED, ids=[f"{o.name}-{k.name}" for o, k in DOCUMENTED]
)
def test_a_body_is_described_as_it_is_checked(operation: Operation, kind: Sent):
    (content,) = BY_NAME[operation.name]["requestBody"]["content"].values()
    shown = [wrong for wrong in kind.corruptions if wrong.shown]

    assert _complaints(content["schema"], _wire(kind.full)) == []
    for wrong in shown:
        assert _complaints(content["schema"], _wire(kind.corrupted(wrong))), wrong


def _wire(body: Any) -> Any:
    return json.loads(msgspec.json.encode(body))


def _found(found: Json, expression: str) -> Any:
    """Return what a runtime expression of OpenAPI finds in an answer, or None."""
    if expression.startswith("$request."):
        return expression
    value: Any = found
    for part in expression.removeprefix("$response.body#/").split("/"):
        if value is None:
            return None
        value = value[int(part)] if isinstance(value, list) else value.get(part)
    return value


LINKS = {
    f"{name}-{status}-{called}": (answer["content"]["application/json"], link)
    for name, operation in BY_NAME.items()
    for status, answer in operation["responses"].items()
    for called, link in answer.get("links", {}).items()
}


@pytest.mark.parametrize("name", LINKS)
def test_each_link_takes_an_answer_to_an_operation(name: str):
    content, link = LINKS[name]
    target = BY_NAME[link["operationId"]]
    taken = {reference.rpartition("/")[2] for reference in _references(target)}

    given = link.get("parameters", {})
    sent = link.get("requestBody", {})
    assert given.keys() <= taken
    assert bool(sent) <= ("requestBody" in target)
    assert any(
        all(_found(shown["value"], e) for e in (*given.values(), *sent.values()))
        for shown in content["examples"].values()
    )
