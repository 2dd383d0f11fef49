"""The process that serves: uvicorn on uvloop, from the first connection to the last.

Its one law: what was begun is answered before it ends, or its grace is over.
"""

import asyncio
import errno
import gc
import math
import signal
import socket
from collections.abc import Callable, Coroutine
from functools import partial
from types import FrameType
from typing import ClassVar

import uvicorn
import uvloop
from litestar.types import ASGIApp

from adapters.http.protocol import HEAD_SECONDS, HurriedProtocol
from adapters.http.unsent import KERNEL_BYTES, READ_SECONDS

GRACE_SECONDS = 7.0
GARBAGE = (50_000, 20, 50)
_BACKLOG = 1024
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class CannotListen(Exception):
    """The address cannot be had; `exit_code` is what a command ends with."""

    exit_code: ClassVar[int] = 2


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises `CannotListen` with one line to show."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotListen(
                f"Port {port} is taken; try PORT={port + 1} make run"
            ) from None
        raise CannotListen(
            f"Cannot listen on {host}:{port}: {error.strerror}"
        ) from None
    # Of each connection that comes to it.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)
    return listener


def nothing() -> None:
    """Do nothing."""


def at_once() -> float:
    return 0.0


def serve(
    main: Callable[[], Coroutine[None, None, None]],
    on_end: Callable[[], None] = nothing,
) -> None:
    """Run `main`, in which the server runs, on a loop of its own.

    SIGINT and SIGTERM end a running server once it has finished what was begun, and
    before that cancel `main`, of which `on_end` is told.
    """
    # What was imported stays; a request makes many objects, of which few form cycles.
    gc.freeze()
    gc.set_threshold(*GARBAGE)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_until_signalled(main, on_end))


async def _until_signalled(
    main: Callable[[], Coroutine[None, None, None]], on_end: Callable[[], None]
) -> None:
    begun = asyncio.ensure_future(main())
    came: list[int] = []

    def end(number: int, _frame: object) -> None:
        came.append(number)
        on_end()
        begun.get_loop().call_soon_threadsafe(begun.cancel)

    _on_signals(end)
    try:
        await begun
    except asyncio.CancelledError:
        if not came:
            raise


async def answer(
    app: ASGIApp,
    listener: socket.socket,
    *,
    grace: float = GRACE_SECONDS,
    on_end: Callable[[], None] = nothing,
    leave: Callable[[], float] = at_once,
) -> None:
    """Answer what comes to `listener`, until a signal ends it.

    When SIGTERM comes, `leave` is told, and says for how many seconds all goes on as
    before, so that a proxy can turn to others. Then nobody is let in any more, and what
    was begun has `grace` seconds to be answered; `on_end` is told when they begin.
    """
    server = make(app, grace=grace, on_end=on_end, leave=leave)
    # uvicorn takes the signals while it runs, and raises them anew at its end; one that
    # comes just before must not be lost, and one that came already ends this here.
    _on_signals(server.handle_exit)
    await asyncio.sleep(0)
    await server.serve(sockets=[listener])


def _on_signals(handler: Callable[[int, FrameType | None], None]) -> None:
    for number in _SIGNALS:
        signal.signal(number, handler)


class Server(uvicorn.Server):
    """A server that tells when it begins to end, and lets a proxy know before."""

    def __init__(
        self,
        config: uvicorn.Config,
        on_end: Callable[[], None],
        leave: Callable[[], float],
    ) -> None:
        super().__init__(config)
        self._on_end = on_end
        self._leave = leave
        self._leaves = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to leave, at the first SIGTERM; any other signal, or the next, ends."""
        is_first = sig == signal.SIGTERM and not self._leaves
        self._leaves = True
        seconds = self._leave() if is_first else 0.0
        if seconds:
            loop = asyncio.get_running_loop()
            end = partial(super().handle_exit, sig, frame)
            loop.call_soon_threadsafe(loop.call_later, seconds, end)
        else:
            super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_end()
        await super().shutdown(sockets)


def make(
    app: ASGIApp,
    *,
    head_seconds: float = HEAD_SECONDS,
    read_seconds: float = READ_SECONDS,
    grace: float = GRACE_SECONDS,
    on_end: Callable[[], None] = nothing,
    leave: Callable[[], float] = at_once,
) -> Server:
    patience = {"head_seconds": head_seconds, "read_seconds": read_seconds}
    return Server(
        uvicorn.Config(
            app,
            http=type("Hurried", (HurriedProtocol,), patience),
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=int(head_seconds) + 1,
            # Whoever is told at the end of the grace is still to be told.
            timeout_graceful_shutdown=math.ceil(grace) + 1,
        ),
        on_end,
        leave,
    )
