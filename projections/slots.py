"""Slots: what bookings take of the bays, as rows that follow from bookings alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from domain.booking import Booking
from domain.slots import Hold


class SlotRow(NamedTuple):
    booking_id: int
    kind: str
    org_nr: int
    bay: int
    starts_at: datetime
    free_at: datetime
    expires_at: datetime | None


def row(hold: Hold) -> SlotRow:
    return SlotRow(
        booking_id=hold.booking_id,
        kind=hold.kind.value,
        org_nr=hold.org_nr,
        bay=hold.bay,
        starts_at=hold.start,
        free_at=hold.free_at,
        expires_at=hold.expires_at,
    )


def changed(
    before: Booking | None, after: Booking
) -> tuple[Sequence[SlotRow], Sequence[SlotRow]]:
    """Return the rows that go and those that come between `before` and `after`."""
    if after is before:
        return [], []
    old = before.holds() if before is not None else ()
    new = after.holds()
    return (
        [row(hold) for hold in old if hold not in new],
        [row(hold) for hold in new if hold not in old],
    )
