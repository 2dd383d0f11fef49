"""Two stores and what can be read of each: bookings, lists, slots, trails."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from psycopg import sql

from adapters import bootstrap
from adapters.bootstrap import Kind
from adapters.settings import read_settings
from adapters.vault import AesVault
from application import bodies, past
from application import rebuild as rebuilding
from application import replay as replaying
from application import verify as verifying
from application.listing import Only, OnlyRequests
from application.ports import Store, Sweeps
from application.queries import Reader
from application.sealing import Vault
from application.verify import Difference
from domain import availability, clock, commands
from domain.booking import Status
from domain.changes import RequestStatus
from domain.commands import BookingCommand
from tests import servers
from tests import stores as raw
from tests.properties import seeing
from tests.properties.terms import minutes

_KEPT = ("log_head", "_yoyo")
_HOLDS = "SELECT org_nr, booking_id, bay, starts_at, free_at, expires_at FROM slot"
MOST = 100
LONGEST = timedelta(days=2)


@dataclass
class Opened:
    """One of the stores; `select` reads its tables as they are."""

    url: str
    store: Store
    reader: Reader
    vault: Vault
    sweeps: Sweeps
    select: Callable[[str], list[tuple[Any, ...]]]
    stack: AsyncExitStack

    @property
    def kind(self) -> Kind:
        return bootstrap.kind(read_settings({"DATABASE_URL": self.url}))

    def verify(self) -> Sequence[Difference]:
        with self.kind.snapshot() as snapshot:
            return verifying.verify(snapshot).differences

    def rebuild(self) -> None:
        with self.kind.shadow() as shadow:
            rebuilding.rebuild(shadow)

    def replayed(self, number: int) -> list[Any]:
        """Return the states that the trail of a booking leads through."""
        with self.kind.log() as log:
            trail = replaying.replay(log, self.vault, number)
        assert trail.faults == ()
        return [msgspec.to_builtins(step.state) for step in trail.steps]

    async def shown(self, numbers: Iterable[int], now: datetime) -> list[Any]:
        """Return what GET shows of each booking."""
        found = await asyncio.gather(*map(self.reader.booking, numbers))
        return [
            msgspec.to_builtins(bodies.seen(one, self.vault, now))
            for one in found
            if one is not None
        ]

    async def due(self, now: datetime) -> Sequence[int]:
        return await self.sweeps.due(now, MOST)

    async def thread(self, number: int) -> list[dict[str, Any]]:
        """Return a booking's messages, opened."""
        found = await self.reader.messages(number, after=0, limit=MOST)
        assert found is not None
        opens = seeing.opener(found.seen, self.vault)
        return [
            seeing.message(bodies.message_body(one.message, opens))
            for one in found.messages
        ]

    async def requests(self, number: int, now: datetime) -> list[dict[str, Any]]:
        """Return a booking's change requests as they are `now`, opened."""
        found = await self.reader.change_requests(number, after=None, limit=MOST)
        assert found is not None
        opens = seeing.opener(found.seen, self.vault)
        return [
            seeing.decided_request(
                msgspec.to_builtins(
                    bodies.change_request(clock.request_at(one, now), number, opens)
                )
            )
            for one in found.requests
        ]

    async def listed(self, owner: str, status: Status, now: datetime) -> set[int]:
        only = Only(now=now, statuses=frozenset({status}))
        found = await self.reader.bookings(owner, only, after=None, limit=MOST)
        return {seen.stored.booking.id for seen in found}

    async def listed_by_workshop(
        self, org_nr: int, status: Status, now: datetime
    ) -> set[int]:
        only = Only(now=now, statuses=frozenset({status}))
        found = await self.reader.workshops_bookings(org_nr, only, offset=0, limit=MOST)
        assert found.total == len(found.bookings)
        return {seen.stored.booking.id for seen in found.bookings}

    async def asked_of_workshop(
        self, org_nr: int, status: RequestStatus, now: datetime
    ) -> list[str]:
        only = OnlyRequests(now=now, statuses=frozenset({status}))
        found = await self.reader.workshops_change_requests(
            org_nr, only, after=None, limit=MOST
        )
        return [str(one.request.id) for one in found]

    async def past(self, number: int, times: Iterable[datetime]) -> list[Any]:
        """Return a booking as of each of `times`, None where it was not there yet."""
        found = await self.reader.past(number)
        assert found is not None
        then = [(at, past.as_of(found, at)) for at in times]
        return [
            None
            if seen is None
            else seeing.facts(msgspec.to_builtins(bodies.seen(seen, self.vault, at)))
            for at, seen in then
        ]

    async def openings(
        self, org_nr: int, since: datetime, until: datetime, now: datetime
    ) -> list[tuple[int, int]]:
        """Return when the first service can be had, and in how many bays."""
        found = await self.reader.holds(org_nr, since=since, until=until + LONGEST)
        assert found is not None
        policy = found.workshop.workshop.policy
        listed = availability.openings(
            policy, policy.services[0], found.holds, since, until, now=now
        )
        return [(minutes(one.start), one.bays) for one in listed]

    def holds(self, now: int) -> list[tuple[int, int, int, int, int]]:
        """Return (workshop, booking, bay, from, until) of what is held, in minutes.

        What the clock has freed is left out, whether or not somebody wrote that.
        """
        return sorted(
            (org, number, bay, _minutes(start), _minutes(until))
            for org, number, bay, start, until, ends in self.select(_HOLDS)
            if ends is None or _minutes(ends) > now
        )

    async def close(self) -> None:
        await self.stack.aclose()


def _minutes(at: datetime | int) -> int:
    return minutes(at) if isinstance(at, datetime) else at // 60_000_000


def _selecting(
    url: str, stack: AsyncExitStack
) -> Callable[[str], list[tuple[Any, ...]]]:
    """Return what runs a query, over one connection for all of them."""
    if raw.is_sqlite(url):
        lite = stack.enter_context(closing(sqlite3.connect(raw.sqlite_path(url))))
        return lambda query: lite.execute(query).fetchall()
    connection = stack.enter_context(psycopg.connect(url, autocommit=True))
    return lambda query: connection.execute(query.encode()).fetchall()


class Stores:
    """An SQLite and a PostgreSQL store, emptied for each history."""

    def __init__(self, postgres_url: str, folder: Path) -> None:
        self._postgres_url = postgres_url
        self._folder = folder
        self._template = folder / "template.db"
        self._count = 0
        raw.migrate(f"sqlite:///{self._template}")
        raw.migrate(postgres_url)

    async def open(self) -> tuple[Opened, Opened]:
        self._count += 1
        file = self._folder / f"{self._count}.db"
        shutil.copy(self._template, file)
        _empty(self._postgres_url)
        return (
            await _opened(f"sqlite:///{file}"),
            await _opened(self._postgres_url),
        )


async def _opened(url: str) -> Opened:
    stack = AsyncExitStack()
    store = await stack.enter_async_context(raw.storing(url))
    reader = await stack.enter_async_context(raw.reading(url))
    sweeps = await stack.enter_async_context(raw.sweeping(url))
    select = _selecting(url, stack)
    return Opened(url, store, reader, AesVault(bytes(32)), sweeps, select, stack)


def _empty(url: str) -> None:
    with psycopg.connect(url) as connection:
        tables = [
            sql.Identifier(name)
            for (name,) in connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            )
            if not name.startswith(_KEPT) and not name.endswith("_log")
        ]
        connection.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(tables)))


@contextmanager
def stores(postgres_server: str, folder: Path) -> Iterator[Stores]:
    with servers.fresh_database(postgres_server) as url:
        yield Stores(url, folder)


def request_id_in(wishes: Iterable[BookingCommand]) -> str:
    """Return the id that a change request would get."""
    for wish in wishes:
        if isinstance(wish, commands.Reschedule | commands.Cancel):
            return str(wish.change_request_id)
    return ""


def message_id_in(wishes: Iterable[BookingCommand]) -> str:
    for wish in wishes:
        if isinstance(wish, commands.AppendMessage):
            return str(wish.message_id)
    return ""


def group_id_in(wishes: Iterable[BookingCommand]) -> str:
    for wish in wishes:
        if isinstance(wish, commands.Place):
            return str(wish.group_id)
    return ""
