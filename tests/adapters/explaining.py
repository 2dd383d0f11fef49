"""A crowded store, and how it would carry out a statement: which indexes, what whole.

On PostgreSQL statements are planned as they are once prepared, on a connection set up
as the committer's is, with the tables' statistics; SQLite never gathers any.
"""

# ruff: noqa: S608 - names of our own tables

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from adapters.postgres import connection, pipeline
from adapters.postgres.plan import Statement
from adapters.sqlite.append import plain
from tests import stores
from tests.examples import HOUR, MONDAY, uuid

BOOKINGS = 4_000
WORKSHOPS = 200
OWNERS = 800
_STATUSES = (*("COMPLETED",) * 6, "CANCELLED", "CONFIRMED", "IN_PROGRESS", "PENDING")
_STATE = b"{" + b" " * 300 + b"}"
_HASH = bytes(32)
_WIDE = timedelta(hours=2)


class Explained(NamedTuple):
    """`indexes` are searched; `scanned` are tables and indexes read from end to end.

    A primary key without an index of its own is PRIMARY on SQLite.
    """

    indexes: frozenset[str]
    scanned: tuple[str, ...]


def crowd(url: str) -> None:
    """Fill a migrated store with rows that only a planner could take for real."""
    by_table: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for table, row in _rows():
        by_table[table].append(row)
    if stores.is_sqlite(url):
        with closing(sqlite3.connect(stores.sqlite_path(url))) as conn:
            for table, rows in by_table.items():
                _insert(conn, table, rows)
            conn.commit()
    else:
        with psycopg.connect(url, autocommit=True) as conn:
            for table, rows in by_table.items():
                _copy(conn, table, rows)
            conn.execute("ANALYZE")


def _insert(
    conn: sqlite3.Connection, table: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    columns, places = ", ".join(rows[0]), ", ".join("?" * len(rows[0]))
    conn.executemany(
        f"INSERT INTO {table} ({columns}) VALUES ({places})",
        ([plain(value) for value in row.values()] for row in rows),
    )


def _copy(
    conn: psycopg.Connection[Any], table: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    query = f"COPY {table} ({', '.join(rows[0])}) FROM STDIN"
    with conn.cursor().copy(query.encode()) as copy:
        for row in rows:
            copy.write_row(tuple(row.values()))


def explain(
    url: str, statement: str | bytes, settings: Sequence[Statement] = ()
) -> Explained:
    if isinstance(statement, bytes):
        return _on_postgres(url, statement, settings)
    return _on_sqlite(url, statement)


def _on_postgres(
    url: str, statement: bytes, settings: Sequence[Statement]
) -> Explained:
    with connection.connect(url) as conn:
        pipeline.run(conn, [Statement("configure", ("5s",)), *settings])
        query = b"EXPLAIN (GENERIC_PLAN, FORMAT JSON) " + statement
        ((((plan,),),),) = (psycopg.RawCursor(conn).execute(query).fetchall(),)
    searched, scanned = set[str](), list[str]()
    for node in nodes(plan["Plan"]):
        name = node.get("Index Name", node.get("Relation Name"))
        if "Index Cond" in node:
            searched.add(name)
        elif node["Node Type"] in {"Seq Scan", "Index Scan", "Index Only Scan"}:
            scanned.append(name)
    return Explained(frozenset(searched), tuple(scanned))


def nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from nodes(below)


_SEARCH = re.compile(
    r"SEARCH (\w+) .*?USING (?:COVERING )?(?:INDEX (\w+)|.*PRIMARY KEY)"
)
_SCAN = re.compile(
    r"SCAN (?!CONSTANT)(\w+)\b(?! VIRTUAL TABLE)(?: USING (?:COVERING )?INDEX (\w+))?"
)
_SUBQUERY = re.compile(r"(?:CO-ROUTINE|MATERIALIZE) (\w+)")


def _on_sqlite(url: str, statement: str) -> Explained:
    with closing(sqlite3.connect(stores.sqlite_path(url))) as conn:
        found = conn.execute(f"EXPLAIN QUERY PLAN {statement}", _nothing(statement))
        lines = [detail for *_ids, detail in found]
    searched, scanned = set[str](), list[str]()
    made = {subquery[1] for line in lines if (subquery := _SUBQUERY.match(line))}
    for line in lines:
        if search := _SEARCH.match(line):
            searched.add(search[2] or "PRIMARY")
        elif (scan := _SCAN.match(line)) and scan[1] not in made:
            scanned.append(scan[2] or scan[1])
    return Explained(frozenset(searched), tuple(scanned))


def _nothing(statement: str) -> Sequence[None] | Mapping[str, None]:
    """Return parameters for a statement that is never carried out."""
    if re.search(r":\w+", statement):
        return defaultdict(lambda: None)
    numbers = [int(number) for number in re.findall(r"\?(\d+)", statement)]
    return [None] * max(numbers, default=statement.count("?"))


def _rows() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield rows, each with its table, as if everybody had been here for years."""
    for n in range(WORKSHOPS):
        yield "workshop", _head(n) | {"org_nr": _org_nr(n), "longest_hold": 75}
    for n in range(OWNERS):
        yield (
            "owner_key",
            {"owner": f"owner-{n}", "wrapped": _HASH, "created_at": MONDAY},
        )
    yield from chain.from_iterable(map(_of_booking, range(1, BOOKINGS + 1)))


def _of_booking(n: int) -> Iterator[tuple[str, dict[str, Any]]]:
    start = MONDAY + (n // WORKSHOPS) * _WIDE
    status = _STATUSES[n % 10]
    owner, org_nr = f"owner-{n % OWNERS}", _org_nr(n)
    its = {"owner": owner, "org_nr": org_nr}
    yield (
        "booking",
        _head(n)
        | its
        | {
            "id": n,
            "group_id": uuid(n // 2),
            "status": status,
            "starts_at": start,
            "due_at": start if status == "PENDING" else None,
            "revision": 1,
        },
    )
    yield (
        "slot",
        {
            "booking_id": n,
            "kind": "slot",
            "org_nr": org_nr,
            "bay": 1,
            "starts_at": start,
            "free_at": start + HOUR,
            "expires_at": start if status == "PENDING" else None,
        },
    )
    yield (
        "change_request",
        its
        | {
            "id": uuid(100_000 + n),
            "booking_id": n,
            "status": "PENDING" if n % 20 == 0 else "APPROVED",
            "requested_at": start - 2 * HOUR,
            "expires_at": start - HOUR,
            "version": 2,
            "position": n,
            "state": _STATE,
        },
    )
    yield from (("message", _message(n, m, owner)) for m in range(3))
    yield "upload", _upload(n, owner)
    yield (
        "idempotency",
        {
            "caller": owner,
            "scope": f"booking-{n}",
            "key": str(uuid(n)),
            "fingerprint": _HASH,
            "answer": _STATE,
            "position": n,
            "created_at": start,
        },
    )
    yield (
        "stored_events",
        {
            "originator_id": f"booking-{n}",
            "originator_version": 1,
            "topic": "booking.placed",
            "state": _STATE,
        },
    )


def _message(n: int, m: int, author: str) -> dict[str, Any]:
    number = 10 * n + m
    return {
        "id": uuid(200_000 + number),
        "booking_id": n,
        "version": 2 + m,
        "author": author,
        "client_message_id": uuid(300_000 + number),
        "position": n,
        "state": _STATE,
    }


def _upload(n: int, owner: str) -> dict[str, Any]:
    used: UUID | None = None if n % 100 == 0 else uuid(200_000 + 10 * n)
    return {
        "id": uuid(400_000 + n),
        "booking_id": n,
        "owner": owner,
        "size": 1,
        "status": "DOOMED" if n % 200 == 0 else "COMPLETE",
        "message_id": used,
        "created_at": MONDAY,
    }


def _head(n: int) -> dict[str, Any]:
    return {"version": 1, "chain": _HASH, "at": MONDAY, "position": n, "state": _STATE}


def _org_nr(n: int) -> int:
    return 313_000_000 + n % WORKSHOPS
