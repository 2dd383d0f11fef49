"""The same PUT as the event sourcing library has it when it is used plainly.

An aggregate of its own, loaded and saved for each request by its application, with its
PostgreSQL recorder and its JSON; on our own stack, whose loop it leaves to threads.
"""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from datetime import datetime
from uuid import UUID

import psycopg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from litestar.types import ASGIApp
from psycopg.conninfo import conninfo_to_dict

from adapters.http.problems import Problem
from adapters.settings import Settings
from tests.benchmarks import plain, stack
from tests.benchmarks.plain import Change

POOL = 8  # connections, and threads: with four or 16 it was not faster
_CHANGES = "SELECT count(*) FROM bookings_events WHERE topic LIKE '%:Booking.{}'"
MOVES, MESSAGES = _CHANGES.format("Rescheduled"), _CHANGES.format("MessageAppended")
_BOOKINGS = b"SELECT id, owner, starts_at FROM booking"
_AT_ONCE = 250  # bookings that are saved together when they are made


class Booking(Aggregate):
    @event("Placed")
    def __init__(self, booking_id: int, owner: str, start: datetime) -> None:
        self.booking_id = booking_id
        self.owner = owner
        self.start = start
        self.messages = 0
        self.key: str | None = None

    @staticmethod
    def create_id(booking_id: int) -> UUID:
        return UUID(int=booking_id)

    @event("Rescheduled")
    def move(self, start: datetime, key: str | None) -> None:
        self.start = start
        self.key = key

    @event("MessageAppended")
    def append(self, author: str, text: str) -> None:  # noqa: ARG002 - it is stored
        self.messages += 1


class Bookings(Application[UUID]):
    def change(self, change: Change) -> None:
        booking: Booking = self.repository.get(Booking.create_id(change.booking_id))
        if booking.owner != change.owner:
            raise Problem("not_found")
        booking.move(change.start, change.key)
        booking.append(change.owner, change.text)
        self.save(booking)


def bookings(url: str, pool: int) -> Bookings:
    """Return the application on its own table in the store at `url`."""
    given = conninfo_to_dict(url)
    return Bookings(
        {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": str(given["dbname"]),
            "POSTGRES_HOST": str(given.get("host", "localhost")),
            "POSTGRES_PORT": str(given.get("port", 5432)),
            "POSTGRES_USER": str(given["user"]),
            "POSTGRES_PASSWORD": str(given.get("password", "")),
            "POSTGRES_POOL_SIZE": str(pool),
            "POSTGRES_MAX_OVERFLOW": "0",
            # Half as fast again as without, which locks the table for each insert.
            "POSTGRES_ENABLE_DB_FUNCTIONS": "y",
        }
    )


def make(url: str) -> None:
    """Let it have the bookings of the store at `url`, as they are, and no others."""
    with psycopg.connect(url) as conn:
        conn.execute("DROP TABLE IF EXISTS bookings_events")
        placed = [Booking(*row) for row in conn.execute(_BOOKINGS)]
    with closing(bookings(url, 1)) as app:
        for first in range(0, len(placed), _AT_ONCE):
            app.save(*placed[first : first + _AT_ONCE])


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncGenerator[ASGIApp]:
    loop = asyncio.get_running_loop()
    with (
        closing(bookings(settings.database_url, POOL)) as app,
        ThreadPoolExecutor(POOL) as threads,
    ):

        async def changes(change: Change) -> None:
            await loop.run_in_executor(threads, app.change, change)

        async with stack.stacked(settings) as ours:
            yield ours.around([plain.change], changes=changes)


if __name__ == "__main__":
    stack.serve(_opened)
