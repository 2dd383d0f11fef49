"""Pairs that exclude each other, sent at once on two processes: one of them must lose.

Each draws two calls on one booking, on one request, or for one slot.
"""

from collections.abc import Callable, Sequence

from tests.storms.storm import acts, desk
from tests.storms.storm.acting import Acting, Drawn
from tests.storms.storm.people import ASKING, EASY

Pair = tuple[Drawn, Drawn]


def decide_otherwise(it: Acting) -> Pair | None:
    """Let the workshop decide a request twice, or while its owner withdraws it."""
    first = desk.decide(it)
    if first is None:
        return None
    staff, sent = first
    second = acts.withdraw(it)
    if second is None or second[1].booking_id != sent.booking_id:
        second = desk.decide_on(it, staff, sent)
    return first, second


def want_one_slot(it: Acting) -> Pair | None:
    """Move two bookings to one start, where both would get the lowest bay."""
    org_nr = it.chance.choice((EASY, ASKING))
    one, other = (it.pool.draw(it.chance, org_nr) for _rival in range(2))
    if one is None or other is None or one.id == other.id:
        return None
    start = it.plan.empty_start(it.chance)
    return acts.move_to(it, one, start), acts.move_to(it, other, start)


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
    want_one_slot,
    be_as_careful,
)
