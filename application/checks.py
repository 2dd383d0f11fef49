"""Checks of decoded JSON, member by member: what is right is converted, all else told.

A check takes the errors so far, a value and its JSON pointer. It returns the value as
it is kept; what is wrong becomes an error, and nothing is coerced.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from application import trees

_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:00(\.0+)?"
    r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
)
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
# Unicode's category Cc but for tab and newline.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class BodyError(msgspec.Struct, frozen=True, kw_only=True):
    """One error of a body; `pointer` is a JSON pointer to the member."""

    pointer: str
    code: str
    detail: str


class InvalidBody(Exception):
    """A body that is wrong whatever the state: all its errors."""

    def __init__(self, errors: list[BodyError]) -> None:
        super().__init__(", ".join(f"{e.pointer} {e.code}" for e in errors))
        self.errors = errors


Errors = list[BodyError]
Check = Callable[[Errors, Any, str], Any]


def wrong(errors: Errors, pointer: str, code: str, detail: str) -> None:
    errors.append(BodyError(pointer=pointer, code=code, detail=detail))


def members(
    errors: Errors,
    value: Any,
    pointer: str,
    checks: Mapping[str, Check],
    required: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Return the members of an object that are right; the others become errors."""
    if not trees.is_object(value):
        wrong(errors, pointer, "type", "An object is needed.")
        return {}
    for name in required:
        if name not in value:
            wrong(errors, f"{pointer}/{name}", "required", "This member is needed.")
    right: dict[str, Any] = {}
    for name, member in value.items():
        at = f"{pointer}/{_escaped(name)}"
        if name in checks:
            right[name] = checks[name](errors, member, at)
        else:
            wrong(errors, at, "unknown_member", "There is no such member.")
    return right


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def string(errors: Errors, value: Any, pointer: str) -> str | None:
    if isinstance(value, str):
        return value
    wrong(errors, pointer, "type", "A string is needed.")
    return None


def text(errors: Errors, value: Any, pointer: str, least: int, most: int) -> str | None:
    """Return a text with its line ends and outer white space made regular."""
    raw = string(errors, value, pointer)
    if raw is None:
        return None
    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    if _CONTROL.search(text):
        wrong(errors, pointer, "format", "It has a control character.")
        return None
    text = text.strip()
    if not least <= len(text) <= most:
        wrong(errors, pointer, "length", f"It has {least} to {most} characters.")
        return None
    return text


def uuid(errors: Errors, value: Any, pointer: str) -> UUID | None:
    text = string(errors, value, pointer)
    if text is None:
        return None
    if not _UUID.fullmatch(text):
        wrong(errors, pointer, "format", "It is no UUID.")
        return None
    return UUID(text)


def time(errors: Errors, value: Any, pointer: str) -> datetime | None:
    text = string(errors, value, pointer)
    if text is None:
        return None
    instant = _instant(text)
    if instant is None:
        wrong(
            errors,
            pointer,
            "format",
            "It is an RFC 3339 time with offset, in whole minutes, 2000 to 2100.",
        )
    return instant


def _instant(text: str) -> datetime | None:
    if not _TIME.fullmatch(text):
        return None
    try:
        instant = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return instant if _FIRST_YEAR <= instant.year <= _LAST_YEAR else None
