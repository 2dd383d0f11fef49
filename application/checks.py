"""Checks of decoded JSON, member by member: what is right is converted, all else told.

A check takes the errors so far, a value and its JSON pointer. It returns the value as
it is kept; what is wrong becomes an error, and nothing is coerced.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from application import trees

E = TypeVar("E", bound=Enum)

_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?"
    r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
)
_WHOLE_MINUTE = re.compile(r".{16}:00(\.0+)?(Z|[+-].{5})")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
# Unicode's category Cc but for tab and newline.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BREAKS = re.compile("[\t\n\u2028\u2029]")


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


def right(
    body: Any,
    checks: Mapping[str, Check],
    required: tuple[str, ...] = (),
    *,
    together: Callable[[Mapping[str, Any]], Iterable[BodyError]] | None = None,
) -> dict[str, Any]:
    """Return the members of a body. Raises `InvalidBody` with every error in it.

    `together` is asked what is wrong with them side by side, once each is right.
    """
    errors: Errors = []
    values = members(errors, body, "", checks, required)
    if together is not None and not errors:
        errors.extend(together(values))
    if errors:
        raise InvalidBody(errors)
    return values


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
            errors.append(missing(f"{pointer}/{name}"))
    right: dict[str, Any] = {}
    for name, member in value.items():
        at = f"{pointer}/{escaped(name)}"
        if name in checks:
            right[name] = checks[name](errors, member, at)
        else:
            errors.append(unknown(at))
    return right


def missing(pointer: str) -> BodyError:
    return BodyError(pointer=pointer, code="required", detail="This member is needed.")


def unknown(pointer: str, detail: str = "There is no such member.") -> BodyError:
    return BodyError(pointer=pointer, code="unknown_member", detail=detail)


def nothing_to_do() -> BodyError:
    detail = "At least one member is needed."
    return BodyError(pointer="", code="nothing_to_do", detail=detail)


def conflicting(detail: str) -> BodyError:
    return BodyError(pointer="", code="conflicting_actions", detail=detail)


def escaped(name: str) -> str:
    """Return a member's name as a JSON pointer has it."""
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
    if has_control(text):
        wrong(errors, pointer, "format", "It has a control character.")
        return None
    text = text.strip()
    if not least <= len(text) <= most:
        wrong(errors, pointer, "length", f"It has {least} to {most} characters.")
        return None
    return text


def line(errors: Errors, value: Any, pointer: str, most: int) -> str | None:
    """Return a text of 1 to `most` characters that is one line."""
    found = text(errors, value, pointer, 1, most)
    if found is not None and _BREAKS.search(found):
        wrong(errors, pointer, "format", "It is one line, without tabs.")
        return None
    return found


def has_control(text: str) -> bool:
    return _CONTROL.search(text) is not None


def integer(
    errors: Errors, value: Any, pointer: str, least: int, most: int
) -> int | None:
    # Neither true nor 1.0 is a whole number here.
    if type(value) is not int:
        wrong(errors, pointer, "type", "A whole number is needed.")
        return None
    if not least <= value <= most:
        wrong(errors, pointer, "format", f"It is {least} to {most}.")
        return None
    return value


def choice(errors: Errors, value: Any, pointer: str, kind: type[E]) -> E | None:
    """Return the member of `kind` that has `value`."""
    text = string(errors, value, pointer)
    if text is None:
        return None
    for member in kind:
        if member.value == text:
            return member
    known = ", ".join(member.value for member in kind)
    wrong(errors, pointer, "format", f"It is one of: {known}.")
    return None


def uuid(errors: Errors, value: Any, pointer: str) -> UUID | None:
    text = string(errors, value, pointer)
    if text is None:
        return None
    if not _UUID.fullmatch(text):
        wrong(errors, pointer, "format", "It is no UUID.")
        return None
    return UUID(text)


def time(errors: Errors, value: Any, pointer: str) -> datetime | None:
    """Return a time of the workshop's day: one in whole minutes."""
    text = string(errors, value, pointer)
    if text is None:
        return None
    found = instant(text)
    if found is None or not _WHOLE_MINUTE.fullmatch(text):
        wrong(
            errors,
            pointer,
            "format",
            "It is an RFC 3339 time with offset, in whole minutes, 2000 to 2100.",
        )
        return None
    return found


def moment(errors: Errors, value: Any, pointer: str) -> datetime | None:
    """Return any moment, as one at which something happened."""
    text = string(errors, value, pointer)
    if text is None:
        return None
    found = instant(text)
    if found is None:
        detail = "It is an RFC 3339 time with offset, 2000 to 2100."
        wrong(errors, pointer, "format", detail)
    return found


def instant(text: str) -> datetime | None:
    """Return what a text in RFC 3339 means, in UTC, from 2000 to 2100."""
    if not _MOMENT.fullmatch(text):
        return None
    try:
        found = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if _FIRST_YEAR <= found.year <= _LAST_YEAR else None
