"""Our own stack around another end, as peers have it: server, edge, tokens, limits.

Whatever an end does, its answer is known before: a file has it, as long as ours is.
"""

import os
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from litestar import Router
from litestar.types import ASGIApp, ControllerRouterHandler
from psycopg_pool import AsyncConnectionPool

from adapters import bootstrap, clock
from adapters.bootstrap import Opened
from adapters.http import app, auth, envelopes, rates, server
from adapters.http.auth import Trust
from adapters.http.edge import Edge
from adapters.http.incoming import Incoming
from adapters.http.limiting import Limiter
from adapters.http.problems import NO_STORE
from adapters.http.ready import Ready
from adapters.http.services import Services
from adapters.keys import load_keys
from adapters.postgres import connection
from adapters.reading import CoalescingReader
from adapters.rounds import Read
from adapters.settings import Settings
from adapters.signatures import SharedSecret
from application.committer import Committer

ANSWER = "ANSWER"  # the variable that names a file: the body that a peer answers
HEADERS = NO_STORE | envelopes.etag(1)

Pool = AsyncConnectionPool[psycopg.AsyncConnection[Any]]

_known = Path(os.environ[ANSWER]).read_bytes() if ANSWER in os.environ else b""


def known() -> bytes:
    """Return the body that is answered."""
    return _known


def answer() -> Ready:
    return Ready(_known, status=200, headers=HEADERS)


class Stack(NamedTuple):
    services: Services
    limiter: Limiter | None

    def ours(self) -> ASGIApp:
        """Return the whole application."""
        return app.create_app(self.services, limiter=self.limiter)

    def around(
        self, handlers: Sequence[ControllerRouterHandler], **state: Any
    ) -> ASGIApp:
        """Return the same with `handlers` alone, which find `state` at the app."""
        routes = Router("/", opt={auth.ROLES: {"owner"}}, route_handlers=list(handlers))
        framework = app.framework(self.services, [routes, app.EVERYONE])
        framework.state.update(state)
        return Edge(
            framework,
            clock=self.services.clock,
            new_id=self.services.new_id,
            limiter=self.limiter,
        )


@asynccontextmanager
async def stacked(
    settings: Settings, reader: Callable[[Read], CoalescingReader] = CoalescingReader
) -> AsyncGenerator[Stack]:
    """Yield what `settings` make of it; `reader` answers what is read."""
    async with bootstrap.opened(settings) as store:
        reads = bootstrap.kind(settings).reads()
        try:
            services = _services(settings, store, reader(reads.read))
            async with rates.limiting(settings, services.trust) as limiter:
                yield Stack(services, limiter)
        finally:
            await reads.close()


Opens = Callable[[Settings], AbstractAsyncContextManager[ASGIApp]]


def serve(opens: Opens) -> None:
    """Be a process that serves, as ours does, what `opens` yields."""
    settings = bootstrap.settings()

    async def main() -> None:
        with server.listen(settings.host, settings.port) as listener:
            async with opens(settings) as peer:
                await server.answer(peer, listener)

    server.serve(main)


def trust(settings: Settings) -> Trust:
    return Trust(
        verifiers=SharedSecret(load_keys(settings).signs_with.decode()),
        issuer=settings.jwt_issuer,
        audience=settings.jwt_audience,
    )


def pool(url: str, size: int) -> Pool:
    """Return so many connections, which commit each statement by itself."""
    return AsyncConnectionPool(
        connection.conninfo(url),
        kwargs={"autocommit": True},
        min_size=size,
        max_size=size,
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
        trust=trust(settings),
    )


def _die(error: BaseException) -> None:
    raise error
