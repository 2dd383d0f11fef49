"""Time in a bay: what a booking occupies, and whether a bay is free.

All times are aware and in UTC. A slot holds [start, free_at): the service and then its
buffer.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import Enum

import msgspec


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """A service from `start` to `end` in `bay`, which is free again at `free_at`."""

    start: datetime
    end: datetime
    free_at: datetime
    bay: int


class HoldKind(Enum):
    SLOT = "slot"
    HOLD = "hold"


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """One bay taken by one booking: by its slot, or for its open request.

    At `expires_at` the clock frees it, if nothing happens before.
    """

    org_nr: int
    booking_id: int
    kind: HoldKind
    bay: int
    start: datetime
    free_at: datetime
    expires_at: datetime | None = None


def has_expired(hold: Hold, now: datetime) -> bool:
    return hold.expires_at is not None and hold.expires_at <= now


class Occupancy:
    """The holds that a decision can meet. A booking never conflicts with itself."""

    def __init__(self, holds: Iterable[Hold] = ()) -> None:
        self._holds = {(hold.booking_id, hold.kind): hold for hold in holds}

    def free_bay(
        self,
        *,
        org_nr: int,
        booking_id: int,
        bays: int,
        start: datetime,
        until: datetime,
        now: datetime,
    ) -> int | None:
        """Return the lowest bay that is free for all of [start, until), or None.

        What expired by `now` takes nothing.
        """
        taken = {
            hold.bay
            for hold in self._holds.values()
            if hold.org_nr == org_nr
            and hold.booking_id != booking_id
            and hold.start < until
            and start < hold.free_at
            and not has_expired(hold, now)
        }
        return next((bay for bay in range(1, bays + 1) if bay not in taken), None)

    def in_the_way(self, hold: Hold) -> set[int]:
        """Return the other bookings that hold some of the bay and time of `hold`."""
        return {
            other.booking_id
            for other in self._holds.values()
            if other.org_nr == hold.org_nr
            and other.bay == hold.bay
            and other.booking_id != hold.booking_id
            and other.start < hold.free_at
            and hold.start < other.free_at
        }

    def change(self, released: Iterable[Hold], claimed: Iterable[Hold]) -> None:
        for hold in released:
            self._holds.pop((hold.booking_id, hold.kind), None)
        for hold in claimed:
            self._holds[hold.booking_id, hold.kind] = hold
