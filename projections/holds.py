"""Slots: what bookings take of the bays, as rows that follow from bookings alone."""

from domain.booking import Booking
from domain.slots import Hold


def changed(
    before: Booking | None, after: Booking
) -> tuple[frozenset[Hold], frozenset[Hold]]:
    """Return the holds that go and those that come between `before` and `after`."""
    old = frozenset(before.holds()) if before is not None else frozenset[Hold]()
    new = frozenset(after.holds())
    return old - new, new - old
