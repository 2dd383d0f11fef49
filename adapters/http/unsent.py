"""What a client does not read is not kept for it for ever.

Its one law: while something is unsent, some of it goes within so many seconds; else the
connection is cut, with all that was still to be said on it.
"""

import asyncio
import socket
import struct
from asyncio import TimerHandle, Transport

READ_SECONDS = 20.0
# What the kernel may keep for a client. It takes more once a third of this has gone, so
# that it can be seen whether a slow client reads at all.
KERNEL_BYTES = 128 * 1024
# Let the kernel keep nothing either.
_NOTHING = struct.pack("ii", 1, 0)


class Unsent:
    """What is unsent on one connection."""

    def __init__(
        self, transport: Transport, loop: asyncio.AbstractEventLoop, seconds: float
    ) -> None:
        self._transport = transport
        self._loop = loop
        self._seconds = seconds
        self._size = 0
        self._due: TimerHandle | None = None

    def watch(self) -> None:
        """See to it that it grows less, until it `rests` or all of it is sent."""
        if self._due is None:
            self._look_again(self._transport.get_write_buffer_size())

    def rest(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _look_again(self, size: int) -> None:
        if size:
            self._size = size
            self._due = self._loop.call_later(self._seconds, self._look)

    def _look(self) -> None:
        self._due = None
        size = self._transport.get_write_buffer_size()
        if size >= self._size:
            its = self._transport.get_extra_info("socket")
            its.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NOTHING)
            self._transport.abort()
        else:
            self._look_again(size)
