"""What was: a booking as of a time, and the decisions of a period.

All of it is folded from the log. An event's time is never before its predecessor's, so
the stream up to a time is a stream.
"""

from bisect import bisect
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from application import streams
from application.queries import Past, Reader, Seen
from application.stored import Head, StoredBooking
from application.streams import LogEntry
from domain import booking as bookings
from domain import chain, events, rejudge
from domain import workshop as workshops
from domain.booking import Booking
from domain.events import BookingEvent, Recorded
from domain.rules import PolicyDecision
from domain.structs import replace
from domain.workshop import Workshop

_MESSAGE = events.MessageAppended.__struct_config__.tag


class Decided(NamedTuple):
    """An event with its decision, and the booking that was decided about."""

    before: Booking
    recorded: Recorded[BookingEvent]
    decision: PolicyDecision


def as_of(past: Past, at: datetime) -> Seen | None:
    """Return a booking as it was stored at a time, or None before it was placed.

    What was erased since is gone from its past, too. Whoever shows it applies the clock
    of `at`.
    """
    known = past.booking[: bisect(past.booking, at, key=_time)]
    booking = bookings.fold(_state_events(known))
    if booking is None:
        return None
    now = past.seen.stored.booking
    head = _head(known[-1])
    return Seen(
        stored=StoredBooking(head=head, booking=replace(booking, erased=now.erased)),
        workshop=_workshop_at(past.workshop, at, head.position),
        owner_key=past.seen.owner_key,
    )


async def decisions(
    reader: Reader, org_nr: int, *, since: datetime, until: datetime
) -> AsyncIterator[Decided]:
    """Yield the decisions of a workshop's policies in [since, until), by booking."""
    async for entries in reader.decided(org_nr, since=since):
        for decided in _decided(entries):
            if since <= decided.recorded.origin.at < until:
                yield decided


def _decided(entries: Iterable[LogEntry]) -> Iterator[Decided]:
    before: Booking | None = None
    for recorded in map(_recorded, entries):
        decision = rejudge.decision_of(recorded.event)
        if before is not None and decision is not None:
            yield Decided(before, recorded, decision)
        before = bookings.evolve(before, recorded)


def _workshop_at(log: Sequence[LogEntry], at: datetime, position: int) -> Workshop:
    """Return the workshop as of a time, and never as it was before a position."""
    count = max(bisect(log, at, key=_time), bisect(log, position, key=_position))
    first, *later = map(_recorded, log[:count])
    workshop = workshops.evolve(None, first.event)
    for recorded in later:
        workshop = workshops.evolve(workshop, recorded.event)
    return workshop


def _state_events(entries: Iterable[LogEntry]) -> Iterator[Recorded[Any]]:
    """Yield what changed the state: messages did not."""
    return (_recorded(entry) for entry in entries if entry.topic != _MESSAGE)


def _head(entry: LogEntry) -> Head:
    """Return the end of the stream that ends with `entry`."""
    recorded, prev = streams.readable(entry)
    return Head(
        version=entry.version,
        chain=chain.link(prev, entry.version, entry.topic, entry.state),
        at=recorded.origin.at,
        position=entry.position,
    )


def _recorded(entry: LogEntry) -> Recorded[Any]:
    recorded, _prev = streams.readable(entry)
    return recorded


def _time(entry: LogEntry) -> datetime:
    return _recorded(entry).origin.at


def _position(entry: LogEntry) -> int:
    return entry.position
