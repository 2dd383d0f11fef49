"""Servers that ours is held against: its own stack, with another end.

The same process, server, edge, tokens, limits, checks and length of answer; only what
is named differs. `hello` alone is the framework as it comes: the shortest way that
there is.
"""

import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import cast

import psycopg
from litestar import Litestar, get, put
from litestar.params import FromPath
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp

from adapters import asking, rows
from adapters.asking import EventSeen
from adapters.http import pages, parameters, services
from adapters.http.body import StrictRequest
from adapters.http.problems import Problem
from adapters.http.ready import Ready
from adapters.postgres.plan import STATEMENTS
from adapters.reading import CoalescingReader
from adapters.rounds import Read
from adapters.settings import Settings
from application import intent
from application.queries import Seen
from domain import identity
from tests.benchmarks import stack
from tests.benchmarks.stack import Opens, Pool

POOL = 8  # connections: with four or 16 it was not faster


@put("/api/co/bookings/{booking_id:int}")
async def change_nothing(
    booking_id: FromPath[int],  # noqa: ARG001 - the route has it
    request: StrictRequest,
) -> ASGIResponse:
    """Check all of a request that can be checked by itself, and do nothing."""
    body = await request.json()
    parameters.idempotency_key(request.scope)
    parameters.if_match(request.scope)
    parameters.dry_run(request.scope)
    intent.parse(body)
    return stack.answer()


@get("/api/co/bookings/{booking_id:int}")
async def read_nothing(
    booking_id: FromPath[int],  # noqa: ARG001 - the route has it
    request: StrictRequest,  # noqa: ARG001 - as ours
) -> ASGIResponse:
    return stack.answer()


@get("/api/co/bookings/{booking_id:int}/history")
async def read_events(booking_id: FromPath[int], request: StrictRequest) -> Ready:
    """Answer the events of a booking as they are stored, whosever it is."""
    page = pages.versions(request.scope)
    reader = cast("BareReader", services.of(request).reader)
    found = await reader.events(booking_id, page.after, page.after + page.limit + 1)
    if not found:
        raise Problem("not_found")
    body = b"[" + b",".join([event.state for event in found]) + b"]"
    return Ready(body, status=200, headers=stack.HEADERS)


@get("/hello")
async def hello() -> dict[str, str]:
    return {"hello": "world"}


class BareReader(CoalescingReader):
    """Rounds as ours, and one SELECT alone."""

    async def events(self, booking_id: int, after: int, until: int) -> list[EventSeen]:
        stream = identity.booking_stream(booking_id)
        return list(await self._all(asking.events(stream, after, until)))


class PooledReader(CoalescingReader):
    """Reads of one booking each take a connection, and give it back."""

    def __init__(self, read: Read, pool: Pool) -> None:
        super().__init__(read)
        self._pool = pool
        self._query = STATEMENTS["see_bookings"].replace(
            b"= ANY($1::bigint[])", b"= $1"
        )

    async def booking(self, booking_id: int) -> Seen | None:
        async with self._pool.connection() as conn:
            cursor = await psycopg.AsyncRawCursor(conn).execute(
                self._query, [booking_id], prepare=True, binary=True
            )
            row = await cursor.fetchone()
        if row is None:
            return None
        return Seen(
            stored=rows.stored_booking(*row[1:6]),
            workshop=rows.workshop(row[6]),
            owner_key=row[7],
        )


@asynccontextmanager
async def _hello(_settings: Settings) -> AsyncGenerator[ASGIApp]:
    yield Litestar([hello], openapi_config=None, logging_config=None)


@asynccontextmanager
async def _known(settings: Settings) -> AsyncGenerator[ASGIApp]:
    async with stack.stacked(settings) as ours:
        yield ours.around([change_nothing, read_nothing])


@asynccontextmanager
async def _bare(settings: Settings) -> AsyncGenerator[ASGIApp]:
    async with stack.stacked(settings, BareReader) as ours:
        yield ours.around([read_events])


@asynccontextmanager
async def _pooled(settings: Settings) -> AsyncGenerator[ASGIApp]:
    async with (
        stack.pool(settings.database_url, POOL) as pool,
        stack.stacked(settings, partial(PooledReader, pool=pool)) as ours,
    ):
        yield ours.ours()


KINDS: Mapping[str, Opens] = {
    "hello": _hello,
    "known": _known,
    "bare": _bare,
    "pooled": _pooled,
}

if __name__ == "__main__":
    stack.serve(KINDS[sys.argv[1]])
