"""Where the bytes of uploads are kept, as a Protocol: beside the store, by path.

The bytes are there before their row says so, and gone before the row is: whoever is
killed in between leaves at most bytes that nobody refers to, in their upload's folder.
"""

from collections.abc import AsyncIterator
from typing import Protocol

from application.stored import Upload


class NoBlob(Exception):
    """There are no such bytes."""


class Blobs(Protocol):
    """Raises `Unavailable` where bytes cannot be reached now."""

    async def keep(self, path: str, content: bytes) -> None:
        """Keep `content` under `path`, for good once this returns; twice is once."""
        ...

    async def read(self, path: str) -> AsyncIterator[bytes]:
        """Return what is under `path`, in pieces. Raises `NoBlob`."""
        ...

    async def remove(self, folder: str) -> None:
        """Remove whatever is in `folder`, half written or whole; twice is once."""
        ...


def folder(upload: Upload) -> str:
    return f"{upload.booking_id}/{upload.id}"


def path(upload: Upload) -> str:
    """Return where the bytes of a complete upload are: others never take their place.

    Raises `ValueError` for one whose bytes have not come.
    """
    if upload.stored_sha256 is None:
        raise ValueError("no bytes yet")
    return f"{folder(upload)}/{upload.stored_sha256.hex()}"
