"""What a batch needs, read inside the caller's transaction, in PostgreSQL's shapes."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from adapters.sqlite.append import STATEMENTS, moment, perhaps, plain
from application.ports import KeyId, TwinId, Wanted, WantedSlot

Row = tuple[Any, ...]


def load(conn: sqlite3.Connection, wanted: Wanted) -> dict[str, list[Row]]:
    """Return rows under the names that `loading.loaded` knows."""
    bookings = json.dumps(wanted.bookings)
    workshops = (json.dumps(wanted.workshops), bookings)
    owners = (json.dumps(wanted.owners), bookings)
    return {
        "load_bookings": [_head(row) for row in _all(conn, "load_bookings", bookings)],
        "load_workshops": [
            _head(row) for row in _all(conn, "load_workshops", *workshops)
        ],
        "load_owner_keys": _all(conn, "load_owner_keys", *owners),
        "load_answers": list(_answers(conn, wanted.keys)),
        "load_twins": list(_twins(conn, wanted.twins)),
        "load_holds": list(_holds(conn, wanted.slots)),
    }


def _all(conn: sqlite3.Connection, name: str, *params: Any) -> list[Row]:
    return conn.execute(STATEMENTS[name], params).fetchall()


def _head(row: Row) -> Row:
    return (*row[:3], moment(row[3]), *row[4:])


def _answers(conn: sqlite3.Connection, keys: Iterable[KeyId]) -> Iterable[Row]:
    for key in keys:
        named = (key.caller, key.scope, key.key)
        for row in _all(conn, "load_answer", *named):
            yield (*named, *row)


def _twins(conn: sqlite3.Connection, twins: Iterable[TwinId]) -> Iterable[Row]:
    for twin in twins:
        named = (twin.booking_id, twin.author, twin.client_message_id)
        for row in _all(conn, "load_twin", *map(plain, named)):
            yield (*named, *row)


def _holds(conn: sqlite3.Connection, slots: Sequence[WantedSlot]) -> Iterable[Row]:
    for slot in slots:
        wanted = {
            "starts_at": plain(slot.start),
            "booking_id": slot.booking_id,
            "org_nr": slot.org_nr,
        }
        for row in conn.execute(STATEMENTS["load_holds"], wanted):
            yield (*row[:4], *map(perhaps, row[4:]))
