"""All reads that wait in a process share one round trip, sent after each was asked.

So a read sees what was committed before it was asked for, and no cache is needed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from adapters import rows
from application.queries import ListKey, Seen
from domain.changes import ChangeRequest

# Before the first of an owner's list: no booking starts later.
BEGINNING = ListKey(start=datetime(9999, 1, 1, tzinfo=UTC), booking_id=2**63 - 1)


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A part of an owner's list."""

    owner: str
    after: ListKey | None
    limit: int


class Asked(msgspec.Struct, kw_only=True):
    """The questions of one round."""

    bookings: set[int] = msgspec.field(default_factory=set)
    change_requests: set[UUID] = msgspec.field(default_factory=set)
    pages: list[Page] = msgspec.field(default_factory=list)


class Found(msgspec.Struct, kw_only=True):
    """The rows that answer them, as `statements.sql` selects them.

    `bookings` and `pages` have rows of `see_bookings`, of a change request its
    booking's id and its state.
    """

    bookings: dict[int, Sequence[Any]] = msgspec.field(default_factory=dict)
    change_requests: dict[UUID, tuple[int, bytes]] = msgspec.field(default_factory=dict)
    pages: list[Sequence[Sequence[Any]]] = msgspec.field(default_factory=list)


Read = Callable[[Asked], Awaitable[Found]]


class CoalescingReader:
    """The port `Reader` over a function that answers a whole round."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._next: _Round | None = None
        self._driver: asyncio.Task[None] | None = None

    async def booking(self, booking_id: int) -> Seen | None:
        turn = self._join()
        turn.asked.bookings.add(booking_id)
        row = (await turn.found()).bookings.get(booking_id)
        return None if row is None else _seen(row)

    async def bookings(
        self, owner: str, *, after: ListKey | None, limit: int
    ) -> list[Seen]:
        turn = self._join()
        place = len(turn.asked.pages)
        turn.asked.pages.append(Page(owner=owner, after=after, limit=limit))
        return [_seen(row) for row in (await turn.found()).pages[place]]

    async def change_request(
        self, booking_id: int, request_id: UUID
    ) -> tuple[Seen, ChangeRequest] | None:
        turn = self._join()
        turn.asked.bookings.add(booking_id)
        turn.asked.change_requests.add(request_id)
        found = await turn.found()
        row = found.bookings.get(booking_id)
        of_booking, state = found.change_requests.get(request_id, (None, b""))
        if row is None or of_booking != booking_id:
            return None
        return _seen(row), rows.change_request(state)

    async def ping(self) -> None:
        await self._join().found()

    def _join(self) -> "_Round":
        """Return the round that is not sent yet; its questions may be added to."""
        if self._next is None:
            self._next = _Round()
        if self._driver is None:
            self._driver = asyncio.create_task(self._drive())
        return self._next

    async def _drive(self) -> None:
        """Send rounds, one after the other, until nobody waits."""
        try:
            while self._next is not None:
                turn, self._next = self._next, None
                await turn.send(self._read)
        finally:
            self._driver = None


class _Round:
    def __init__(self) -> None:
        self.asked = Asked()
        self._done = asyncio.Event()
        self._found: Found | Exception = Found()

    async def send(self, read: Read) -> None:
        try:
            self._found = await read(self.asked)
        except Exception as error:  # noqa: BLE001 - raised again, to each who waits
            self._found = error
        finally:
            self._done.set()

    async def found(self) -> Found:
        await self._done.wait()
        if isinstance(self._found, Exception):
            raise self._found
        return self._found


def _seen(row: Sequence[Any]) -> Seen:
    *stored, workshop, owner_key = row[1:]
    return Seen(
        stored=rows.stored_booking(*stored),
        workshop=rows.workshop(workshop),
        owner_key=owner_key,
    )
