"""The bytes of an upload on their way in: to disk as they come, then looked at whole.

Slow senders cost no memory, and few uploads are looked at and stored at a time.
"""

import asyncio
import hashlib
import tempfile
from collections.abc import Callable
from typing import IO

from adapters import content_types
from adapters.http import problems
from adapters.http.body import StrictRequest
from adapters.http.problems import Problem
from application import blobs
from application.blobs import Blobs
from application.checks import BodyError
from application.stored import Upload, UploadStatus
from domain.structs import replace

AT_ONCE = 4
ACCEPTED = ", ".join(content_types.TYPES)


class Received:
    """A file that has no name, so that nothing is left of it, whatever happens."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._sha256 = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> bytes:
        return self._sha256.digest()

    def add(self, piece: bytes) -> None:
        self._file.write(piece)
        self._sha256.update(piece)
        self.size += len(piece)

    def whole(self) -> bytes:
        self._file.seek(0)
        return self._file.read()


def _say_nothing(size: int) -> None:
    del size


class Incoming:
    """Takes uploads of `limit` bytes at most, and keeps them in `blobs`.

    `tell` is told of the bytes of each that was kept.
    """

    def __init__(
        self, blobs: Blobs, limit: int, tell: Callable[[int], None] = _say_nothing
    ) -> None:
        self.blobs = blobs
        self.limit = limit
        self._tell = tell
        self._turn = asyncio.Semaphore(AT_ONCE)

    def must_fit(self, size: int) -> None:
        """Raise the problem `too_large` unless an upload may have `size` bytes."""
        if size > self.limit:
            raise Problem("too_large", f"An upload has at most {self.limit} bytes.")

    async def take(self, upload: Upload, request: StrictRequest) -> Upload:
        """Return `upload` as complete with the bytes of `request`, which are kept then.

        Raises the problems `too_large`, `malformed`, `length`, `format` and
        `unsupported_media_type`. What is complete already is not written again.
        """
        with tempfile.TemporaryFile() as file:
            received = Received(file)
            await _receive(received, upload.size, request)
            _must_be_announced(received, upload)
            async with self._turn:
                return await self._keep(received, upload)

    async def _keep(self, received: Received, upload: Upload) -> Upload:
        content = await asyncio.to_thread(received.whole)
        found = await asyncio.to_thread(content_types.content_type, content)
        if found is None:
            raise Problem(
                "unsupported_media_type",
                f"It is none of {ACCEPTED}, or not whole.",
                headers={"accept": ACCEPTED},
            )
        complete = replace(
            upload,
            status=UploadStatus.COMPLETE,
            content_type=found,
            stored_sha256=received.sha256,
        )
        if upload.status is UploadStatus.CREATED:
            await self.blobs.keep(blobs.path(complete), content)
            self._tell(received.size)
        return complete


async def _receive(received: Received, size: int, request: StrictRequest) -> None:
    """Receive until the end of the body, or until it is longer than `size`."""
    announced = request.announced
    if announced is not None and announced != size:
        raise _other_length(size)
    more = True
    while more:
        message = await request.receive()
        if message["type"] != "http.request":
            raise Problem("malformed", "The body ended early.")
        await asyncio.to_thread(received.add, message["body"])
        if received.size > size:
            raise _other_length(size)
        more = message["more_body"]


def _must_be_announced(received: Received, upload: Upload) -> None:
    if received.size != upload.size:
        raise _other_length(upload.size)
    if upload.sha256 not in {None, received.sha256}:
        raise problems.invalid(
            [BodyError(pointer="", code="format", detail="Its SHA-256 is another.")]
        )


def _other_length(size: int) -> Problem:
    detail = f"{size} bytes were announced."
    return problems.invalid([BodyError(pointer="", code="length", detail=detail)])
