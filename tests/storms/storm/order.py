"""Whether the log is whole: each position and version once, and each link in its chain.

Links are computed here as `docs/explanation` words them, not by the product's code.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from tests.storms.storm.facts import Fact, Found

Place = tuple[int, str, int]


class _End(NamedTuple):
    """Where a stream stands, and what its next event must name."""

    version: int
    link: bytes
    at: datetime | None


def wrong(found: Found, seen: Sequence[Place]) -> Iterator[str]:
    """Yield what is wrong with the log, and with what its follower has `seen` of it."""
    there = [(fact.position, fact.stream, fact.version) for fact in found.facts]
    if [position for position, _s, _v in there] != list(range(1, len(there) + 1)):
        yield "the log's positions are not 1, 2, 3 and so on"
    if [*seen] != there:
        yield f"who followed the log saw {_first_difference(seen, there)}"
    if found.deadlocks:
        yield f"{found.deadlocks} deadlocks"
    yield from _streams(found)


def _first_difference(seen: Sequence[Place], there: Sequence[Place]) -> str:
    for ours, theirs in zip(seen, there, strict=False):
        if ours != theirs:
            return f"{ours} where {theirs} is"
    return f"{len(seen)} of {len(there)} events"


def _streams(found: Found) -> Iterator[str]:
    ends: dict[str, _End] = {}
    for fact in found.facts:
        end = ends.get(fact.stream, _End(0, first_link(fact.stream), None))
        if fact.version != end.version + 1:
            yield f"{fact.stream} has {fact.version} where {end.version + 1} is due"
        if fact.prev != end.link:
            yield f"{fact.stream} {fact.version} does not name what is before it"
        if end.at is not None and fact.at < end.at:
            yield f"{fact.stream} {fact.version} is earlier than what is before it"
        if fact.topic != fact.kind:
            yield f"{fact.stream} {fact.version} is called {fact.topic}: {fact.kind}"
        ends[fact.stream] = _End(fact.version, link(fact), fact.at)
    for stream, end in ends.items():
        if found.chains.get(stream) != end.link:
            yield f"{stream}: its row does not have the hash of its last event"


def first_link(stream: str) -> bytes:
    return sha256(stream.encode()).digest()


def link(fact: Fact) -> bytes:
    version, length = fact.version.to_bytes(8), len(fact.topic).to_bytes(4)
    told = fact.prev + version + length + fact.topic.encode() + fact.state
    return sha256(told).digest()
