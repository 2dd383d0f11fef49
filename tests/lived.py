"""A store whose log says what a test wants to read, whoever would decide so."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from adapters.vault import AesVault
from application import codec, streams
from application.ports import Append, Wanted
from application.streams import LogEntry
from domain import chain, events, identity
from domain.events import AnyEvent, BookingEvent, Placed, Recorded, WorkshopEvent
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


def written(happened: Sequence[Happened]) -> Append:
    """Return what a store holds after all that, in this order."""
    keys = {
        one.event.owner: VAULT.new_key(one.event.owner)
        for one in happened
        if isinstance(one.event, Placed)
    }
    entries: dict[str, list[LogEntry]] = {}
    stored, heads, owners = [], dict[str, bytes](), dict[str, str]()
    for position, one in enumerate(happened, start=1):
        stream_id, event = one.stream_id, one.event
        if isinstance(event, events.Placed):
            owners[stream_id] = event.owner
        owner = owners.get(stream_id)
        box = None if owner is None else VAULT.box(owner, keys[owner])
        log = entries.setdefault(stream_id, [])
        recorded = Recorded(
            version=len(log) + 1, origin=origin(one.at, one.by), event=event
        )
        prev = heads.get(stream_id, chain.genesis(stream_id))
        new = codec.record(codec.seal(recorded, stream_id, box), stream_id, prev)
        heads[stream_id] = chain.link(prev, recorded.version, new.topic, new.state)
        stored.append(new)
        log.append(
            LogEntry(
                position=position,
                version=recorded.version,
                topic=new.topic,
                state=new.state,
            )
        )
    append = streams.fold(streams.read(stream, log) for stream, log in entries.items())
    append.stored = stored
    append.owner_keys = [(owner, key, LAST_WEEK) for owner, key in keys.items()]
    return append


def store(url: str, happened: Sequence[Happened], **more: object) -> str:
    """Return `url`, whose store is made and holds what `happened`, and `more`."""
    stores.migrate(url)
    append = written(happened)
    for name, value in more.items():
        setattr(append, name, value)
    asyncio.run(_write(url, append))
    return url


async def _write(url: str, append: Append) -> None:
    async with stores.storing(url) as opened:
        await opened.transact(Wanted(), lambda _loaded: append, locked=True)
