"""All reads that wait in a process share one round trip, sent after each was asked.

So a read sees what was committed before it was asked for, and no cache is needed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from application.failures import Unavailable

R = TypeVar("R", bound=tuple[Any, ...])

Value = int | str | datetime | UUID


class Many(NamedTuple):
    """A parameter with many values of one type."""

    of: type[Value]
    values: Sequence[Value]


class Lookup(NamedTuple, Generic[R]):
    """A statement of `reads.sql` that finds rows by keys, which are its first column.

    Both stores know it by its name, and return the columns that `row` has.
    """

    name: str
    of: type[Value]
    row: type[R]


class Query(NamedTuple, Generic[R]):
    """A statement of `reads.sql` with its parameters."""

    name: str
    params: Sequence[Value | Many]
    row: type[R]


class Asked(msgspec.Struct, kw_only=True):
    """The questions of one round: whoever asks for the same key shares the answer."""

    lookups: dict[Lookup[Any], set[Value]] = msgspec.field(default_factory=dict)
    queries: list[Query[Any]] = msgspec.field(default_factory=list)

    def statements(self) -> list[Query[Any]]:
        """Return what answers them: first the lookups, then the queries."""
        return [
            *(
                Query(lookup.name, (Many(lookup.of, tuple(keys)),), lookup.row)
                for lookup, keys in self.lookups.items()
            ),
            *self.queries,
        ]


Rows = Sequence[tuple[Any, ...]]
Read = Callable[[Asked], Awaitable[Sequence[Rows]]]
"""Answers a round: the rows of each of its statements."""


class Round:
    """A round that is not sent yet, or whose answers come."""

    def __init__(self) -> None:
        self.asked = Asked()
        self._done = asyncio.Event()
        self._by_key: dict[Lookup[Any], dict[Any, Any]] = {}
        self._rows: Sequence[Rows] = ()
        self._error: Exception | None = None

    def look(self, lookup: Lookup[R], key: Value) -> Callable[[], R | None]:
        """Ask for the row with this key; it is there once the round is `answered`."""
        self.asked.lookups.setdefault(lookup, set()).add(key)
        return lambda: self._by_key[lookup].get(key)

    def query(self, query: Query[R]) -> Callable[[], Sequence[R]]:
        place = len(self.asked.queries)
        self.asked.queries.append(query)
        return lambda: [query.row(*row) for row in self._rows[place]]

    async def answered(self) -> None:
        await self._done.wait()
        if self._error is not None:
            raise self._error

    async def send(self, read: Read) -> None:
        try:
            self._sort(await read(self.asked))
        except Exception as error:  # noqa: BLE001 - raised again, to each who waits
            self._error = error
        finally:
            self._done.set()

    @property
    def why_unavailable(self) -> Unavailable | None:
        """What was wrong with the store, if that is why there are no answers."""
        return self._error if isinstance(self._error, Unavailable) else None

    def fail(self, error: Unavailable) -> None:
        """Answer all who wait so, without asking."""
        self._error = error
        self._done.set()

    def _sort(self, found: Sequence[Rows]) -> None:
        for lookup, rows in zip(self.asked.lookups, found, strict=False):
            self._by_key[lookup] = {row[0]: lookup.row(*row) for row in rows}
        self._rows = found[len(self.asked.lookups) :]


class Rounds:
    """Rounds over a function that answers one; they are sent one after the other.

    Whoever waits while the store is found away is told so with those who found it: to
    look again would let them wait as long once more, and the next of them longer.
    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self._next: Round | None = None
        self._driver: asyncio.Task[None] | None = None

    def join(self) -> Round:
        """Return the round that is not sent yet; its questions may be added to."""
        if self._next is None:
            self._next = Round()
        if self._driver is None:
            self._driver = asyncio.create_task(self._drive())
        return self._next

    async def _drive(self) -> None:
        """Send rounds until nobody waits."""
        try:
            while self._next is not None:
                turn, self._next = self._next, None
                await turn.send(self._read)
                self._pass_on(turn.why_unavailable)
        finally:
            self._driver = None

    def _pass_on(self, error: Unavailable | None) -> None:
        if error is not None and self._next is not None:
            waiting, self._next = self._next, None
            waiting.fail(error)
