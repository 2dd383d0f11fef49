"""Pairs that exclude each other, sent at once on two processes: one of them must lose.

Each draws two calls on one booking, on one request, or for one slot.
"""

from collections.abc import Callable, Sequence

from tests.storms.storm import acts
from tests.storms.storm.acts import Acting, Drawn

Pair = tuple[Drawn, Drawn]


def decide_otherwise(it: Acting) -> Pair | None:
    """Let the workshop decide a request twice, or while its owner withdraws it."""
    first = acts.decide(it)
    if first is None:
        return None
    staff, sent = first
    second = acts.withdraw(it)
    if second is None or second[1].booking_id != sent.booking_id:
        second = acts.decide_on(it, staff, sent)
    return first, second


def want_one_slot(it: Acting) -> Pair | None:
    """Move two bookings to one start, whose last bay one of them may get."""
    first, second = acts.move(it), acts.move(it)
    if first is None or second is None:
        return None
    second[1].body["service_start_time"] = first[1].body["service_start_time"]
    return first, second


def be_as_careful(it: Acting) -> Pair | None:
    """Change a booking from one revision to two."""
    first = acts.be_careful(it)
    if first is None:
        return None
    person, sent = first
    return first, acts.be_careful_too(it, person, sent)


PAIRS: Sequence[Callable[[Acting], Pair | None]] = (
    decide_otherwise,
    want_one_slot,
    be_as_careful,
)
