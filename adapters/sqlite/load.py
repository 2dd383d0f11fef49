"""What a batch needs, read inside the caller's transaction, in PostgreSQL's shapes."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from adapters.sqlite.append import STATEMENTS, moment, perhaps, plain
from application.stored import KeyId, TwinId, Wanted, WantedSlot

Row = tuple[Any, ...]


def load(conn: sqlite3.Connection, wanted: Wanted) -> dict[str, list[Row]]:
    """Return rows under the names that `loading.loaded` knows."""
    bookings = json.dumps(wanted.bookings)
    workshops = (json.dumps(wanted.workshops), bookings)
    owners = (json.dumps(wanted.owners), bookings)
    return {
        "load_bookings": list(_heads(conn, "load_bookings", bookings)),
        "load_workshops": list(_heads(conn, "load_workshops", *workshops)),
        "load_owner_keys": _all(conn, "load_owner_keys", *owners),
        "load_answers": list(_answers(conn, wanted.keys)),
        "load_twins": list(_twins(conn, wanted.twins)),
        "load_holds": list(_holds(conn, wanted.slots)),
        "load_pending": [
            (*row[:3], moment(row[3]))
            for owner in wanted.owners_open
            for row in _all(conn, "load_pending", *owner)
        ],
        "load_groups": [
            (owner, org_nr, UUID(group_id))
            for group in wanted.groups
            for owner, org_nr, group_id in _all(conn, "load_group", *map(plain, group))
        ],
        **_about_requests(conn, wanted.requests),
        **_about_uploads(conn, wanted.uploads),
        **_about_owned(conn, wanted.owned),
    }


def upload_row(row: Row) -> Row:
    """Return a row of `upload` with its ids and its time as they are elsewhere."""
    *before, message_id, created_at = row[1:]
    used = None if message_id is None else UUID(message_id)
    return (UUID(row[0]), *before, used, moment(created_at))


def _about_requests(
    conn: sqlite3.Connection, requests: Sequence[UUID]
) -> dict[str, list[Row]]:
    if not requests:
        return {}
    found = _all(conn, "load_requests", _json(requests))
    return {"load_requests": [(UUID(row[0]), *row[1:]) for row in found]}


def _about_uploads(
    conn: sqlite3.Connection, uploads: Sequence[UUID]
) -> dict[str, list[Row]]:
    if not uploads:
        return {}
    ids = _json(uploads)
    messages = _all(conn, "load_upload_messages", ids)
    return {
        "load_uploads": [upload_row(row) for row in _all(conn, "load_uploads", ids)],
        "load_upload_messages": [(UUID(row[0]), *row[1:]) for row in messages],
    }


def _about_owned(
    conn: sqlite3.Connection, owners: Sequence[str]
) -> dict[str, list[Row]]:
    names = ("load_owned", "load_owned_workshops") if owners else ()
    return {name: list(_heads(conn, name, _json(owners))) for name in names}


def _json(ids: Iterable[object]) -> str:
    return json.dumps([plain(one) for one in ids])


def _all(conn: sqlite3.Connection, name: str, *params: Any) -> list[Row]:
    return conn.execute(STATEMENTS[name], params).fetchall()


def _heads(conn: sqlite3.Connection, name: str, *params: Any) -> Iterator[Row]:
    for row in conn.execute(STATEMENTS[name], params):
        yield (*row[:3], moment(row[3]), *row[4:])


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
            "at": plain(slot.at),
            "booking_id": slot.booking_id,
            "org_nr": slot.org_nr,
        }
        for row in conn.execute(STATEMENTS["load_holds"], wanted):
            version, chain, at, position, state = row[7:]
            freed = (version, chain, perhaps(at), position, state)
            yield (*row[:4], *map(perhaps, row[4:7]), *freed)
