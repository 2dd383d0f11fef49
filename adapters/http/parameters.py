"""Headers and query values of ours: each is right, absent, or `invalid_parameter`.

What we do not know is ignored; what we know is never guessed at.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar.types import HTTPScope

from adapters.http.problems import Problem
from application.queries import ListKey

T = TypeVar("T")

DEFAULT_LIMIT, MAX_LIMIT = 50, 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_KEY = re.compile(rb"[\x21-\x7e]{1,255}")
_TAG = rb'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAGS = re.compile(
    rb"(?:[ \t]*,)*[ \t]*%b(?:[ \t]*,(?:[ \t]*%b)?)*[ \t]*" % (_TAG, _TAG)
)
_LIMIT = re.compile("[1-9][0-9]{0,2}")
_PLACE = re.compile(rb"(-?[0-9]{1,18}) ([1-9][0-9]{0,17})")


class ListQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of a list: how long a page, from where, in groups or not."""

    is_grouped: bool
    limit: int
    after: ListKey | None


def idempotency_key(scope: HTTPScope) -> str | None:
    """Return the `Idempotency-Key`: 1 to 255 visible ASCII characters."""
    values = _headers(scope, b"idempotency-key")
    if not values:
        return None
    if len(values) > 1 or not _KEY.fullmatch(values[0]):
        raise _invalid("Idempotency-Key has 1 to 255 visible ASCII characters.")
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
        raise _invalid('If-Match is "*" or a list of quoted entity tags.')
    return tuple(
        tag.decode("latin-1")
        for tag in re.findall(_TAG, given)
        if not tag.startswith(b"W/")
    )


def no_dry_run(scope: HTTPScope) -> None:
    """Refuse what asks that nothing be stored, which cannot be promised yet."""
    if "dry_run" in dict(_query(scope)):
        raise _invalid("dry_run is not offered yet.")


def list_query(scope: HTTPScope) -> ListQuery:
    query = _query(scope)
    limit = _one(query, "limit", _limit)
    is_grouped = _one(query, "grouped", _flag)
    return ListQuery(
        is_grouped=True if is_grouped is None else is_grouped,
        limit=DEFAULT_LIMIT if limit is None else limit,
        after=_one(query, "cursor", _place),
    )


def cursor(place: ListKey) -> str:
    """Return a place in a list as clients see it: opaque."""
    micros = (place.start - _EPOCH) // _MICROSECOND
    return _opaque(f"{micros} {place.booking_id}".encode())


def _query(scope: HTTPScope) -> list[tuple[str, str]]:
    return parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)


def _one(
    query: list[tuple[str, str]], name: str, read: Callable[[str], T | None]
) -> T | None:
    values = [value for given, value in query if given == name]
    if not values:
        return None
    found = read(values[0]) if len(values) == 1 else None
    if found is None:
        raise _invalid(f"The query value {name} is wrong.")
    return found


def _flag(text: str) -> bool | None:
    return {"0": False, "1": True}.get(text)


def _limit(text: str) -> int | None:
    if not _LIMIT.fullmatch(text) or int(text) > MAX_LIMIT:
        return None
    return int(text)


def _place(text: str) -> ListKey | None:
    try:
        plain = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    match = _PLACE.fullmatch(plain)
    if match is None or _opaque(plain) != text:
        return None
    try:
        start = _EPOCH + int(match[1]) * _MICROSECOND
    except OverflowError:
        return None
    return ListKey(start=start, booking_id=int(match[2]))


def _opaque(plain: bytes) -> str:
    return urlsafe_b64encode(plain).rstrip(b"=").decode()


def _headers(scope: HTTPScope, name: bytes) -> list[bytes]:
    return [value for given, value in scope["headers"] if given == name]


def _invalid(detail: str) -> Problem:
    return Problem("invalid_parameter", detail)
