"""One connection: a deadline for each request's head, and answers in one piece.

uvicorn waits for ever for a client that connects and says nothing, or one byte at a
time, or does not read its answer, and takes heads of any size; bodies have their
deadline in `edge`.
"""

import asyncio
from asyncio import TimerHandle, Transport
from typing import Any, ClassVar, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from adapters.http import arrival
from adapters.http.unsent import READ_SECONDS, Unsent

HEAD_SECONDS = 20.0
MAX_HEAD_BYTES = 64 * 1024
_STATUS = b"HTTP/1.1 "


class InOnePiece:
    """A transport that sends an answer's head with what comes right after it.

    uvicorn writes head and body one after the other, and each write wakes the client:
    together they were a sixth of the CPU of a GET.
    """

    def __init__(
        self, transport: Transport, loop: asyncio.AbstractEventLoop, unsent: Unsent
    ) -> None:
        self._transport = transport
        self._loop = loop
        self._unsent = unsent
        self._held = b""
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        if self._held:
            held, self._held = self._held, b""
            self._transport.write(held + data)
        elif data.startswith(_STATUS):
            self._held = data
            self._loop.call_soon(self._flush)
        else:
            self._transport.write(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()
        # It waits until all is sent, whoever reads it.
        self._unsent.watch()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _flush(self) -> None:
        """Send a head that nothing followed at once, unless the client has gone."""
        if self._held and not self._transport.is_closing():
            held, self._held = self._held, b""
            self._transport.write(held)


class HurriedProtocol(HttpToolsProtocol):
    """A connection owes the head of a request from its start and from each answer on.

    What arrives of a body that was answered before it was read pays nothing of that.
    And it is to read what it is sent.
    """

    head_seconds: ClassVar[float] = HEAD_SECONDS
    read_seconds: ClassVar[float] = READ_SECONDS
    _unsent: Unsent
    _due: TimerHandle | None = None
    _head_bytes: int | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._unsent = Unsent(transport, self.loop, self.read_seconds)
        in_one_piece = InOnePiece(transport, self.loop, self._unsent)
        self.transport = cast("Transport", in_one_piece)
        self.app_state = self.app_state | {arrival.GONE: transport.is_closing}
        self._owe_a_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._owe_nothing()
        self._unsent.rest()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unsent.watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.transport.is_closing():
            self._unsent.rest()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._head_bytes is not None:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self.send_400_response("The head of the request is too large.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = 0

    def on_headers_complete(self) -> None:
        self._head_bytes = None
        self._owe_nothing()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete:
            self._owe_a_head()

    def _owe_a_head(self) -> None:
        self._owe_nothing()
        self._due = self.loop.call_later(self.head_seconds, self._give_up)

    def _owe_nothing(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
