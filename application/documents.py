"""JSON documents read strictly: nothing is coerced, and all errors are told at once."""

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import Any, NamedTuple, TypeVar, get_args, get_origin

import msgspec

from application import checks, trees

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
    found = list(problems(value, kind, ""))
    if found:
        raise InvalidDocument(found)
    return msgspec.convert(value, kind)


def problems(value: Any, kind: Any, pointer: str) -> Iterator[Problem]:
    """Yield why decoded JSON at `pointer` is no `kind`; if nothing, it converts."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield from _of_members(value, kind, pointer)
    elif isinstance(kind, type) and issubclass(kind, Enum):
        yield from _of_choice(value, kind, pointer)
    elif get_origin(kind) is tuple:
        yield from _of_array(value, get_args(kind), pointer)
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
        at = f"{pointer}/{checks.escaped(name)}"
        if name in known:
            yield from problems(member, known[name].type, at)
        else:
            yield Problem(at, "unknown_member", "There is no such member.")


def _of_array(value: Any, kinds: Sequence[Any], pointer: str) -> Iterator[Problem]:
    if not trees.is_array(value):
        yield Problem(pointer, "type", "An array is needed.")
        return
    if kinds[-1] is Ellipsis:
        kinds = [kinds[0]] * len(value)
    if len(value) != len(kinds):
        yield Problem(pointer, "length", f"It has {len(kinds)} items.")
        return
    for index, (item, kind) in enumerate(zip(value, kinds, strict=True)):
        yield from problems(item, kind, f"{pointer}/{index}")


def _of_choice(value: Any, kind: type[Enum], pointer: str) -> Iterator[Problem]:
    known = [member.value for member in kind]
    if not isinstance(value, str):
        yield Problem(pointer, "type", "A string is needed.")
    elif value not in known:
        yield Problem(pointer, "format", f"It is one of: {', '.join(known)}.")


def _of_value(value: Any, kind: Any, pointer: str) -> Iterator[Problem]:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        yield Problem(pointer, "type", f"{error}.")
        return
    if isinstance(value, str) and checks.has_control(value):
        yield Problem(pointer, "format", "It has a control character.")
