"""Streams read back from the log: nothing is believed of them that the chain denies.

Each event must follow from the one before it, and be what its topic says. A stream that
does not hold is told of in words, with the place, and read no further.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, get_args

import msgspec

from application import codec
from application.failures import Unreadable
from application.stored import Append, BookingChange, Head, Loaded, Tip, WorkshopChange
from domain import booking as bookings
from domain import chain, events
from domain import workshop as workshops
from domain.booking import Booking
from domain.events import AnyEvent, BookingEvent, Event, Recorded, WorkshopEvent
from domain.workshop import Workshop

_NAME = re.compile(r"(booking|workshop)-([1-9][0-9]{0,17})")
_LATER: dict[str, frozenset[type[Event]]] = {
    "booking": frozenset(get_args(BookingEvent)) - {events.Placed},
    "workshop": frozenset(get_args(WorkshopEvent)) - {events.WorkshopAdded},
}


class LogEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An event as it is stored, and where."""

    position: int
    version: int
    topic: str
    state: bytes


def readable(entry: LogEntry) -> tuple[Recorded[Any], bytes]:
    """Return an event for an answer, and its `prev`. Raises `Unreadable`."""
    try:
        return codec.decode(entry.state, entry.version)
    except (codec.UnknownTag, msgspec.DecodeError) as error:
        raise Unreadable(f"event at {entry.position}: {error}") from error


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """An event that follows from those before it; `chain` is the next one's `prev`."""

    position: int
    recorded: Recorded[Any]
    chain: bytes


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """A stream to its end; `positions` go side by side with `recorded`."""

    id: str
    recorded: Sequence[Recorded[Any]]
    positions: Sequence[int]
    chain: bytes


class Broken(Exception):
    """A stream that is not as it was written; `version` is where that shows."""

    def __init__(
        self,
        stream_id: str,
        why: str,
        *,
        version: int | None = None,
        position: int | None = None,
    ) -> None:
        self.stream_id = stream_id
        self.version = version
        self.position = position
        at = "" if version is None else f", version {version} (position {position})"
        super().__init__(f"{stream_id}{at}: {why}")


def walk(
    stream_id: str, entries: Iterable[LogEntry], head: Head | None = None
) -> Iterator[Link]:
    """Yield the events of a stream after `head`, and raise `Broken` where it breaks."""
    kind, number = parsed(stream_id)
    version, last, prev = 0, 0, chain.genesis(stream_id)
    if head is not None:
        version, last, prev = head.version, head.position, head.chain
    for expected, entry in enumerate(entries, start=version + 1):
        recorded, claimed = _decoded(stream_id, entry)
        why = _why_misplaced(entry, expected, last, recorded.event)
        if why is None and claimed != prev:
            why = _unlinked(expected)
        why = why or _why_foreign(recorded, kind, number)
        if why is not None:
            raise _broken(stream_id, entry, why)
        prev = chain.link(prev, expected, entry.topic, entry.state)
        last = entry.position
        yield Link(position=last, recorded=recorded, chain=prev)


def read(
    stream_id: str, entries: Iterable[LogEntry], head: Head | None = None
) -> Stream:
    """Return a stream that has events after `head`, or raise `Broken`."""
    links = list(walk(stream_id, entries, head))
    return Stream(
        id=stream_id,
        recorded=[link.recorded for link in links],
        positions=[link.position for link in links],
        chain=links[-1].chain,
    )


def fold(streams: Iterable[Stream], known: Loaded | None = None) -> Append:
    """Return all that `streams` lead to, as if one batch had written them.

    They go on from what is `known`, or begin. Ordinals are positions here: the log
    before the batch is empty.
    """
    append, known = Append(), known or Loaded()
    for stream in streams:
        kind, number = parsed(stream.id)
        if kind == "booking":
            booking = known.bookings.get(number)
            before = None if booking is None else booking.booking
            append.bookings[number] = _booking_change(stream, before)
        else:
            workshop = known.workshops.get(number)
            at = None if workshop is None else workshop.workshop
            append.workshops[number] = _workshop_change(stream, at)
    return append


def head(stream_id: str, known: Loaded) -> Head | None:
    """Return the end of a stream as far as it is known."""
    kind, number = parsed(stream_id)
    stored = (known.bookings if kind == "booking" else known.workshops).get(number)
    return None if stored is None else stored.head


def parsed(stream_id: str) -> tuple[str, int]:
    """Return what a stream is of, and its number; raise `Broken` for another name."""
    named = _NAME.fullmatch(stream_id)
    if named is None:
        raise Broken(stream_id, "no stream has such a name.")
    return named[1], int(named[2])


def _decoded(stream_id: str, entry: LogEntry) -> tuple[Recorded[Any], bytes]:
    try:
        return codec.decode(entry.state, entry.version)
    except codec.UnknownTag as tag:
        raise _broken(stream_id, entry, _unknown(tag)) from None
    except (ValueError, RecursionError) as error:
        why = f"it cannot be read: {error}."
        raise _broken(stream_id, entry, why) from None


def _why_misplaced(
    entry: LogEntry, expected: int, last: int, event: AnyEvent
) -> str | None:
    if entry.version != expected:
        return f"version {expected} is missing before it."
    if entry.position <= last:
        return f"it comes after position {last}, that of the event before it."
    # A retired tag is still the topic of its events, but no longer their own.
    if entry.topic != codec.tag_of(event):
        inside = codec.stored_tag(entry.state)
        if entry.topic != inside:
            return f"its topic is {entry.topic!r}, and inside it is {inside!r}."
    return None


def _why_foreign(recorded: Recorded[Any], kind: str, number: int) -> str | None:
    event = recorded.event
    if recorded.version > 1:
        if type(event) in _LATER[kind]:
            return None
        return f"{codec.tag_of(event)} is no event of a {kind} that is there."
    if isinstance(event, events.Placed) and kind == "booking":
        made = event.booking_id
    elif isinstance(event, events.WorkshopAdded) and kind == "workshop":
        made = event.org_nr
    else:
        return f"{codec.tag_of(event)} is no beginning of a {kind}."
    return None if made == number else f"it is the beginning of {kind}-{made}."


def _unknown(tag: codec.UnknownTag) -> str:
    return f"this release does not know the tag {tag}; a newer one wrote it."


def _unlinked(version: int) -> str:
    if version == 1:
        return "it is no beginning of this stream: it was changed, or is another's."
    return f"it does not follow from version {version - 1}: one of the two was changed."


def _broken(stream_id: str, entry: LogEntry, why: str) -> Broken:
    return Broken(stream_id, why, version=entry.version, position=entry.position)


def _booking_change(stream: Stream, before: Booking | None) -> BookingChange:
    first, *later = stream.recorded
    after = bookings.evolve(before, first)
    for recorded in later:
        after = bookings.evolve(after, recorded)
    return BookingChange(
        before=before,
        after=after,
        recorded=list(stream.recorded),
        ordinals=list(stream.positions),
        tip=_tip(stream),
    )


def _workshop_change(stream: Stream, before: Workshop | None) -> WorkshopChange:
    first, *later = stream.recorded
    after = workshops.evolve(before, first.event)
    for recorded in later:
        after = workshops.evolve(after, recorded.event)
    return WorkshopChange(
        after=after,
        recorded=list(stream.recorded),
        ordinals=list(stream.positions),
        tip=_tip(stream),
    )


def _tip(stream: Stream) -> Tip:
    last = stream.recorded[-1]
    return Tip(
        version=last.version,
        chain=stream.chain,
        at=last.origin.at,
        ordinal=stream.positions[-1],
    )
