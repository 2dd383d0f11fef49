"""What the database has in the end, read straight out of it in one snapshot."""

import threading
from base64 import b64decode
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
import psycopg

SYSTEM = "system"
MESSAGE = "booking.message_appended"
# What the system writes into a call's commit, and no answer names.
_ASIDE = frozenset({"booking.change_superseded"})
_LOG = b"""
SELECT notification_id, originator_id, originator_version, topic, state
FROM stored_events ORDER BY notification_id
"""
_CHAINS = b"""
SELECT 'booking-' || id, chain FROM booking
UNION ALL SELECT 'workshop-' || org_nr, chain FROM workshop
"""
_BOOKINGS = b"SELECT id, owner, status, starts_at, revision, version FROM booking"
_SLOTS = b"SELECT booking_id, kind, bay, starts_at, free_at FROM slot"
_KEYS = b"SELECT caller, key, answer FROM idempotency"
_REQUESTS = b"SELECT id::text, booking_id, status FROM change_request"
_MESSAGES = b"SELECT booking_id, version, id::text, author FROM message"
_UPLOADS = b"SELECT id::text, booking_id, message_id::text FROM upload"
_DEADLOCKS = b"SELECT sum(deadlocks) FROM pg_stat_database"


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """An event at its position."""

    position: int
    stream: str
    version: int
    role: str
    sub: str
    request_id: str
    at: datetime
    kind: str
    event: Mapping[str, Any]
    topic: str = ""
    prev: bytes = b""
    state: bytes = b""

    @property
    def booking_id(self) -> int | None:
        kind, _dash, number = self.stream.partition("-")
        return int(number) if kind == "booking" else None

    @property
    def is_asked_for(self) -> bool:
        """Whether it is what a caller asked for, or would be told of."""
        return self.role != SYSTEM and self.kind not in _ASIDE


class Row(msgspec.Struct, frozen=True):
    owner: str
    status: str
    start: datetime
    revision: int
    version: int


class Kept(msgspec.Struct, frozen=True):
    """What the first call with a key was answered, and which call that was."""

    status: int
    request_id: str


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The log, the rows folded from it, the answers by caller and key, the deadlocks.

    `chains` are the hashes that streams stand at. `requests` have booking and status,
    `messages`, by booking and version, id and author, `uploads` booking and message.
    """

    facts: list[Fact]
    bookings: dict[int, Row]
    slots: dict[tuple[int, str], tuple[int, datetime, datetime]]
    kept: dict[tuple[str, str], list[Kept]]
    chains: dict[str, bytes]
    requests: dict[str, tuple[int, str]]
    messages: dict[tuple[int, int], tuple[str, str]]
    uploads: dict[str, tuple[int, str | None]]
    deadlocks: int

    def by_request(self) -> dict[str, list[Fact]]:
        """Return what each call asked for and has."""
        grouped: dict[str, list[Fact]] = {}
        for fact in self.facts:
            if fact.is_asked_for:
                grouped.setdefault(fact.request_id, []).append(fact)
        return grouped

    @property
    def owners(self) -> dict[int, str]:
        """Return whose each booking is."""
        return {number: row.owner for number, row in self.bookings.items()}


def read(url: str) -> Found:
    with psycopg.connect(url) as conn:
        conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        facts = [_fact(*row) for row in conn.execute(_LOG)]
        bookings = {row[0]: Row(*row[1:]) for row in conn.execute(_BOOKINGS)}
        slots = {
            (booking_id, kind): (bay, start, until)
            for booking_id, kind, bay, start, until in conn.execute(_SLOTS)
        }
        kept: dict[tuple[str, str], list[Kept]] = {}
        for caller, key, answer in conn.execute(_KEYS):
            told = msgspec.json.decode(answer, type=Kept)
            kept.setdefault((caller, key), []).append(told)
        chains: dict[str, bytes] = dict(conn.execute(_CHAINS).fetchall())
        requests = {row[0]: row[1:] for row in conn.execute(_REQUESTS)}
        messages = {row[:2]: row[2:] for row in conn.execute(_MESSAGES)}
        uploads = {row[0]: row[1:] for row in conn.execute(_UPLOADS)}
        ((deadlocks,),) = conn.execute(_DEADLOCKS)
    return Found(
        facts=facts,
        bookings=bookings,
        slots=slots,
        kept=kept,
        chains=chains,
        requests=requests,
        messages=messages,
        uploads=uploads,
        deadlocks=int(deadlocks or 0),
    )


def _fact(position: int, stream: str, version: int, topic: str, state: bytes) -> Fact:
    envelope = msgspec.json.decode(state)
    return Fact(
        position=position,
        stream=stream,
        version=version,
        role=envelope["actor"]["role"],
        sub=envelope["actor"]["id"],
        request_id=envelope["request_id"],
        at=datetime.fromisoformat(envelope["at"]),
        kind=envelope["event"]["type"],
        event=envelope["event"],
        topic=topic,
        prev=b64decode(envelope["prev"]),
        state=state,
    )


class Tail:
    """Whoever follows the log during the storm, straight on the database."""

    def __init__(self, url: str) -> None:
        self.seen: list[tuple[int, str, int]] = []
        self._url = url
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Return when it has seen all that is there now."""
        self._over.set()
        self._thread.join()

    def _read(self) -> None:
        while True:
            is_last = self._over.is_set()
            try:
                self._follow(is_last=is_last)
            except psycopg.OperationalError:
                self._over.wait(0.1)
            if is_last:
                return

    def _follow(self, *, is_last: bool) -> None:
        with psycopg.connect(self._url, autocommit=True) as conn:
            while True:
                last = self.seen[-1][0] if self.seen else 0
                found = conn.execute(_AFTER, [last]).fetchall()
                self.seen += found
                if is_last or self._over.is_set():
                    return
                self._over.wait(0.02)


_AFTER = b"""
SELECT notification_id, originator_id, originator_version FROM stored_events
WHERE notification_id > %s ORDER BY notification_id
"""
