"""The tables that a rebuild makes and a verify reads, and how both take the log.

A row's fields are its columns, but for the ordinal of a batch: that is the position
when whole streams are folded.
"""

import gc
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any, NamedTuple

from adapters import rows
from application import rebuild, streams
from application.stored import Append, Loaded
from application.streams import LogEntry, Stream
from application.verify import Record
from projections import slots
from projections.booking import BookingRow
from projections.catalogue import WorkshopRow
from projections.change_request import ChangeRequestRow
from projections.slots import SlotRow
from projections.thread import MessageRow

# Few enough that a batch of the largest events stays small, many enough to be quick.
BATCH = 4000  # events

Row = tuple[Any, ...]


class Table(NamedTuple):
    """`owner` is the column with the number of the row's stream, `kind` what it is of.

    `key` are the columns of the primary key.
    """

    name: str
    row: Any
    fold: Callable[[Append], Sequence[Row]]
    key: tuple[str, ...]
    kind: str
    owner: str

    @property
    def columns(self) -> tuple[str, ...]:
        fields: tuple[str, ...] = self.row._fields
        return tuple("position" if name == "ordinal" else name for name in fields)

    def key_of(self, row: Row) -> Row:
        return tuple(getattr(row, name) for name in self.key)


def _slots(folded: Append) -> Sequence[Row]:
    """Return what whole streams hold: nothing was there before that they release."""
    changes = folded.bookings.values()
    return [slots.row(hold) for change in changes for hold in change.after.holds()]


TABLES = (
    Table("booking", BookingRow, rows.bookings, ("id",), "booking", "id"),
    Table("workshop", WorkshopRow, rows.workshops, ("org_nr",), "workshop", "org_nr"),
    Table(
        "change_request",
        ChangeRequestRow,
        rows.change_requests,
        ("id",),
        "booking",
        "booking_id",
    ),
    Table("message", MessageRow, rows.messages, ("id",), "booking", "booking_id"),
    Table("slot", SlotRow, _slots, ("booking_id", "kind"), "booking", "booking_id"),
)
# Those with a row for each stream, which holds its state and the end of its chain.
HEADS = TABLES[:2]
# Those whose rows are written anew when something happens to them.
REWRITTEN = TABLES[:3]
SLOTS = TABLES[4]


def shadow(name: str) -> str:
    return f"{name}_new"


def old(name: str) -> str:
    return f"{name}_old"


@contextmanager
def uncollected() -> Generator[None]:
    """Leave garbage to reference counts: what is folded has no cycles to look for."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def owners(table: Table, folded: Append) -> Sequence[int]:
    """Return the numbers of the folded streams that have rows in `table`."""
    return list(folded.workshops if table.kind == "workshop" else folded.bookings)


def beside(table: Table, folded: Append, found: Iterable[Row]) -> Iterator[Record]:
    """Yield the rows that `folded` makes beside those that were found of it."""
    is_there = {table.key_of(row): row for row in found}
    for expected in table.fold(folded):
        key = table.key_of(expected)
        yield record(table, key, expected, is_there.pop(key, None))
    for key, row in is_there.items():
        yield record(table, key, None, row)


def record(table: Table, key: Row, expected: Row | None, found: Row | None) -> Record:
    name = " ".join(str(part) for part in key)
    return Record(table=table.name, key=name, expected=expected, found=found)


Event = tuple[Any, Any, Any, Any, Any]
"""Stream, version, topic, position, state; by hand they can be made anything."""


def batches(
    events: Iterable[Event],
) -> Iterator[list[tuple[str, list[LogEntry]]]]:
    """Group events, ordered by stream and version, into batches of whole streams."""
    batch: list[tuple[str, list[LogEntry]]] = []
    size = 0
    for stream_id, group in groupby(events, key=lambda event: event[0]):
        entries = [
            LogEntry(
                position=position,
                version=version,
                topic=str(topic),
                state=_bytes(state),
            )
            for _stream, version, topic, position, state in group
        ]
        batch.append((str(stream_id), entries))
        size += len(entries)
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _bytes(state: Any) -> bytes:
    """Return a state, which SQLite may hold as text, or as nothing of the kind."""
    return state if isinstance(state, bytes) else str(state).encode()


class Part(NamedTuple):
    """Events of one stream; `live` is its end, (version, chain), by its live row."""

    stream_id: str
    entries: Sequence[LogEntry]
    live: tuple[int, bytes] | None


def fold(parts: Iterable[Part], known: Loaded) -> Append:
    """Fold the parts onto what is known, if the live rows were made of them.

    A stream without a row has nothing to be held against: its row is made anew.
    """
    return streams.fold([_checked(part, known) for part in parts], known)


def known(found: Mapping[str, Iterable[Row]]) -> Loaded:
    """Decode rows (number, version, chain, at, position, state) of each kind."""
    return Loaded(
        bookings={n: rows.stored_booking(*stored) for n, *stored in found["booking"]},
        workshops={
            n: rows.stored_workshop(*stored) for n, *stored in found["workshop"]
        },
    )


def numbers(parts: Iterable[Part], kind: str) -> list[int]:
    named = (streams.parsed(part.stream_id) for part in parts)
    return [number for of, number in named if of == kind]


def _checked(part: Part, known: Loaded) -> Stream:
    head = streams.head(part.stream_id, known)
    stream = streams.read(part.stream_id, part.entries, head)
    version = stream.recorded[-1].version
    if part.live is not None and part.live != (version, stream.chain):
        raise rebuild.Differs(_differs(stream.id, version, part.live[0]))
    return stream


def pause(attempt: int) -> float:
    """Return how many seconds to leave everybody in peace after a try in vain."""
    return min(0.1 * (1 << (attempt - 1)), 2.0)


def stray(kind: str, number: int) -> rebuild.Differs:
    return rebuild.Differs(
        f"{kind} {number} has a row, but the log has no event of it. "
        "Nothing was swapped."
    )


def contradiction(detail: object) -> rebuild.Differs:
    return rebuild.Differs(
        f"The events contradict one another: {detail} Nothing was swapped."
    )


def _differs(stream_id: str, version: int, live: int) -> str:
    if version != live:
        why = (
            f"the log ends at version {version}, its row at {live}: "
            "events are missing, or the row was changed by hand."
        )
    else:
        why = (
            f"its chain ends otherwise than its row says: version {version} "
            "was changed by hand, or the row was."
        )
    return f"{stream_id}: {why} Nothing was swapped."
