"""JSON documents read strictly: nothing is coerced, and all errors are told at once."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TypeVar, get_args, get_origin

import msgspec

from application import trees

T = TypeVar("T")


class Problem(NamedTuple):
    """What is wrong at `pointer` (a JSON pointer), with a stable code."""

    pointer: str
    code: str
    detail: str


class InvalidDocument(Exception):
    """A document with at least one problem."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(", ".join(f"{p.pointer} {p.code}" for p in self.problems))


def decode(text: bytes) -> Any:
    """Return what the JSON says. Raises `InvalidDocument`."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        wrong = Problem("", "malformed", f"It is no JSON: {error}.")
        raise InvalidDocument([wrong]) from None


def convert(value: Any, kind: type[T]) -> T:
    """Return decoded JSON as a struct of `kind`. Raises `InvalidDocument`."""
    problems = list(_problems(value, kind, ""))
    if problems:
        raise InvalidDocument(problems)
    return msgspec.convert(value, kind)


def _problems(value: Any, kind: Any, pointer: str) -> Iterator[Problem]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield from _of_members(value, kind, pointer)
    elif get_origin(kind) is tuple and get_args(kind)[-1] is Ellipsis:
        yield from _of_items(value, get_args(kind)[0], pointer)
    else:
        yield from _of_value(value, kind, pointer)


def _of_members(
    value: Any, kind: type[msgspec.Struct], pointer: str
) -> Iterator[Problem]:
    if not trees.is_object(value):
        yield Problem(pointer, "type", "An object is needed.")
        return
    known = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for name, field in known.items():
        if field.required and name not in value:
            yield Problem(f"{pointer}/{name}", "required", "This member is needed.")
    for name, member in value.items():
        at = f"{pointer}/{_escaped(name)}"
        if name in known:
            yield from _problems(member, known[name].type, at)
        else:
            yield Problem(at, "unknown_member", "There is no such member.")


def _of_items(value: Any, kind: Any, pointer: str) -> Iterator[Problem]:
    if not trees.is_array(value):
        yield Problem(pointer, "type", "An array is needed.")
        return
    for index, item in enumerate(value):
        yield from _problems(item, kind, f"{pointer}/{index}")


def _of_value(value: Any, kind: Any, pointer: str) -> Iterator[Problem]:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        yield Problem(pointer, "type", f"{error}.")


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
