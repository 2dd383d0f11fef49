"""Holds what is live against the log: every row, every slot, every link of the chain.

Each decision is judged again, by the version of the policy that it names. All of it is
one snapshot, taken stream by stream, so memory stays flat. It needs no key and mends
nothing: it says what differs, and where, to whoever is awake at night.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import msgspec

from application import streams, trees
from application.judging import Judges
from application.stored import Append
from application.streams import Broken, LogEntry, Stream

MOST_TOLD = 20
_TELLING = ("version", "chain")

Progress = Callable[[int, int], None]
"""Told of events done, and of how many there are."""


class Extent(NamedTuple):
    """How many events the log has, and its last position; alike when it is dense."""

    events: int
    last: int


class Record(NamedTuple):
    """A row by table and key, as it should be and as it is, or None.

    Rows are named tuples with the same fields.
    """

    table: str
    key: str
    expected: Any
    found: Any


class Snapshot(Protocol):
    """A store at one moment."""

    def extent(self) -> Extent: ...

    def misplaced(self) -> int:
        """Return the first position that has no event, in a log that is not dense."""
        ...

    def batches(self) -> Iterable[Sequence[tuple[str, Sequence[LogEntry]]]]:
        """Yield all streams of the log, whole, some at a time."""
        ...

    def history(self, stream_id: str) -> Sequence[LogEntry]:
        """Return a whole stream, oldest first; empty if there is none."""
        ...

    def records(self, folded: Append) -> Iterable[Record]:
        """Yield the rows of the folded streams beside what the store has of them."""
        ...

    def strays(self) -> Iterable[Record]:
        """Yield rows of streams that the log does not have."""
        ...


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """`subject` is a row or a stream; without `field` the whole of it is meant."""

    subject: str
    field: str | None = None
    expected: str | None = None
    found: str | None = None
    words: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at, how much of it differs, and the first of that."""

    events: int
    streams: int
    rows: int
    found: int
    differences: tuple[Difference, ...]

    @property
    def is_sound(self) -> bool:
        return not self.found


def verify(
    snapshot: Snapshot, progress: Progress | None = None, most: int = MOST_TOLD
) -> Report:
    """Compare all rows with the log, and the log with itself."""
    check = _Check(snapshot, most)
    check.run(progress or _silent)
    return check.report()


class _Check:
    def __init__(self, snapshot: Snapshot, most: int) -> None:
        self._snapshot = snapshot
        self._most = most
        self._events = self._streams = self._rows = self._found = 0
        self._told: list[Difference] = []
        self._judges = Judges(snapshot)

    def run(self, progress: Progress) -> None:
        extent = self._snapshot.extent()
        if extent.events != extent.last:
            self._tell(_hole(self._snapshot.misplaced(), extent))
        for batch in self._snapshot.batches():
            self._take(batch)
            progress(self._events, extent.events)
        for record in self._snapshot.strays():
            self._compare(record)

    def report(self) -> Report:
        return Report(
            events=self._events,
            streams=self._streams,
            rows=self._rows,
            found=self._found,
            differences=tuple(self._told),
        )

    def _take(self, batch: Sequence[tuple[str, Sequence[LogEntry]]]) -> None:
        sound: list[Stream] = []
        for stream_id, entries in batch:
            self._streams += 1
            self._events += len(entries)
            try:
                stream = streams.read(stream_id, entries)
            except Broken as broken:
                self._tell(Difference(subject=stream_id, words=str(broken)))
                continue
            sound.append(stream)
            for words in self._judges.wrong(stream):
                self._tell(Difference(subject=stream_id, words=words))
        for record in self._snapshot.records(streams.fold(sound)):
            self._compare(record)

    def _compare(self, record: Record) -> None:
        self._rows += record.found is not None
        if record.expected != record.found:
            self._tell(difference(record))

    def _tell(self, difference: Difference) -> None:
        self._found += 1
        if len(self._told) < self._most:
            self._told.append(difference)


def difference(record: Record) -> Difference:
    """Say in words how the two rows differ, by their first differing field."""
    subject = f"{record.table} {record.key}"
    if record.found is None:
        words = f"{subject}: the row is missing; the log has its events."
        return Difference(subject=subject, words=words)
    if record.expected is None:
        words = f"{subject}: there is a row, but no event that makes it."
        return Difference(subject=subject, words=words)
    field, expected, found = _first(record.expected, record.found)
    return Difference(
        subject=subject,
        field=field,
        expected=expected,
        found=found,
        words=f"{subject}: {field} is {found}, and by the log {expected}{_so(field)}.",
    )


def _so(field: str) -> str:
    """Say what else a difference in the end of the stream can mean."""
    if field == "version":
        return ": events are missing, or the row was changed"
    if field == "chain":
        return ": the last event was changed, or the row was"
    return ""


def _hole(position: int, extent: Extent) -> Difference:
    return Difference(
        subject=f"position {position}",
        words=(
            f"The log is not dense: no event is at position {position}, "
            f"and {extent.events} events end at position {extent.last}."
        ),
    )


def _first(expected: Any, found: Any) -> tuple[str, str, str]:
    """Return the first differing field, a path into `state`, and both its values."""
    names = [n for n in expected._fields if getattr(expected, n) != getattr(found, n)]
    # Where the stream ends explains most of what else differs.
    name = next((n for n in _TELLING if n in names), names[0])
    ours, theirs = getattr(expected, name), getattr(found, name)
    if name == "state":
        return _first_inside(ours, theirs)
    # What is a position in a table is an ordinal in what was folded.
    return ("position" if name == "ordinal" else name), _shown(ours), _shown(theirs)


def _first_inside(expected: bytes, found: Any) -> tuple[str, str, str]:
    try:
        theirs = msgspec.json.decode(found)
    except (ValueError, TypeError, RecursionError):
        return "state", "a JSON document", "no JSON document"
    ours = msgspec.json.decode(expected)
    for path, one, other in trees.differing(ours, theirs, "state"):
        return path, _shown(one), _shown(other)
    return "state", "the same, written otherwise", "written otherwise"


def _shown(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if not isinstance(value, str) else repr(value)


def _silent(_done: int, _of: int) -> None:
    pass
