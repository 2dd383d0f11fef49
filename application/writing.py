"""Events of a batch, sealed, chained and encoded: what goes to the end of each stream.

Nothing here changes the batch before a whole call is written.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from application import codec
from application.codec import StoredEvent
from application.sealing import CANARY, Box, Vault
from application.stored import Head, Loaded, Tip
from domain import chain, identity
from domain.events import Recorded


class End(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a stream as the batch has it: stored (`position`), or its own.

    A stream that does not exist yet ends at version 0 and position 0.
    """

    version: int
    chain: bytes
    at: datetime | None
    ordinal: int | None = None
    position: int | None = None


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """One call's events on one stream; `ordinals` go side by side with them."""

    stream_id: str
    recorded: Sequence[Recorded[Any]]
    stored: Sequence[StoredEvent]
    ordinals: range
    tip: Tip


class Ends:
    """The ends of all streams that a batch touches."""

    def __init__(self, loaded: Loaded) -> None:
        self._ends: dict[str, End] = {}
        for booking_id, booking in loaded.bookings.items():
            self._ends[identity.booking_stream(booking_id)] = _stored(booking.head)
        for org_nr, workshop in loaded.workshops.items():
            self._ends[identity.workshop_stream(org_nr)] = _stored(workshop.head)

    def of(self, stream_id: str) -> End:
        end = self._ends.get(stream_id)
        return end or End(
            version=0, chain=chain.genesis(stream_id), at=None, position=0
        )

    def take(self, written: Written) -> None:
        tip = written.tip
        self._ends[written.stream_id] = End(
            version=tip.version, chain=tip.chain, at=tip.at, ordinal=tip.ordinal
        )


class Keyring:
    """Owners' keys of a batch, unwrapped when first needed."""

    def __init__(self, wrapped: dict[str, bytes], vault: Vault) -> None:
        self._wrapped = dict(wrapped)
        self._vault = vault
        self._boxes: dict[str, Box] = {}

    def wrapped(self, owner: str) -> bytes | None:
        return self._wrapped.get(owner)

    def make(self, owner: str) -> bytes:
        """Return a new key for `owner`, wrapped."""
        return self._vault.new_key(owner, self._wrapped.get(CANARY))

    def take(self, owner: str, wrapped: bytes) -> None:
        self._wrapped[owner] = wrapped

    def forget(self, owner: str) -> None:
        self._wrapped.pop(owner, None)
        self._boxes.pop(owner, None)

    def box(self, owner: str, wrapped: bytes | None) -> Box | None:
        if wrapped is None:
            return None
        if owner not in self._boxes:
            self._boxes[owner] = self._vault.box(owner, wrapped)
        return self._boxes[owner]


def write(
    stream_id: str,
    end: End,
    recorded: Sequence[Recorded[Any]],
    box: Box | None,
    before: int,
) -> Written:
    """Seal and encode events after `end`; the batch has `before` events already."""
    sealed = [codec.seal(one, stream_id, box) for one in recorded]
    stored, prev = list[StoredEvent](), end.chain
    for one in sealed:
        event = codec.record(one, stream_id, prev)
        stored.append(event)
        prev = chain.link(prev, one.version, event.topic, event.state)
    last = sealed[-1]
    return Written(
        stream_id=stream_id,
        recorded=sealed,
        stored=stored,
        ordinals=range(before + 1, before + len(stored) + 1),
        tip=Tip(
            version=last.version,
            chain=prev,
            at=last.origin.at,
            ordinal=before + len(stored),
        ),
    )


def _stored(head: Head) -> End:
    return End(
        version=head.version, chain=head.chain, at=head.at, position=head.position
    )
