"""The audit trail of one booking: what each event changed, by whom, and what it led to.

It looks and writes nothing. What is shown comes from the log alone, as of each event:
policy, workshop and clock are those of its moment, so a trail never changes.
"""

import re
from bisect import bisect
from collections.abc import Container, Iterator, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from application import bodies, codec, history, streams
from application.history import Change
from application.opening import Opener
from application.queries import Seen
from application.sealing import Vault, WrongKey
from application.shapes import BookingBody
from application.stored import Head, StoredBooking
from application.streams import Broken, Link, LogEntry
from domain import booking as bookings
from domain import events, identity, workshop
from domain.booking import Booking
from domain.identity import Actor
from domain.rules import PolicyDecision
from domain.workshop import Workshop

AsOf = int | datetime
"""A version, or an aware time."""


class Log(Protocol):
    """The log and the owners' keys, as they are at the moment of each call."""

    def history(self, stream_id: str) -> Sequence[LogEntry]:
        """Return a whole stream, oldest first; empty if there is none."""
        ...

    def owner_key(self, owner: str) -> bytes | None:
        """Return an owner's key, wrapped, or None once it is destroyed."""
        ...


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One event; `state` is the booking that it leads to."""

    version: int
    position: int
    at: datetime
    event: str
    actor: Actor
    request_id: UUID
    changes: tuple[Change, ...]
    policy_decision: PolicyDecision | None
    state: BookingBody


class Trail(msgspec.Struct, frozen=True, kw_only=True):
    """A booking's events; `faults` say where and why the log can be read no further."""

    booking_id: int
    steps: tuple[Step, ...]
    faults: tuple[str, ...] = ()

    @property
    def state(self) -> BookingBody | None:
        return self.steps[-1].state if self.steps else None


class NothingThere(Exception):
    """No such booking, or not at that version or time; the message says which."""


def parse_as_of(text: str) -> AsOf:
    """Read a version (from 1) or an RFC 3339 time; raise `ValueError` for others."""
    if re.fullmatch(r"[1-9][0-9]{0,17}", text):
        return int(text)
    try:
        at = msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        at = None
    if at is None or at.tzinfo is None:
        msg = f"{text!r} is neither a version (1, 2, …) nor a time with its offset"
        raise ValueError(msg)
    return at


def replay(
    log: Log,
    vault: Vault,
    booking_id: int,
    as_of: AsOf | None = None,
    *,
    positions: Container[int] | None = None,
) -> Trail:
    """Return the trail of a booking, up to `as_of` if given, at `positions` if given.

    Raises `NothingThere`, and `WrongKey` when the master key is another one.
    """
    links, fault = _links(log, identity.booking_stream(booking_id))
    included = [link for link in links if _is_within(link, as_of)]
    if fault is None:
        _must_reach(booking_id, links, included, as_of)
    elif _is_answered(links, included, as_of):
        fault = None
    faults = [] if fault is None else [fault]
    erased = max((link.recorded.version for link in links if _erases(link)), default=0)
    steps: tuple[Step, ...] = ()
    if included:
        told = _steps(log, vault, included, faults, erased, positions=positions)
        steps = tuple(told)
    return Trail(booking_id=booking_id, steps=steps, faults=tuple(faults))


def _links(log: Log, stream_id: str) -> tuple[list[Link], str | None]:
    """Return what holds of a stream, and why the rest does not."""
    links: list[Link] = []
    try:
        links.extend(streams.walk(stream_id, log.history(stream_id)))
    except Broken as broken:
        return links, str(broken)
    return links, None


def _is_within(link: Link, as_of: AsOf | None) -> bool:
    if isinstance(as_of, datetime):
        return link.recorded.origin.at <= as_of
    return as_of is None or link.recorded.version <= as_of


def _is_answered(
    links: Sequence[Link], included: Sequence[Link], as_of: AsOf | None
) -> bool:
    """Whether what was asked for lies before the fault."""
    if isinstance(as_of, int):
        return as_of <= len(links)
    return len(included) < len(links)


def _must_reach(
    booking_id: int,
    links: Sequence[Link],
    included: Sequence[Link],
    as_of: AsOf | None,
) -> None:
    if not links:
        raise NothingThere(f"There is no booking {booking_id}.")
    if isinstance(as_of, int) and as_of > len(links):
        raise NothingThere(
            f"Booking {booking_id} has no version {as_of}: its last is {len(links)}."
        )
    if not included:
        placed = links[0].recorded.origin.at
        raise NothingThere(f"Booking {booking_id} was placed at {placed.isoformat()}.")


def _erases(link: Link) -> bool:
    return isinstance(link.recorded.event, events.Erased)


def _steps(
    log: Log,
    vault: Vault,
    links: Sequence[Link],
    faults: list[str],
    erased: int,
    *,
    positions: Container[int] | None,
) -> Iterator[Step]:
    """Yield a step for each event, or for each at `positions`.

    What cannot be shown is told in `faults`. What was personal up to the version
    `erased` is gone, with the key that it had.
    """
    placed: events.Placed = links[0].recorded.event
    workshops, fault = _workshops(log, placed.org_nr)
    if fault is not None:
        faults.append(fault)
    owner_key = log.owner_key(placed.owner)
    box = None if owner_key is None else vault.box(placed.owner, owner_key)
    opens = Opener(identity.booking_stream(placed.booking_id), box, erased)
    before: Booking | None = None
    for link in links:
        booking = bookings.evolve(before, link.recorded)
        at = _as_of(workshops, link.position)
        if at is None:
            break
        if positions is not None and link.position not in positions:
            before = booking
            continue
        found = Seen(
            stored=StoredBooking(head=_head(link), booking=booking),
            workshop=at,
            owner_key=owner_key,
        )
        try:
            state = bodies.seen(found, vault, link.recorded.origin.at, opens)
            changed = history.changes(
                before, link.recorded, booking, name=at.name, opens=opens
            )
            step = _step(link, state, tuple(changed))
        except WrongKey:
            faults.append(_unopened(booking.id, link))
            break
        yield step
        before = booking


def _unopened(booking_id: int, link: Link) -> str:
    why = "what is sealed of it was changed by hand, or is another's."
    place = f"version {link.recorded.version} (position {link.position})"
    return f"{identity.booking_stream(booking_id)}, {place}: {why}"


def _workshops(log: Log, org_nr: int) -> tuple[list[tuple[int, Workshop]], str | None]:
    """Return a workshop as of each of its positions."""
    links, fault = _links(log, identity.workshop_stream(org_nr))
    if not links and fault is None:
        fault = f"{identity.workshop_stream(org_nr)}: it is not in the log."
    known: list[tuple[int, Workshop]] = []
    at: Workshop | None = None
    for link in links:
        at = workshop.evolve(at, link.recorded.event)
        known.append((link.position, at))
    return known, fault


def _as_of(known: Sequence[tuple[int, Workshop]], position: int) -> Workshop | None:
    index = bisect(known, position, key=lambda entry: entry[0])
    return known[index - 1][1] if index else None


def _head(link: Link) -> Head:
    return Head(
        version=link.recorded.version,
        chain=link.chain,
        at=link.recorded.origin.at,
        position=link.position,
    )


def _step(link: Link, state: BookingBody, changes: tuple[Change, ...]) -> Step:
    origin, event = link.recorded.origin, link.recorded.event
    return Step(
        version=link.recorded.version,
        position=link.position,
        at=origin.at,
        event=codec.tag_of(event),
        actor=origin.actor,
        request_id=origin.request_id,
        changes=changes,
        policy_decision=getattr(event, "decision", None),
        state=state,
    )
