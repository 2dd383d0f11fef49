"""What an append writes, and in which order, inside the caller's transaction."""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from adapters import rows, sql
from application.failures import EpochChanged
from application.stored import Append
from projections.slots import SlotRow

STATEMENTS = sql.load("adapters.sqlite")

_ZERO = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def write(conn: sqlite3.Connection, batch: Append, epoch: int) -> int:
    """Write `batch` and return the log's last position before it.

    Raises `EpochChanged`, and `sqlite3.IntegrityError` for what another writer holds.
    """
    last = last_position(conn, epoch)
    _forget(conn, batch.forgotten_owners)
    _many(
        conn,
        "insert_answer",
        [(*a[:-2], _placed(a, last)) for a in rows.answers(batch)],
    )
    _many(conn, "insert_owner_key", batch.owner_keys)
    _many(conn, "insert_upload", rows.new_uploads(batch))
    _many(conn, "update_upload", rows.changed_uploads(batch))
    _change_slots(conn, batch)
    _many(conn, "insert_event", _events(batch, last))
    _many(conn, "upsert_booking", _at(last, rows.bookings(batch)))
    _many(conn, "upsert_workshop", _at(last, rows.workshops(batch)))
    _many(conn, "upsert_change_request", _at(last, rows.change_requests(batch)))
    _many(conn, "insert_message", _at(last, rows.messages(batch)))
    return last


def last_position(conn: sqlite3.Connection, epoch: int) -> int:
    """Return the log's last position, if `epoch` still is its epoch."""
    check_epoch(conn, epoch)
    (last,) = conn.execute(STATEMENTS["select_last_position"]).fetchone()
    return int(last)


def check_epoch(conn: sqlite3.Connection, epoch: int) -> None:
    """Raise `EpochChanged` unless the rows are of `epoch`."""
    found = conn.execute(STATEMENTS["select_epoch"]).fetchone()
    if found is None or found[0] != epoch:
        raise EpochChanged


def find(conn: sqlite3.Connection, batch: Append) -> int | None:
    """Return the log's last position before `batch`, or None if it was not written."""
    found: tuple[int] | None = None
    if batch.stored:
        first = batch.stored[0]
        key = (first.originator_id, first.originator_version, first.state)
        found = conn.execute(STATEMENTS["find_event"], key).fetchone()
    elif batch.answers:
        answer = rows.answers(batch)[0]
        kept = (answer.caller, answer.scope, answer.key, answer.answer)
        found = conn.execute(STATEMENTS["find_answer"], kept).fetchone()
    return None if found is None else found[0] - 1


def plain(value: Any) -> Any:
    """Return `value` as SQLite keeps it."""
    if isinstance(value, datetime):
        return (value - _ZERO) // _MICROSECOND
    return str(value) if isinstance(value, UUID) else value


def moment(microseconds: int) -> datetime:
    return _ZERO + timedelta(microseconds=microseconds)


def perhaps(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else moment(microseconds)


def _many(conn: sqlite3.Connection, name: str, table: Iterable[Sequence[Any]]) -> None:
    conn.executemany(
        STATEMENTS[name], [[plain(value) for value in row] for row in table]
    )


def _forget(conn: sqlite3.Connection, owners: Iterable[str]) -> None:
    """Remove what goes of `owners`; what else belongs to them is in the events."""
    named = [(owner,) for owner in owners]
    _many(conn, "forget_owner_key", named)
    _many(conn, "forget_callers_answers", named)
    _many(conn, "forget_bookings_answers", named)
    _many(conn, "doom_owners_uploads", named)


def _events(batch: Append, last: int) -> Iterable[Sequence[Any]]:
    """Return rows whose rowids follow each other: the log has no holes."""
    return [
        (e.originator_id, e.originator_version, e.topic, e.state, position)
        for position, e in enumerate(batch.stored, start=last + 1)
    ]


def _at(last: int, table: Sequence[Sequence[Any]]) -> Iterable[Sequence[Any]]:
    """Put positions in the place of ordinals."""
    return [(*row[:-1], last + row[-1]) for row in table]


def _placed(answer: rows.AnswerRow, last: int) -> int | None:
    if answer.position is not None or answer.ordinal is None:
        return answer.position
    return last + answer.ordinal


def _change_slots(conn: sqlite3.Connection, batch: Append) -> None:
    released, claimed = rows.slots(batch)
    _many(conn, "delete_slot", [slot[:2] for slot in released])
    for slot in claimed:
        _claim(conn, slot)


def _claim(conn: sqlite3.Connection, slot: SlotRow) -> None:
    values = {name: plain(value) for name, value in slot._asdict().items()}
    if conn.execute(STATEMENTS["select_overlap"], values).fetchone() is not None:
        message = f"bay {slot.bay} is taken at {slot.starts_at}"
        raise sqlite3.IntegrityError(message)
    conn.execute(STATEMENTS["insert_slot"], values)
