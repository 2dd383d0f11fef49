"""Bookings without events, as peers keep them: a row each, written over and over.

Their tables are made anew for each peer, so that all begin alike.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import NamedTuple

import psycopg
from litestar import put
from litestar.params import FromPath
from litestar.response.base import ASGIResponse

from adapters.http import parameters
from adapters.http.body import StrictRequest
from application import intent
from tests.benchmarks import stack

# Half of each page is left for what is written over: no index has to follow.
_TABLES: tuple[bytes, ...] = (
    b"DROP TABLE IF EXISTS plain_booking, plain_audit",
    b"""
    CREATE TABLE plain_booking (
        id bigint PRIMARY KEY,
        owner text NOT NULL,
        starts_at timestamptz NOT NULL,
        revision bigint NOT NULL DEFAULT 1,
        message text,
        key text
    ) WITH (fillfactor = 50)
    """,
    b"""
    CREATE TABLE plain_audit (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        booking_id bigint NOT NULL,
        actor text NOT NULL,
        at timestamptz NOT NULL,
        key text,
        change jsonb NOT NULL
    )
    """,
    b"""
    INSERT INTO plain_booking (id, owner, starts_at)
    SELECT id, owner, starts_at FROM booking
    """,
)
UPDATES = "SELECT coalesce(sum(revision - 1), 0)::bigint FROM plain_booking"
AUDITED = "SELECT count(*) FROM plain_audit"


class Change(NamedTuple):
    """What a PUT wants, once it is known to be right by itself."""

    booking_id: int
    owner: str
    start: datetime
    text: str
    key: str | None


Changes = Callable[[Change], Awaitable[None]]


@put("/api/co/bookings/{booking_id:int}")
async def change(booking_id: FromPath[int], request: StrictRequest) -> ASGIResponse:
    """Check a request as the no-op does, and let the app's `changes` happen to it."""
    body = await request.json()
    key = parameters.idempotency_key(request.scope)
    parameters.if_match(request.scope)
    parameters.dry_run(request.scope)
    wanted = intent.parse(body)
    changes: Changes = request.app.state.changes
    await changes(_change(booking_id, request, wanted, key))
    return stack.answer()


def _change(
    booking_id: int, request: StrictRequest, wanted: intent.Intent, key: str | None
) -> Change:
    # The load sends both; what else a PUT may want, no peer knows.
    assert wanted.start is not None
    assert wanted.message is not None
    return Change(
        booking_id=booking_id,
        owner=request.user.sub,
        start=wanted.start,
        text=wanted.message.text,
        key=key,
    )


def make(url: str) -> None:
    """Make the tables anew, with the bookings of the store at `url`."""
    with psycopg.connect(url, autocommit=True) as conn:
        for statement in _TABLES:
            conn.execute(statement)
        conn.execute("VACUUM (ANALYZE) plain_booking, plain_audit")


def count(url: str, query: str) -> int:
    with psycopg.connect(url) as conn:
        ((found,),) = conn.execute(query.encode()).fetchall()
    return int(found)
