"""What a POST of an upload announces: the name, the size and the hash of its bytes."""

import re
from typing import Any

import msgspec

from application import checks
from application.checks import Check, Errors

MAX_NAME = 255
# More than any limit that can be set.
MAX_SIZE = 2**53 - 1
_SHA256 = re.compile("[0-9a-fA-F]{64}")
_PATH = re.compile(r"[/\\]|\.{1,2}")


class WantedFile(msgspec.Struct, frozen=True, kw_only=True):
    """`size` is in bytes; whether it is too large is not for the body to say."""

    size: int
    name: str | None = None
    sha256: bytes | None = None


def parse(body: Any) -> WantedFile:
    """Return what `body` announces. Raises `InvalidBody`."""
    return WantedFile(**checks.right(body, _MEMBERS, ("size",)))


def _size(errors: Errors, value: Any, pointer: str) -> int | None:
    return checks.integer(errors, value, pointer, 1, MAX_SIZE)


def _name(errors: Errors, value: Any, pointer: str) -> str | None:
    """Return a name that no file system takes for a path."""
    name = checks.line(errors, value, pointer, MAX_NAME)
    if name is not None and (_PATH.fullmatch(name) or {"/", "\\"} & set(name)):
        checks.wrong(errors, pointer, "format", "It is a name, and no path.")
    return name


def _sha256(errors: Errors, value: Any, pointer: str) -> bytes | None:
    text = checks.string(errors, value, pointer)
    if text is None:
        return None
    if not _SHA256.fullmatch(text):
        checks.wrong(errors, pointer, "format", "It has 64 hexadecimal digits.")
        return None
    return bytes.fromhex(text)


_MEMBERS: dict[str, Check] = {"name": _name, "size": _size, "sha256": _sha256}
