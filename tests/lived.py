"""A store whose log says what a test wants to read, whoever would decide so."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from adapters.vault import AesVault
from application import streams, writing
from application.codec import StoredEvent
from application.queries import Logged, Past, Seen
from application.stored import Append, Head, Loaded, StoredBooking, Tip, Wanted
from application.streams import LogEntry
from application.writing import Ends, write
from domain import events, identity
from domain.events import AnyEvent, BookingEvent, Recorded, WorkshopEvent
from domain.identity import Actor
from tests import stores
from tests.examples import LAST_WEEK, OPERATOR, OWNER, origin

VAULT = AesVault(bytes(32))


class Happened(NamedTuple):
    stream_id: str
    event: AnyEvent
    at: datetime
    by: Actor


def of_booking(
    number: int, event: BookingEvent, *, at: datetime = LAST_WEEK, by: Actor = OWNER
) -> Happened:
    return Happened(identity.booking_stream(number), event, at, by)


def of_workshop(
    org_nr: int, event: WorkshopEvent, *, at: datetime = LAST_WEEK
) -> Happened:
    return Happened(identity.workshop_stream(org_nr), event, at, OPERATOR)


class Written(NamedTuple):
    """What a store holds, and its streams by their names."""

    append: Append
    logs: Mapping[str, Sequence[LogEntry]]

    def seen(self, number: int) -> Seen:
        """Return a booking as a reader finds it."""
        change = self.append.bookings[number]
        booking = change.after
        keys = {owner: key for owner, key, _made_at in self.append.owner_keys}
        return Seen(
            stored=StoredBooking(head=_head(change.tip), booking=booking),
            workshop=self.append.workshops[booking.org_nr].after,
            owner_key=keys.get(booking.owner),
        )

    def logged(self, number: int) -> Logged:
        log = self.logs[identity.booking_stream(number)]
        return Logged(self.seen(number), log)

    def past(self, number: int) -> Past:
        seen, log = self.logged(number)
        workshop = identity.workshop_stream(seen.stored.booking.org_nr)
        return Past(seen, log, self.logs[workshop])


def written(happened: Sequence[Happened]) -> Written:
    """Return what a store holds after all that, in this order."""
    keys = {
        one.event.owner: VAULT.new_key(one.event.owner)
        for one in happened
        if isinstance(one.event, events.Placed)
    }
    boxes = {
        one.stream_id: VAULT.box(one.event.owner, keys[one.event.owner])
        for one in happened
        if isinstance(one.event, events.Placed)
    }
    logs: dict[str, list[LogEntry]] = {}
    ends, stored = Ends(Loaded()), list[StoredEvent]()
    for stream_id, event, at, by in happened:
        end = ends.of(stream_id)
        recorded = Recorded(version=end.version + 1, origin=origin(at, by), event=event)
        new = write(stream_id, end, [recorded], boxes.get(stream_id), len(stored))
        ends.take(new)
        stored += new.stored
        logs.setdefault(stream_id, []).append(_entry(new))
    append = streams.fold(streams.read(name, log) for name, log in logs.items())
    append.stored = stored
    append.owner_keys = [(owner, key, LAST_WEEK) for owner, key in keys.items()]
    return Written(append, logs)


def store(url: str, happened: Sequence[Happened], **more: object) -> str:
    """Return `url`, whose store is made and holds what `happened`, and `more`."""
    stores.migrate(url)
    append = written(happened).append
    for name, value in more.items():
        setattr(append, name, value)
    asyncio.run(_write(url, append))
    return url


async def _write(url: str, append: Append) -> None:
    async with stores.storing(url) as opened:
        await opened.transact(Wanted(), lambda _loaded: append, locked=True)


def _entry(new: writing.Written) -> LogEntry:
    (stored,) = new.stored
    return LogEntry(
        position=new.tip.ordinal,
        version=new.tip.version,
        topic=stored.topic,
        state=stored.state,
    )


def _head(tip: Tip) -> Head:
    return Head(version=tip.version, chain=tip.chain, at=tip.at, position=tip.ordinal)
