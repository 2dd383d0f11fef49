"""What is said of each event to whoever follows the log, as it comes.

It looks and writes nothing, and says something of every position: also of an event that
cannot be shown, so that a missing number would be seen.
"""

from collections.abc import Container, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

import msgspec

from application import codec, replay, streams, trees
from application.history import Change
from application.replay import Log
from application.sealing import Vault, WrongKey
from application.shapes import BookingBody
from application.streams import Broken, Link
from domain import identity, workshop
from domain.identity import Actor
from domain.rules import PolicyDecision
from domain.workshop import Workshop


class Noted(NamedTuple):
    """Where an event is, in the log and in its stream, and its tag."""

    position: int
    stream: str
    version: int
    topic: str


class Growing(Log, Protocol):
    """A log that is asked what came; all as at the moment of each call."""

    def after(self, position: int, limit: int) -> Sequence[Noted]:
        """Return the first events after a position, in their order."""
        ...

    def stream_after(
        self, stream_id: str, position: int, limit: int
    ) -> Sequence[Noted]:
        """Return the first events of a stream after a position, in their order."""
        ...


class Followed(msgspec.Struct, frozen=True, kw_only=True):
    """One event; `state` is the booking that it leads to, null for a workshop's event.

    `fault` says why the rest is null.
    """

    position: int
    stream: str
    version: int
    event: str
    at: datetime | None = None
    actor: Actor | None = None
    request_id: UUID | None = None
    changes: tuple[Change, ...] = ()
    policy_decision: PolicyDecision | None = None
    state: BookingBody | None = None
    fault: str | None = None


def followed(log: Log, vault: Vault, noted: Sequence[Noted]) -> Iterator[Followed]:
    """Yield what is to be said of each event, in their order."""
    said: dict[int, Followed] = {}
    faults: dict[str, str] = {}
    positions = {one.position for one in noted}
    for stream_id in dict.fromkeys(one.stream for one in noted):
        try:
            told = _of_stream(log, vault, stream_id, positions)
            said |= {one.position: one for one in told}
        except Unshowable as fault:
            said |= {one.position: one for one in fault.before}
            faults[stream_id] = str(fault)
    for one in noted:
        yield said.get(one.position) or _unshown(one, faults.get(one.stream))


class Unshowable(Exception):
    """A stream that cannot be shown beyond what is said `before`."""

    def __init__(self, why: str, before: Sequence[Followed] = ()) -> None:
        super().__init__(why)
        self.before = before


def _of_stream(
    log: Log, vault: Vault, stream_id: str, positions: Container[int]
) -> Sequence[Followed]:
    try:
        kind, number = streams.parsed(stream_id)
    except Broken as broken:
        raise Unshowable(str(broken)) from None
    if kind == "workshop":
        return _of_workshop(log, stream_id)
    return _of_booking(log, vault, number, positions)


def _of_booking(
    log: Log, vault: Vault, number: int, positions: Container[int]
) -> Sequence[Followed]:
    stream_id = identity.booking_stream(number)
    try:
        trail = replay.replay(log, vault, number, positions=positions)
    except WrongKey:
        why = f"{stream_id}: the key of its owner was changed by hand."
        raise Unshowable(why) from None
    steps = [
        Followed(
            position=step.position,
            stream=stream_id,
            version=step.version,
            event=step.event,
            at=step.at,
            actor=step.actor,
            request_id=step.request_id,
            changes=step.changes,
            policy_decision=step.policy_decision,
            state=step.state,
        )
        for step in trail.steps
    ]
    if trail.faults:
        raise Unshowable(trail.faults[0], steps)
    return steps


def _of_workshop(log: Log, stream_id: str) -> Sequence[Followed]:
    found: list[Followed] = []
    known: Workshop | None = None
    try:
        for link in streams.walk(stream_id, log.history(stream_id)):
            after = workshop.evolve(known, link.recorded.event)
            found.append(_of_link(stream_id, link, known, after))
            known = after
    except Broken as broken:
        raise Unshowable(str(broken), found) from None
    return found


def _of_link(
    stream_id: str, link: Link, known: Workshop | None, after: Workshop
) -> Followed:
    origin = link.recorded.origin
    differing = trees.differing(_document(known), _document(after))
    return Followed(
        position=link.position,
        stream=stream_id,
        version=link.recorded.version,
        event=codec.tag_of(link.recorded.event),
        at=origin.at,
        actor=origin.actor,
        request_id=origin.request_id,
        changes=tuple(Change(field=f, from_=was, to=now) for f, was, now in differing),
    )


def _document(known: Workshop | None) -> dict[str, object]:
    """Return what a workshop's manager knows of it, by the names of the API."""
    if known is None:
        return {}
    return {
        "name": known.name,
        "version": known.policy_version,
        "policy": msgspec.to_builtins(known.policy),
    }


def _unshown(one: Noted, why: str | None) -> Followed:
    return Followed(
        position=one.position,
        stream=one.stream,
        version=one.version,
        event=one.topic,
        fault=why or f"{one.stream}: version {one.version} is not where it was.",
    )
