"""Servers that ours is held against: its own stack, with another end.

The same process, server, edge, tokens, limits, checks and length of answer; only what
is named differs. `hello` alone is the framework as it comes: the shortest way that
there is.
"""

import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import psycopg
from litestar import Litestar, Router, get, put
from litestar.params import FromPath
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp
from psycopg_pool import AsyncConnectionPool

from adapters import bootstrap, clock, rows
from adapters.bootstrap import Opened
from adapters.http import app, auth, envelopes, parameters, rates, server
from adapters.http.auth import Trust
from adapters.http.body import StrictRequest
from adapters.http.edge import Edge
from adapters.http.incoming import Incoming
from adapters.http.limiting import Limiter
from adapters.http.problems import NO_STORE
from adapters.http.ready import Ready
from adapters.http.services import Services
from adapters.keys import load_keys
from adapters.postgres import connection
from adapters.postgres.plan import STATEMENTS
from adapters.reading import CoalescingReader
from adapters.rounds import Read
from adapters.settings import Settings
from adapters.signatures import SharedSecret
from application import intent
from application.committer import Committer
from application.queries import Seen

ANSWER = "ANSWER"  # the variable that names a file: the body that a peer answers
POOL = 8  # connections: with four or 16 it was not faster

Pool = AsyncConnectionPool[psycopg.AsyncConnection[Any]]


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
    return _known()


@get("/api/co/bookings/{booking_id:int}")
async def read_nothing(
    booking_id: FromPath[int],  # noqa: ARG001 - the route has it
    request: StrictRequest,  # noqa: ARG001 - as ours
) -> ASGIResponse:
    return _known()


@get("/hello")
async def hello() -> dict[str, str]:
    return {"hello": "world"}


def _known() -> Ready:
    return Ready(_answer, status=200, headers=NO_STORE | envelopes.etag(1))


_answer = Path(os.environ[ANSWER]).read_bytes() if ANSWER in os.environ else b""


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


def _pool(url: str) -> Pool:
    return AsyncConnectionPool(
        connection.conninfo(url),
        kwargs={"autocommit": True},
        min_size=POOL,
        max_size=POOL,
        configure=_taught,
        open=False,
    )


async def _taught(conn: psycopg.AsyncConnection[Any]) -> None:
    connection.teach(conn)


def _services(settings: Settings, store: Opened, reader: CoalescingReader) -> Services:
    return Services(
        committer=Committer(store.store, store.vault, _die),
        draw_ids=store.store.draw_ids,
        reader=reader,
        incoming=Incoming(bootstrap.uploads(settings), settings.upload_limit),
        vault=store.vault,
        clock=clock.now,
        new_id=clock.new_id,
        trust=Trust(
            verifiers=SharedSecret(load_keys(settings).signs_with.decode()),
            issuer=settings.jwt_issuer,
            audience=settings.jwt_audience,
        ),
    )


def _die(error: BaseException) -> None:
    raise error


def _of_known_answers(services: Services, limiter: Limiter | None) -> ASGIApp:
    routes = Router(
        "/", opt={auth.ROLES: {"owner"}}, route_handlers=[change_nothing, read_nothing]
    )
    framework = app.framework(services, [routes, app.EVERYONE])
    return Edge(
        framework, clock=services.clock, new_id=services.new_id, limiter=limiter
    )


async def _serve(kind: str, settings: Settings) -> None:
    with server.listen(settings.host, settings.port) as listener:
        if kind == "hello":
            bare = Litestar([hello], openapi_config=None, logging_config=None)
            await server.answer(bare, listener)
            return
        async with AsyncExitStack() as stack:
            store = await stack.enter_async_context(bootstrap.opened(settings))
            reads = bootstrap.kind(settings).reads()
            stack.push_async_callback(reads.close)
            reader = CoalescingReader(reads.read)
            if kind == "pooled":
                pool = await stack.enter_async_context(_pool(settings.database_url))
                reader = PooledReader(reads.read, pool)
            services = _services(settings, store, reader)
            limiter = await stack.enter_async_context(
                rates.limiting(settings, services.trust)
            )
            if kind == "known":
                ours = _of_known_answers(services, limiter)
            else:
                ours = app.create_app(services, limiter=limiter)
            await server.answer(ours, listener)


if __name__ == "__main__":
    server.serve(lambda: _serve(sys.argv[1], bootstrap.settings()))
