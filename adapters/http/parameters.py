"""Headers and query values of ours: each is right, absent, or `invalid_parameter`.

What we do not know is ignored; what we know is never guessed at.
"""

import re
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import TypeVar
from urllib.parse import parse_qsl

from litestar.types import HTTPScope

from adapters.http.problems import Problem
from application.checks import instant

T = TypeVar("T")
S = TypeVar("S", bound=Enum)

_KEY = re.compile(rb"[\x21-\x7e]{1,255}")
_TAG = rb'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAGS = re.compile(
    rb"(?:[ \t]*,)*[ \t]*%b(?:[ \t]*,(?:[ \t]*%b)?)*[ \t]*" % (_TAG, _TAG)
)
_ORG_NR = re.compile("[1-9][0-9]{8}")
_NUMBER = re.compile("[1-9][0-9]{0,9}")


def idempotency_key(scope: HTTPScope) -> str | None:
    """Return the `Idempotency-Key`: 1 to 255 visible ASCII characters."""
    values = _headers(scope, b"idempotency-key")
    if not values:
        return None
    if len(values) > 1 or not _KEY.fullmatch(values[0]):
        raise invalid("Idempotency-Key has 1 to 255 visible ASCII characters.")
    return values[0].decode()


def if_match(scope: HTTPScope) -> tuple[str, ...] | None:
    """Return the entity tags of `If-Match`, or `("*",)`; weak ones match nothing."""
    values = _headers(scope, b"if-match")
    if not values:
        return None
    given = b",".join(values).strip(b" \t")
    if given == b"*":
        return ("*",)
    if not _TAGS.fullmatch(given):
        raise invalid('If-Match is "*" or a list of quoted entity tags.')
    return tuple(
        tag.decode("latin-1")
        for tag in re.findall(_TAG, given)
        if not tag.startswith(b"W/")
    )


def dry_run(scope: HTTPScope) -> bool:
    """Return whether nothing is to be stored."""
    return bool(Query(scope).one("dry_run", flag))


def as_of(scope: HTTPScope, now: datetime) -> datetime | None:
    """Return the moment of which is asked, which is not to come."""
    found = Query(scope).one("as_of", instant)
    if found is not None and found > now:
        raise invalid("as_of is still to come.")
    return found


class Query:
    """The values of a query; each of ours is there once, or not at all."""

    def __init__(self, scope: HTTPScope) -> None:
        text = scope["query_string"].decode("latin-1")
        self._given = parse_qsl(text, keep_blank_values=True) if text else []

    def one(self, name: str, read: Callable[[str], T | None]) -> T | None:
        """Return what `read` makes of the value, for which None is no value."""
        values = [value for given, value in self._given if given == name]
        if not values:
            return None
        found = read(values[0]) if len(values) == 1 else None
        if found is None:
            raise invalid(f"The query value {name} is wrong.")
        return found

    def needed(self, name: str, read: Callable[[str], T | None]) -> T:
        found = self.one(name, read)
        if found is None:
            raise invalid(f"The query value {name} is needed.")
        return found


def flag(text: str) -> bool | None:
    return {"0": False, "1": True}.get(text)


def number(most: int) -> Callable[[str], int | None]:
    """Return what reads whole numbers from 1 to `most`."""

    def read(text: str) -> int | None:
        if not _NUMBER.fullmatch(text) or int(text) > most:
            return None
        return int(text)

    return read


def org_nr(text: str) -> int | None:
    return int(text) if _ORG_NR.fullmatch(text) else None


def names(kind: type[S]) -> Callable[[str], frozenset[S] | None]:
    """Return what reads names of `kind`, with commas between them."""
    known = {member.value: member for member in kind}

    def read(text: str) -> frozenset[S] | None:
        found = [known.get(name) for name in text.split(",")]
        right = frozenset(name for name in found if name is not None)
        return right if None not in found else None

    return read


def invalid(detail: str) -> Problem:
    return Problem("invalid_parameter", detail)


def _headers(scope: HTTPScope, name: bytes) -> list[bytes]:
    return [value for given, value in scope["headers"] if given == name]
