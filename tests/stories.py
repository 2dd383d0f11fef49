"""A store with some of everything that can happen, and how it looks from outside."""

# ruff: noqa: S608 - what a person does by hand is SQL in a string

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

import msgspec
import psycopg

from adapters.vault import AesVault
from application import bodies, codec
from application.answers import Answered
from application.calls import AnyCall, Call, WorkshopCall
from application.committer import commit
from application.streams import LogEntry
from domain import chain, commands
from domain.commands import BookingCommand
from domain.events import AnyEvent, Recorded
from domain.identity import Actor
from domain.personal import Plate, Reason, Words
from domain.structs import replace
from tests import stores
from tests.examples import (
    BOOKING_ID,
    CALL,
    CLIENT_MESSAGE,
    DAY,
    FRIDAY,
    HOUR,
    LATE,
    MONDAY,
    OPERATOR,
    ORG_NR,
    OTHER_BOOKING_ID,
    OTHER_OWNER,
    OWNER,
    POLICY,
    SATURDAY,
    STAFF,
    THURSDAY,
    VEHICLE,
    WEDNESDAY,
    origin,
    uuid,
)
from tests.golden.box import FixedBox

VAULT = AesVault(bytes(32))
PENDING_ID = BOOKING_ID + 2 * 1024
CANCELLED_ID = BOOKING_ID + 3 * 1024
BOOKINGS = (BOOKING_ID, OTHER_BOOKING_ID, PENDING_ID, CANCELLED_ID)
EVERYTHING = "SELECT * FROM {}"
TABLES = ("booking", "workshop", "change_request", "message", "slot")


def workshop(wish: commands.WorkshopCommand, at: datetime = MONDAY) -> WorkshopCall:
    return WorkshopCall(
        command_id=uuid(100),
        request_id=CALL,
        at=at,
        actor=OPERATOR,
        org_nr=ORG_NR,
        wish=wish,
    )


def call(booking_id: int, actor: Actor, *wishes: BookingCommand) -> Call:
    return Call(
        command_id=uuid(101),
        request_id=CALL,
        at=wishes[0].at,
        actor=actor,
        booking_id=booking_id,
        wishes=wishes,
    )


def place(booking_id: int, start: datetime, owner: Actor = OWNER) -> Call:
    wish = commands.Place(
        at=MONDAY,
        by=owner,
        booking_id=booking_id,
        owner=owner.id,
        org_nr=ORG_NR,
        group_id=uuid(booking_id),
        service_id=1,
        start=start,
        vehicle=VEHICLE,
        personal=Plate(plate=f"AB{booking_id}"),
    )
    return call(booking_id, owner, wish)


def confirm(booking_id: int) -> Call:
    return call(booking_id, STAFF, commands.Confirm(at=MONDAY, by=STAFF))


def move(
    booking_id: int, to: datetime, *, at: datetime, number: int, text: str | None = None
) -> Call:
    """Return a move; `number` is its own, for its ids."""
    wish = commands.Reschedule(
        at=at, by=OWNER, start=to, change_request_id=uuid(200 + number)
    )
    if text is None:
        return call(booking_id, OWNER, wish)
    return call(booking_id, OWNER, wish, message(text, at=at, number=number))


def message(
    text: str, *, at: datetime, number: int, by: Actor = OWNER, twin: bool = False
) -> commands.AppendMessage:
    return commands.AppendMessage(
        at=at,
        by=by,
        message_id=uuid(300 + number),
        personal=Words(text=text),
        client_message_id=CLIENT_MESSAGE if twin else None,
    )


def cancel(booking_id: int, *, at: datetime, number: int) -> Call:
    wish = commands.Cancel(
        at=at,
        by=OWNER,
        change_request_id=uuid(200 + number),
        personal=Reason(reason="Sold the car."),
    )
    return call(booking_id, OWNER, wish)


STORY: Sequence[AnyCall] = (
    workshop(
        commands.AddWorkshop(
            at=MONDAY, by=OPERATOR, org_nr=ORG_NR, name="Verksted", policy=POLICY
        )
    ),
    place(BOOKING_ID, WEDNESDAY),
    confirm(BOOKING_ID),
    place(OTHER_BOOKING_ID, WEDNESDAY + 2 * HOUR, OTHER_OWNER),
    move(BOOKING_ID, THURSDAY, at=MONDAY + HOUR, number=1, text="A day later?"),
    place(PENDING_ID, WEDNESDAY),
    call(
        BOOKING_ID,
        OWNER,
        message("Are you there?", at=MONDAY + HOUR, number=2, twin=True),
    ),
    workshop(
        commands.ChangePolicy(
            at=MONDAY + 2 * HOUR, by=OPERATOR, policy=replace(POLICY, bays=2)
        ),
        at=MONDAY + 2 * HOUR,
    ),
    place(CANCELLED_ID, THURSDAY),
    cancel(CANCELLED_ID, at=MONDAY + 3 * HOUR, number=3),
    move(BOOKING_ID, FRIDAY, at=LATE, number=4, text="Please."),
    move(BOOKING_ID, SATURDAY, at=LATE + HOUR, number=5),
    move(PENDING_ID, FRIDAY, at=MONDAY + DAY, number=6),
)
EVENTS = 16


async def tell(url: str, calls: Sequence[AnyCall] = STORY) -> None:
    """Let `calls` happen, each in a commit of its own."""
    async with stores.storing(url) as store:
        for one in calls:
            await happen(store, one)


async def happen(store: stores.Store, call: AnyCall) -> None:
    (outcome,) = await commit(store, VAULT, [call])
    if isinstance(outcome, Exception):
        raise outcome
    if isinstance(outcome, Answered) and outcome.answer.refused is not None:
        raise AssertionError(outcome.answer.refused)


def told(url: str, calls: Sequence[AnyCall] = STORY) -> str:
    """Return `url`, whose store is made and has the whole story."""
    stores.migrate(url)
    asyncio.run(tell(url, calls))
    return url


def tables(url: str, suffix: str = "") -> dict[str, list[Any]]:
    """Return all rows of all read models, each sorted."""
    return {name: rows(url, EVERYTHING.format(name + suffix)) for name in TABLES}


def rows(url: str, query: str) -> list[Any]:
    if stores.is_sqlite(url):
        with closing(sqlite3.connect(stores.sqlite_path(url))) as connection:
            return sorted(connection.execute(query), key=str)
    with psycopg.connect(url) as connection:
        return sorted(connection.execute(query.encode()), key=str)


async def shown(url: str, now: datetime = LATE) -> list[bytes]:
    """Return the `data` of a GET of each booking."""
    async with stores.reading(url) as reader:
        found = [await reader.booking(booking_id) for booking_id in BOOKINGS]
    return [msgspec.json.encode(bodies.seen(f, VAULT, now)) for f in found if f]


def bytes_of(url: str, stream: str, version: int) -> bytes:
    """Return an event as it is stored."""
    (row,) = rows(
        url,
        f"SELECT state FROM stored_events WHERE originator_id = '{stream}' "
        f"AND originator_version = {version}",
    )
    return bytes(row[0])


def literal(url: str, value: bytes) -> str:
    return f"x'{value.hex()}'" if stores.is_sqlite(url) else rf"'\x{value.hex()}'"


def rewrite(url: str, stream: str, version: int, old: bytes, new: bytes) -> None:
    """Change an event's bytes, as if by hand."""
    state = bytes_of(url, stream, version)
    assert old in state
    stores.execute(
        url,
        f"UPDATE stored_events SET state = {literal(url, state.replace(old, new))} "
        f"WHERE originator_id = '{stream}' AND originator_version = {version}",
    )


def written(stream_id: str, *happened: AnyEvent) -> list[LogEntry]:
    """Return a stream as a writer would write it, whatever is in it."""
    entries, prev = [], chain.genesis(stream_id)
    for version, event in enumerate(happened, start=1):
        recorded = Recorded(version=version, origin=origin(LATE, OWNER), event=event)
        sealed = codec.seal(recorded, stream_id, FixedBox())
        stored = codec.record(sealed, stream_id, prev)
        entry = LogEntry(
            position=10 * version,
            version=version,
            topic=stored.topic,
            state=stored.state,
        )
        prev = chain.link(prev, version, stored.topic, stored.state)
        entries.append(entry)
    return entries
