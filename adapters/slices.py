"""Ids of bookings: each counts up in its workshop's slice, and tells it."""

from domain.identity import SLICES, slice_of


def first_of(org_nr: int) -> int:
    """Return where the slice's counter begins: no id is 0."""
    return 0 if slice_of(org_nr) else 1


def ids(org_nr: int, first: int, count: int) -> list[int]:
    """Return `count` ids of the workshop's slice from its counter's `first` on."""
    return [n * SLICES + slice_of(org_nr) for n in range(first, first + count)]
