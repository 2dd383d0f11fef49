"""`bookings serve`: the API, its committer and its reader on one event loop."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

import structlog
from cyclopts import Parameter

from adapters import bootstrap, clock, logs
from adapters.bootstrap import Opened
from adapters.cli import output
from adapters.cli.demo import demo as add_demo
from adapters.cli.migrate import migrate
from adapters.http import server
from adapters.http.app import create_app
from adapters.http.auth import Trust
from adapters.http.incoming import Incoming
from adapters.http.server import CannotListen
from adapters.http.services import Services
from adapters.keys import load_keys
from adapters.places import uploads_at
from adapters.reading import CoalescingReader
from adapters.settings import Settings
from application.committer import Committer
from application.ports import EpochChanged

FATAL = 70


def serve(
    *,
    demo: Annotated[
        bool,
        Parameter(
            help="First make the store, with demo data if it is an empty SQLite."
        ),
    ] = False,
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
        if demo:
            migrate()
            asyncio.run(add_demo(if_empty=True))
        server.serve(lambda: _serve(settings, listener))


async def _serve(settings: Settings, listener: socket.socket) -> None:
    ending = _Ending()
    async with (
        bootstrap.opened(settings) as store,
        _services(settings, store, ending) as services,
    ):
        app = create_app(services)
        port = listener.getsockname()[1]
        output.say(f"Serving on http://localhost:{port}. Ctrl-C ends it.")
        await server.answer(app, listener)
    if ending.cause is not None:
        raise output.Failed(_told(ending.cause), exit_code=FATAL)


def _told(cause: BaseException) -> str:
    if isinstance(cause, EpochChanged):
        return "Ended, since another release has taken over the store."
    return f"Ended by an error that no call caused: {type(cause).__name__}."


@asynccontextmanager
async def _services(
    settings: Settings, store: Opened, ending: "_Ending"
) -> AsyncGenerator[Services]:
    reads = bootstrap.kind(settings).reads()
    try:
        yield Services(
            committer=Committer(store.store, store.vault, ending.begin),
            draw_ids=store.store.draw_ids,
            reader=CoalescingReader(reads.read),
            incoming=Incoming(bootstrap.uploads(settings), settings.upload_limit),
            vault=store.vault,
            clock=clock.now,
            new_id=clock.new_id,
            trust=Trust(
                secret=load_keys(settings).jwt_secret.decode(),
                issuer=settings.jwt_issuer,
                audience=settings.jwt_audience,
            ),
        )
    finally:
        await reads.close()


class _Ending:
    """Ends the process as a signal does, and remembers why."""

    def __init__(self) -> None:
        self.cause: BaseException | None = None

    def begin(self, cause: BaseException) -> None:
        if self.cause is None:
            self.cause = cause
            structlog.get_logger().error("ending", exc_info=cause)
            os.kill(os.getpid(), signal.SIGTERM)
