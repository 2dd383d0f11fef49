"""Places in lists after which a page begins, as clients see them: opaque.

Each has one written form; whatever else looks like one is none.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from uuid import UUID

from application.listing import ListKey, RequestKey

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_START = re.compile(rb"(0|-?[1-9][0-9]{0,17}) ([1-9][0-9]{0,17})")
_REQUEST = re.compile(
    rb"(0|-?[1-9][0-9]{0,17}) ([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})"
)
_VERSION = re.compile(rb"[1-9][0-9]{0,17}")


def of_start(place: ListKey) -> str:
    return _opaque(f"{_micros(place.start)} {place.booking_id}".encode())


def start(cursor: str) -> ListKey | None:
    match = _read(cursor, _START)
    moment = None if match is None else _moment(match[1])
    if match is None or moment is None:
        return None
    return ListKey(start=moment, booking_id=int(match[2]))


def of_request(place: RequestKey) -> str:
    return _opaque(f"{_micros(place.requested_at)} {place.request_id}".encode())


def request(cursor: str) -> RequestKey | None:
    match = _read(cursor, _REQUEST)
    moment = None if match is None else _moment(match[1])
    if match is None or moment is None:
        return None
    return RequestKey(requested_at=moment, request_id=UUID(match[2].decode()))


def of_version(version: int) -> str:
    return _opaque(str(version).encode())


def version(cursor: str) -> int | None:
    match = _read(cursor, _VERSION)
    return None if match is None else int(match[0])


def _opaque(plain: bytes) -> str:
    return urlsafe_b64encode(plain).rstrip(b"=").decode()


def _read(cursor: str, form: re.Pattern[bytes]) -> re.Match[bytes] | None:
    try:
        plain = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError:
        return None
    return form.fullmatch(plain) if _opaque(plain) == cursor else None


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _moment(micros: bytes) -> datetime | None:
    try:
        return _EPOCH + int(micros) * _MICROSECOND
    except OverflowError:
        return None
