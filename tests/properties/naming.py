"""What was drawn, named: which booking, which request, which times and uploads."""

from typing import Any

from tests.properties import sending
from tests.properties.model import Model
from tests.properties.records import OCCUPYING, Sent
from tests.properties.sending import Drawn
from tests.properties.terms import DAY, HOUR

ORGS = (313001083, 313001084)
OWNERS = ("anna", "bjarne")
ON_REQUESTS = ("approve", "reject", "counter", "accept", "decline", "withdraw")


def going_on(model: Model) -> list[int]:
    return [n for n, one in model.bookings.items() if one.status in OCCUPYING]


def one_of(model: Model, which: int) -> int:
    """Return a booking, and seldom one whose life is over."""
    numbers = going_on(model) if which % 4 else []
    numbers = numbers or list(model.bookings)
    return numbers[which % len(numbers)]


def sent(model: Model, drawn: Drawn, now: int) -> Sent:
    """Name what was drawn: a booking, a request, uploads, times, a revision."""
    model.tick(now)
    requests = list(reversed(model.requests))
    number, request = one_of(model, drawn.which), None
    if drawn.what in ON_REQUESTS:
        request = requests[drawn.request % len(requests)]
        if drawn.which % 8:
            number = model.requests[request].number
    booking = model.bookings[number]
    who, role, org_nr = drawn.who, drawn.who, booking.org_nr
    if who in {"owner", "other"}:
        other = next(name for name in OWNERS if name != booking.owner)
        who, role = booking.owner if who == "owner" else other, "owner"
    elif who == "elsewhere":
        role, org_nr = "staff", next(org for org in ORGS if org != booking.org_nr)
    tags = {
        "*": ("*",),
        "1": ("9", '"1"'),
        "current": (f'"{booking.revision}"',),
        "weak": (f'W/"{booking.revision}"',),
    }
    return Sent(
        who,
        role,
        number,
        drawn.what,
        now,
        org_nr=None if role == "owner" else org_nr,
        body=_body(model, drawn.body, number, now),
        request=request,
        if_match=None if drawn.if_match is None else tags[drawn.if_match],
        key=drawn.key,
        dry=drawn.dry,
    )


def _body(model: Model, drawn: dict[str, Any], number: int, now: int) -> dict[str, Any]:
    body = dict(drawn)
    uploads = sorted(model.uploads, key=lambda one: model.uploads[one].number != number)
    for member in sending.TIMES:
        if member in body:
            body[member] = at(model, body[member], now)
    if "attachments" in body:
        named = [
            uploads[one % len(uploads)] if uploads and one >= 0 else sending.UNKNOWN
            for one in body["attachments"]
        ]
        body["attachments"] = [{"upload_id": one} for one in dict.fromkeys(named)]
    return body


def at(model: Model, wished: tuple[int, int], now: int) -> int:
    """Return the wished minute, counted from today and 07:00 UTC."""
    day, minute = wished
    if day < 0:
        held = [start for org in ORGS for _, _, start, _ in model.held(org)]
        return held[minute % len(held)] if held else now
    today = now - now % DAY
    return today + day * DAY + 7 * HOUR + minute
