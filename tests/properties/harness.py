"""Two stores and what a test can see of each: answers, bookings, slots, trails."""

import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from psycopg import sql

from adapters import bootstrap
from adapters.bootstrap import Kind
from adapters.settings import read_settings
from adapters.vault import AesVault
from application import bodies
from application import rebuild as rebuilding
from application import replay as replaying
from application import verify as verifying
from application.answers import Answered
from application.ports import Store
from application.queries import Reader
from application.sealing import Vault
from application.verify import Difference
from domain import commands
from domain.commands import BookingCommand
from tests import servers
from tests import stores as raw
from tests.properties.model import Booked, minutes

_KEPT = ("log_head", "_yoyo")
_HOLDS = "SELECT org_nr, booking_id, bay, starts_at, free_at FROM slot"


@dataclass
class Opened:
    """One of the stores. `data` is what GET shows of a booking."""

    url: str
    store: Store
    reader: Reader
    vault: Vault
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

    async def data(self, number: int, now: datetime) -> Any:
        found = await self.reader.booking(number)
        assert found is not None
        return msgspec.to_builtins(bodies.seen(found, self.vault, now))

    def holds(self) -> list[tuple[int, int, int, int, int]]:
        """Return (workshop, booking, bay, from, until) of all slot rows, in minutes."""
        return sorted(
            (org, number, bay, _minutes(start), _minutes(until))
            for org, number, bay, start, until in select(self.url, _HOLDS)
        )

    async def close(self) -> None:
        await self.stack.aclose()


def _minutes(at: datetime | int) -> int:
    return minutes(at) if isinstance(at, datetime) else at // 60_000_000


def select(url: str, statement: str) -> list[tuple[Any, ...]]:
    if raw.is_sqlite(url):
        with closing(sqlite3.connect(raw.sqlite_path(url))) as lite:
            return lite.execute(statement).fetchall()
    with psycopg.connect(url) as connection:
        return connection.execute(statement.encode()).fetchall()


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
    return Opened(url, store, reader, AesVault(bytes(32)), stack)


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


def plain(outcome: Answered | Exception | None) -> Any:
    """Return all that a client could see of `outcome`, opened."""
    if not isinstance(outcome, Answered):
        return type(outcome)
    body = bodies.answered(outcome, AesVault(bytes(32)))
    return (
        outcome.answer.status,
        outcome.answer.request_id,
        outcome.answer.generated_at,
        outcome.answer.refused,
        outcome.position,
        outcome.is_replay,
        None if body is None else msgspec.to_builtins(body),
    )


def facts(shown: Any) -> dict[str, Any]:
    """Return what the model knows too of a booking's body."""
    request, closed = shown["pending_change_request"], shown["cancellation"]
    return {
        "status": shown["status"],
        "start": _at(shown["service_start_time"]),
        "end": _at(shown["service_end_time"]),
        "revision": shown["revision"],
        "moves": shown["reschedule_count"],
        "plate": shown["vehicle"]["plate"],
        "closed": closed
        and {
            "reason": closed["reason"],
            "role": closed["by"]["role"],
            "at": _at(closed["at"]),
        },
        "request": request
        and {
            "id": request["id"],
            "kind": request["kind"],
            "to": request["to"] and _at(request["to"]["start"]),
            "expires": _at(request["expires_at"]),
            "reason": request["reason"],
            "rules": list(request["blocked_by"]),
        },
    }


def expected_facts(booked: Booked) -> dict[str, Any]:
    request = booked.request
    return {
        "status": booked.status,
        "start": booked.start,
        "end": booked.start + booked.minutes,
        "revision": booked.revision,
        "moves": booked.moves,
        "plate": "AB 12345",
        "closed": booked.closed,
        "request": request
        and {
            "id": request.id,
            "kind": request.kind,
            "to": request.target,
            "expires": request.expires,
            "reason": request.reason,
            "rules": request.rules,
        },
    }


def _at(value: Any) -> int:
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return minutes(at)


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
