"""`bookings serve`: the API, its committer and its reader on one event loop."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated

from cyclopts import Parameter

from adapters import bootstrap, clock, logs, metrics, sweeping
from adapters.bootstrap import Opened
from adapters.cli import output
from adapters.cli.demo import demo as add_demo
from adapters.cli.ending import Ending
from adapters.cli.migrate import migrate
from adapters.cli.parameters import UnsafeDurability
from adapters.http import rates, server, telling
from adapters.http.app import create_app
from adapters.http.auth import Trust
from adapters.http.incoming import Incoming
from adapters.http.server import CannotListen
from adapters.http.services import Services
from adapters.http.telling import Tell
from adapters.keys import load_keys
from adapters.metrics import Metrics
from adapters.places import uploads_at
from adapters.reading import CoalescingReader
from adapters.settings import Settings
from adapters.signatures import Verifiers
from adapters.verifying import verifying
from application.committer import Committer
from application.watching import UNWATCHED

# What is left, once all are answered, to close what was open.
LAST_SECONDS = 2.0


def serve(
    *,
    demo: Annotated[
        bool,
        Parameter(
            help="First make the store, with demo data if it is an empty SQLite."
        ),
    ] = False,
    unsafe_durability: UnsafeDurability = False,
) -> None:
    settings = bootstrap.settings()
    logs.configure(settings.log_level)
    try:
        listener = server.listen(settings.host, settings.port)
    except CannotListen as error:
        raise output.Failed(str(error), exit_code=error.exit_code) from None
    # With the port in hand: a second start says that it is taken, and nothing else.
    with listener:
        # And before anything is made: without its keys a store is of no use.
        load_keys(settings)
        uploads_at(settings)
        rates.must_be_right(settings)
        if demo:
            migrate()
            asyncio.run(add_demo(if_empty=True))
        with metrics.shown(settings) as shown:
            if not unsafe_durability:
                bootstrap.kind(settings).check()
                bootstrap.must_be_durable(settings)
            ending = Ending()
            server.serve(
                lambda: _serve(settings, listener, shown, ending),
                lambda: ending.within(settings.grace_seconds),
            )


async def _serve(
    settings: Settings,
    listener: socket.socket,
    shown: Metrics | None,
    ending: Ending,
) -> None:
    async with (
        bootstrap.opened(settings) as store,
        verifying(settings) as verifiers,
        _services(settings, store, verifiers, ending, shown) as services,
        _worker(settings, services.committer, ending, shown),
        rates.limiting(settings, services.trust) as limiter,
    ):
        app = create_app(services, _told(settings, shown), limiter)
        port = listener.getsockname()[1]
        output.say(f"Serving on http://localhost:{port}. Ctrl-C ends it.")
        await server.answer(
            app,
            listener,
            grace=settings.grace_seconds,
            on_end=lambda: _end(settings, services.committer, ending),
        )
    ending.tell()


def _end(settings: Settings, committer: Committer, ending: Ending) -> None:
    """See to it that the process ends, and that before nobody is left unanswered."""
    grace = settings.grace_seconds
    asyncio.get_running_loop().call_later(grace, committer.give_up)
    ending.within(grace + LAST_SECONDS)


@asynccontextmanager
async def _worker(
    settings: Settings, committer: Committer, ending: Ending, shown: Metrics | None
) -> AsyncGenerator[None]:
    """Do the worker's jobs too, where there is but one process."""
    if settings.sqlite_path is None:
        yield
        return
    async with (
        bootstrap.sweeper(settings, committer.change) as sweeper,
        sweeping.beside(
            sweeper,
            ending.begin,
            seconds=settings.sweep_seconds,
            tell=metrics.sweeps(shown),
        ),
    ):
        yield


@asynccontextmanager
async def _services(
    settings: Settings,
    store: Opened,
    verifiers: Verifiers,
    ending: Ending,
    shown: Metrics | None,
) -> AsyncGenerator[Services]:
    reads, blobs = bootstrap.kind(settings).reads(), bootstrap.uploads(settings)
    committer = Committer(
        store.store,
        store.vault,
        ending.begin,
        UNWATCHED if shown is None else shown,
        seconds=settings.call_seconds,
    )
    incoming = Incoming(blobs, settings.upload_limit)
    if shown is not None:
        incoming = Incoming(blobs, settings.upload_limit, shown.stored)
        shown.watch_queue(lambda: committer.waiting)
    try:
        yield Services(
            committer=committer,
            draw_ids=store.store.draw_ids,
            reader=CoalescingReader(reads.read),
            incoming=incoming,
            vault=store.vault,
            clock=clock.now,
            new_id=clock.new_id,
            trust=Trust(
                verifiers=verifiers,
                issuer=settings.jwt_issuer,
                audience=settings.jwt_audience,
            ),
        )
    finally:
        await reads.close()


def _told(settings: Settings, shown: Metrics | None) -> Sequence[Tell]:
    """Return who is told of each answer."""
    told: list[Tell] = []
    if settings.tells_requests:
        told.append(telling.log)
    if shown is not None:
        told.append(shown.answered)
    return told
