"""Schemas of all that is sent and answered, from the types that are read and written.

Objects have the members that are named and no others. What is answered has all of them,
but for those that are left out when they are not there.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

Json = dict[str, Any]

_TEMPLATE = "#/components/schemas/{name}"
# What a type cannot say of its members side by side.
_TOGETHER: dict[str, Json] = {
    "Change": {
        "minProperties": 1,
        "not": {"required": ["service_start_time", "status"]},
        "dependentRequired": {"cancellation_reason": ["status"]},
    },
    "WorkshopChange": {
        "minProperties": 1,
        "not": {"required": ["service_start_time", "status"]},
        "dependentRequired": {
            "cancellation_reason": ["status"],
            "override": ["service_start_time"],
        },
    },
}


def schemas(sent: Iterable[type], answered: Iterable[type]) -> Json:
    """Return the component of each type, and of all that they are made of.

    What is sent and answered is as it is sent.
    """
    _, of_answered = _components(answered)
    _, of_sent = _components(sent)
    found = {name: _whole(schema) for name, schema in of_answered.items()}
    found |= {name: _closed(schema) for name, schema in of_sent.items()}
    return {name: found[name] | _TOGETHER.get(name, {}) for name in sorted(found)}


def reference(types: tuple[type, ...]) -> Json:
    """Return the schema of a body that is of one of `types`."""
    found, _ = _components(types)
    return found[0] if len(found) == 1 else {"oneOf": found}


def _components(types: Iterable[type]) -> tuple[list[Json], Json]:
    found, components = msgspec.json.schema_components(types, ref_template=_TEMPLATE)
    return _tidy(list(found)), {
        _short(name): _tidy(schema) for name, schema in components.items()
    }


def _tidy(value: Any) -> Any:
    """Return a schema with the names and the line breaks that a reader expects."""
    if isinstance(value, list):
        return [_tidy(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _TIDIERS.get(key, _tidy)(member) for key, member in value.items()}


def _short(name: str) -> str:
    """Return a component's name: of two types with one name it has their modules."""
    module, _, own = name.rpartition(".")
    return module.rpartition(".")[2].title() + own


def _referred(reference: str) -> str:
    path, _, name = reference.rpartition("/")
    return f"{path}/{_short(name)}"


_TIDIERS: dict[str, Callable[[Any], Any]] = {
    "$ref": _referred,
    "description": inspect.cleandoc,
}


def _closed(schema: Json) -> Json:
    if "properties" not in schema:
        return schema
    return schema | {"additionalProperties": False}


def _whole(schema: Json) -> Json:
    """Return the schema of an object whose members with defaults are there always."""
    if "properties" not in schema:
        return schema
    members = {n: _bare(member) for n, member in schema["properties"].items()}
    required = set(schema.get("required", ())) | set(_with_default(schema))
    return schema | {
        "properties": members,
        "required": [name for name in members if name in required],
        "additionalProperties": False,
    }


def _with_default(schema: Json) -> Iterator[str]:
    for name, member in schema["properties"].items():
        if "default" in member:
            yield name


def _bare(member: Json) -> Json:
    return {key: value for key, value in member.items() if key != "default"}
