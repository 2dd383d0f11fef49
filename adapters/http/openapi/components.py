"""Schemas of all that is sent and answered, from the types that are read and written.

Objects have the members that are named and no others. What is answered has all of them,
but for those that are left out when they are not there.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from adapters.http.openapi import limits
from application import trees

Json = dict[str, Any]

_PREFIX = "#/components/schemas/"


class Components:
    """The schemas of `sent` and `answered`, and of all that they are made of.

    What is sent and answered is as it is sent.
    """

    def __init__(self, sent: Iterable[type], answered: Iterable[type]) -> None:
        of_sent = tuple(dict.fromkeys(sent))
        types = tuple(dict.fromkeys((*of_sent, *answered)))
        found, named = msgspec.json.schema_components(
            types, ref_template=_PREFIX + "{name}"
        )
        self._references: dict[type, Json] = dict(
            zip(types, _tidy(list(found)), strict=True)
        )
        self._schemas: dict[str, Json] = {
            _short(name): _tidy(schema) | {"title": _short(name)}
            for name, schema in named.items()
        }
        self._sent = self._reached(self._references[type_] for type_ in of_sent)
        self._limit()

    def reference(
        self, types: tuple[type[msgspec.Struct], ...], alternatives: str
    ) -> Json:
        """Return the schema of a body of one of `types`: `oneOf` or `anyOf` them."""
        found = [self._references[type_] for type_ in types]
        if len(found) == 1:
            return found[0]
        return {alternatives: found} | self._told_apart(types)

    def _told_apart(self, types: tuple[type[msgspec.Struct], ...]) -> Json:
        """Return which member says of which type a body is, if there is one."""
        (field, *others) = {type_.__struct_config__.tag_field for type_ in types}
        if field is None or others:
            return {}
        mapping = {
            str(type_.__struct_config__.tag): self._references[type_]["$ref"]
            for type_ in types
        }
        return {"discriminator": {"propertyName": field, "mapping": mapping}}

    def all(self) -> Json:
        return {
            name: _closed(schema) if name in self._sent else _whole(schema)
            for name, schema in sorted(self._schemas.items())
        }

    def _limit(self) -> None:
        """Add what the types do not say."""
        for type_, together in limits.TOGETHER.items():
            self._of(type_).update(together)
        for type_, members in limits.MEMBERS.items():
            properties = self._of(type_)["properties"]
            for name, limit in members.items():
                properties[name] |= limit

    def _of(self, type_: type) -> Json:
        name = type_.__name__
        long = _short(f"{type_.__module__}.{name}")
        return self._schemas[name if name in self._schemas else long]

    def _reached(self, roots: Iterable[Json]) -> set[str]:
        """Return the names of all schemas that those of `roots` are made of."""
        reached: set[str] = set()
        waiting = list(roots)
        while waiting:
            for name in set(_names(waiting.pop())) - reached:
                reached.add(name)
                waiting.append(self._schemas[name])
        return reached


def _names(value: Any) -> Iterator[str]:
    if trees.is_object(value):
        if "$ref" in value:
            yield _name(value)
        for member in value.values():
            yield from _names(member)
    elif trees.is_array(value):
        for item in value:
            yield from _names(item)


def _name(reference: Mapping[str, Any]) -> str:
    name: str = reference["$ref"]
    return name.removeprefix(_PREFIX)


def _tidy(value: Any) -> Any:
    """Return a schema with the names and the line breaks that a reader expects."""
    if trees.is_array(value):
        return [_tidy(item) for item in value]
    if not trees.is_object(value):
        return value
    return {
        key: _TIDIERS[key](member) if _is_told(key, member) else _tidy(member)
        for key, member in value.items()
    }


def _is_told(key: str, member: Any) -> bool:
    """Whether a member is not itself a schema of something by that name."""
    return key in _TIDIERS and isinstance(member, str)


def _short(name: str) -> str:
    """Return a component's name: of two types with one name it has their modules."""
    module, _, own = name.rpartition(".")
    return module.rpartition(".")[2].title() + own


def _referred(reference: str) -> str:
    return _PREFIX + _short(reference.removeprefix(_PREFIX))


_TIDIERS: dict[str, Callable[[str], str]] = {
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
