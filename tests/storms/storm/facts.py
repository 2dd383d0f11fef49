"""What the database has in the end, read straight out of it in one snapshot."""

import threading
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
SELECT notification_id, originator_id, originator_version, state
FROM stored_events ORDER BY notification_id
"""
_BOOKINGS = b"SELECT id, owner, status, starts_at, revision, version FROM booking"
_SLOTS = b"SELECT booking_id, kind, bay, starts_at, free_at FROM slot"
_KEYS = b"SELECT caller, scope, key, answer FROM idempotency"
_DEADLOCKS = b"SELECT sum(deadlocks) FROM pg_stat_database"


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """An event at its position."""

    position: int
    stream: str
    version: int
    role: str
    sub: str
    request_id: str
    at: str
    kind: str
    event: Mapping[str, Any]

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


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The log, the rows of bookings, their slots, the kept statuses, the deadlocks."""

    facts: list[Fact]
    bookings: dict[int, Row]
    slots: dict[tuple[int, str], tuple[int, datetime, datetime]]
    kept: dict[tuple[str, str], list[int]]
    deadlocks: int

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
        kept: dict[tuple[str, str], list[int]] = {}
        for caller, _scope, key, answer in conn.execute(_KEYS):
            status = msgspec.json.decode(answer)["status"]
            kept.setdefault((caller, key), []).append(status)
        ((deadlocks,),) = conn.execute(_DEADLOCKS)
    return Found(
        facts=facts,
        bookings=bookings,
        slots=slots,
        kept=kept,
        deadlocks=int(deadlocks or 0),
    )


def _fact(position: int, stream: str, version: int, state: bytes) -> Fact:
    envelope = msgspec.json.decode(state)
    return Fact(
        position=position,
        stream=stream,
        version=version,
        role=envelope["actor"]["role"],
        sub=envelope["actor"]["id"],
        request_id=envelope["request_id"],
        at=envelope["at"],
        kind=envelope["event"]["type"],
        event=envelope["event"],
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
