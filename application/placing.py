"""What a POST of a booking wants: its body, checked by itself, turned into commands.

Owners book for themselves; a workshop names the owner for whom it books.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from application import checks, intent
from application.checks import Check, Errors
from application.intent import Intent, WantedMessage
from application.ports import Ids
from domain import commands
from domain.commands import BookingCommand
from domain.events import Vehicle
from domain.identity import Actor
from domain.personal import Plate

ORG_NRS = 100_000_000, 999_999_999
SERVICE_IDS = 1, 2**31 - 1
# The first car, and the year after which no start can be.
YEARS = 1886, 2100
MAX_PLATE = 20
MAX_NAME = 100
MAX_OWNER = 255


class WantedVehicle(msgspec.Struct, frozen=True, kw_only=True):
    plate: str
    make: str | None = None
    model: str | None = None
    year: int | None = None


class Placing(msgspec.Struct, frozen=True, kw_only=True):
    """A body that is right by itself; without `owner_id` it is the caller's booking."""

    org_nr: int
    service_id: int
    start: datetime
    vehicle: WantedVehicle
    message: WantedMessage | None = None
    group_id: UUID | None = None
    owner_id: str | None = None


def parse(body: Any) -> Placing:
    """Return what an owner's `body` wants. Raises `InvalidBody`."""
    return _placing(checks.right(body, _OWNERS, _REQUIRED))


def parse_workshops(body: Any) -> Placing:
    """Return what a workshop's `body` wants. Raises `InvalidBody`."""
    return _placing(checks.right(body, _WORKSHOPS, (*_REQUIRED, "owner_id")))


def _placing(values: dict[str, Any]) -> Placing:
    return Placing(start=values.pop("service_start_time"), **values)


def wishes(
    wanted: Placing, booking_id: int, at: datetime, by: Actor, new_id: Ids
) -> tuple[BookingCommand, ...]:
    """Return the commands: the booking first, then the message beside it."""
    return (
        _place(wanted, booking_id, at, by, new_id),
        *_message(wanted, at, by, new_id),
    )


def _place(
    wanted: Placing, booking_id: int, at: datetime, by: Actor, new_id: Ids
) -> commands.Place:
    car = wanted.vehicle
    return commands.Place(
        at=at,
        by=by,
        booking_id=booking_id,
        owner=by.id if wanted.owner_id is None else wanted.owner_id,
        org_nr=wanted.org_nr,
        group_id=new_id() if wanted.group_id is None else wanted.group_id,
        group_given=wanted.group_id is not None,
        service_id=wanted.service_id,
        start=wanted.start,
        vehicle=Vehicle(make=car.make, model=car.model, year=car.year),
        personal=Plate(plate=car.plate),
    )


def _message(
    wanted: Placing, at: datetime, by: Actor, new_id: Ids
) -> Iterator[BookingCommand]:
    if wanted.message is not None:
        yield from intent.wishes(Intent(message=wanted.message), at, by, new_id)


def _org_nr(errors: Errors, value: Any, pointer: str) -> int | None:
    return checks.integer(errors, value, pointer, *ORG_NRS)


def _service_id(errors: Errors, value: Any, pointer: str) -> int | None:
    return checks.integer(errors, value, pointer, *SERVICE_IDS)


def _plate(errors: Errors, value: Any, pointer: str) -> str | None:
    return checks.line(errors, value, pointer, MAX_PLATE)


def _name(errors: Errors, value: Any, pointer: str) -> str | None:
    return checks.line(errors, value, pointer, MAX_NAME)


def _year(errors: Errors, value: Any, pointer: str) -> int | None:
    return checks.integer(errors, value, pointer, *YEARS)


def _vehicle(errors: Errors, value: Any, pointer: str) -> WantedVehicle | None:
    known: dict[str, Check] = {
        "plate": _plate,
        "make": _name,
        "model": _name,
        "year": _year,
    }
    members = checks.members(errors, value, pointer, known, ("plate",))
    if members.get("plate") is None:
        return None
    return WantedVehicle(**members)


def _owner_id(errors: Errors, value: Any, pointer: str) -> str | None:
    """Return the `sub` of the owner's tokens, which is kept as it is."""
    text = checks.string(errors, value, pointer)
    if text is None:
        return None
    if not 1 <= len(text) <= MAX_OWNER:
        checks.wrong(errors, pointer, "length", f"It has 1 to {MAX_OWNER} characters.")
    elif not text.isprintable():
        checks.wrong(errors, pointer, "format", "It has a control character.")
    return text


_REQUIRED = ("org_nr", "service_id", "service_start_time", "vehicle")
_OWNERS: dict[str, Check] = {
    "org_nr": _org_nr,
    "service_id": _service_id,
    "service_start_time": checks.time,
    "vehicle": _vehicle,
    "message": intent.message,
    "group_id": checks.uuid,
}
_WORKSHOPS: dict[str, Check] = _OWNERS | {"owner_id": _owner_id}
