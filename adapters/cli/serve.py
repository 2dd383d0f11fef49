"""`bookings serve`: the API, its committer and its reader on one event loop."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated

from cyclopts import Parameter

from adapters import bootstrap, clock, hinting, logs, observing, sweeping
from adapters.bootstrap import Opened
from adapters.cli import output, standby
from adapters.cli.demo import demo as add_demo
from adapters.cli.ending import LAST_SECONDS, Ending
from adapters.cli.migrate import migrate
from adapters.cli.parameters import UnsafeDurability
from adapters.http import rates, server
from adapters.http.app import create_app
from adapters.http.auth import Trust
from adapters.http.incoming import Incoming
from adapters.http.server import CannotListen
from adapters.http.services import Services
from adapters.keys import load_keys
from adapters.observing import Observers
from adapters.places import uploads_at
from adapters.reading import CoalescingReader
from adapters.rounds import Asked, Read, Rows
from adapters.settings import Settings
from adapters.signatures import Verifiers
from adapters.verifying import verifying
from application.committer import Committer
from application.failures import EpochChanged
from application.hints import Hint
from application.waiting import in_time


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
    standby.until_switched(
        bootstrap.kind(settings).check,
        lambda: _listen(settings, demo=demo, unsafe_durability=unsafe_durability),
    )


def _listen(settings: Settings, *, demo: bool, unsafe_durability: bool) -> None:
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
        with observing.observed(settings) as observers:
            if not unsafe_durability:
                bootstrap.kind(settings).check()
                bootstrap.must_be_durable(settings)
            ending = Ending()
            server.serve(
                lambda: _serve(settings, listener, observers, ending),
                lambda: ending.within(settings.grace_seconds),
            )


async def _serve(
    settings: Settings,
    listener: socket.socket,
    observers: Observers,
    ending: Ending,
) -> None:
    async with (
        bootstrap.opened(settings) as store,
        verifying(settings) as verifiers,
        hinting.telling(settings) as hint,
        _services(settings, store, verifiers, ending, observers, hint=hint) as services,
        _worker(settings, services.committer, ending, observers),
        rates.limiting(settings, services.trust) as limiter,
    ):
        if limiter is not None and settings.redis_url is not None:
            observers.watch_connections("redis", limiter)
        app = create_app(services, observers.told(settings), limiter, observers.begin)
        port = listener.getsockname()[1]
        output.say(f"Serving on http://localhost:{port}. Ctrl-C ends it.")
        await server.answer(
            app,
            listener,
            grace=settings.grace_seconds,
            on_end=lambda: _end(settings, services.committer, ending),
            leave=lambda: ending.leave(settings.drain_seconds),
        )
    ending.tell()


def _end(settings: Settings, committer: Committer, ending: Ending) -> None:
    """See to it that the process ends, and that before nobody is left unanswered."""
    grace = settings.grace_seconds
    asyncio.get_running_loop().call_later(grace, committer.give_up)
    ending.within(grace + LAST_SECONDS)


@asynccontextmanager
async def _worker(
    settings: Settings, committer: Committer, ending: Ending, observers: Observers
) -> AsyncGenerator[None]:
    """Do the worker's jobs too, where there is but one process."""
    if settings.sqlite_path is None:
        yield
        return
    async with (
        bootstrap.sweeper(
            settings, committer.change, observers.watch_connections
        ) as sweeper,
        sweeping.beside(
            sweeper,
            ending.begin,
            seconds=settings.sweep_seconds,
            watches=observers.sweeps(),
        ),
    ):
        yield


@asynccontextmanager
async def _services(
    settings: Settings,
    store: Opened,
    verifiers: Verifiers,
    ending: Ending,
    observers: Observers,
    *,
    hint: Hint,
) -> AsyncGenerator[Services]:
    reads, blobs = bootstrap.kind(settings).reads(), bootstrap.uploads(settings)
    committer = Committer(
        store.store,
        store.vault,
        ending.begin,
        observers.watch,
        hint=hint,
        seconds=settings.call_seconds,
    )
    observers.watch_queue(lambda: committer.waiting)
    observers.watch_connections("store", store.pool)
    observers.watch_connections("reads", reads)
    try:
        yield Services(
            committer=committer,
            draw_ids=lambda org_nr, count: in_time(
                store.store.draw_ids(org_nr, count), settings.call_seconds
            ),
            reader=CoalescingReader(_fenced(reads.read, ending)),
            incoming=Incoming(blobs, settings.upload_limit, observers.stored),
            vault=store.vault,
            clock=clock.now,
            new_id=clock.new_id,
            trust=Trust(
                verifiers=verifiers,
                issuer=settings.jwt_issuer,
                audience=settings.jwt_audience,
            ),
            is_leaving=lambda: ending.is_leaving,
        )
    finally:
        await reads.close()


def _fenced(read: Read, ending: Ending) -> Read:
    """End the process when what it would read is another release's."""

    async def fenced(asked: Asked) -> Sequence[Rows]:
        try:
            return await read(asked)
        except EpochChanged as error:
            ending.begin(error)
            raise

    return fenced
