"""Who acts and where things live: roles, actors, stream names, slices."""

from enum import Enum

import msgspec

SLICES = 1024


class Role(Enum):
    OWNER = "owner"
    STAFF = "staff"
    MANAGER = "manager"
    SYSTEM = "system"


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is the token's `sub`, or the name of a command line or a job."""

    role: Role
    id: str


def slice_of(number: int) -> int:
    """Return the slice (0 to 1023) of an `org_nr` or of a booking's id."""
    return number % SLICES


def booking_stream(booking_id: int) -> str:
    return f"booking-{booking_id}"


def workshop_stream(org_nr: int) -> str:
    return f"workshop-{org_nr}"
