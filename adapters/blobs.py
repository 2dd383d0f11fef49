"""The bytes of uploads in a local folder, or in a bucket that speaks S3.

`obstore` writes each file whole or not at all, and never over another. On a disk that
is not enough for a power cut: file and folders are synced here, before anybody is told.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
import structlog
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, S3Store

from adapters.places import Bucket
from application.blobs import NoBlob
from application.failures import Unavailable

if TYPE_CHECKING:
    from obstore.store import S3Credential

PIECE = 256 * 1024

_log = structlog.get_logger()


class LocalBlobs:
    """The port `Blobs` on a folder, which is made when the first file comes."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()

    async def keep(self, path: str, content: bytes) -> None:
        with _reached():
            await asyncio.to_thread(self._make_root)
            await _put(self._store(), path, content)
            await asyncio.to_thread(self._sync, path)

    async def read(self, path: str) -> AsyncIterator[bytes]:
        if not self._root.is_dir():
            raise NoBlob(path)
        return await _read(self._store(), path)

    async def remove(self, folder: str) -> None:
        with _reached():
            await asyncio.to_thread(self._remove, self._root / folder)

    def _store(self) -> LocalStore:
        return LocalStore(self._root)

    def _make_root(self) -> None:
        if not self._root.is_dir():
            # Photos are for nobody else on this machine.
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            _sync(self._root.parent)

    def _sync(self, path: str) -> None:
        """Make the file last, and then the names that lead to it."""
        place = self._root / path
        while place != self._root.parent:
            _sync(place)
            place = place.parent

    def _remove(self, folder: Path) -> None:
        """Remove a folder with drafts that `obstore` left, which it does not list."""
        with suppress(FileNotFoundError):
            shutil.rmtree(folder)
        with suppress(OSError):
            # Unless another upload of the booking is there.
            folder.parent.rmdir()
        with suppress(FileNotFoundError):
            _sync(self._root)


class S3Blobs:
    """The port `Blobs` on a bucket."""

    def __init__(self, bucket: Bucket) -> None:
        self._store = _s3(bucket)

    async def keep(self, path: str, content: bytes) -> None:
        with _reached():
            await _put(self._store, path, content)

    async def read(self, path: str) -> AsyncIterator[bytes]:
        return await _read(self._store, path)

    async def remove(self, folder: str) -> None:
        with _reached():
            found = await _listed(self._store, folder)
            for path in found:
                await obstore.delete_async(self._store, path)


def at(place: Path | Bucket) -> LocalBlobs | S3Blobs:
    return S3Blobs(place) if isinstance(place, Bucket) else LocalBlobs(place)


def _s3(bucket: Bucket) -> S3Store:
    """Return the store, with all said here that the environment could say else."""
    return S3Store(
        bucket.name,
        prefix=bucket.prefix or None,
        endpoint=bucket.endpoint,
        region=bucket.region,
        virtual_hosted_style_request=False,
        skip_signature=False,
        conditional_put="etag",
        credential_provider=_Credential(bucket),
        client_options={
            "allow_http": bucket.endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=5),
            "timeout": timedelta(seconds=30),
        },
        retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=10)},
    )


class _Credential:
    """Gives the bucket's own key: one in the environment would go before it."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def __call__(self) -> "S3Credential":
        return {
            "access_key_id": self._bucket.key_id,
            "secret_access_key": self._bucket.secret,
            "token": None,
            "expires_at": None,
        }


async def _put(store: LocalStore | S3Store, path: str, content: bytes) -> None:
    try:
        await obstore.put_async(store, path, content, mode="create")
    except AlreadyExistsError:
        if not await _has(store, path, content):
            # Its name had lasted through a power cut, the bytes had not.
            await obstore.put_async(store, path, content, use_multipart=False)


async def _has(store: LocalStore | S3Store, path: str, content: bytes) -> bool:
    found = await obstore.get_async(store, path)
    return bytes(await found.bytes_async()) == content


async def _read(store: LocalStore | S3Store, path: str) -> AsyncIterator[bytes]:
    with _reached():
        try:
            found = await obstore.get_async(store, path)
        except FileNotFoundError:
            raise NoBlob(path) from None
    return _pieces(found)


async def _pieces(found: "obstore.GetResult") -> AsyncIterator[bytes]:
    with _reached():
        async for piece in found.stream(PIECE):
            yield bytes(piece)


async def _listed(store: S3Store, folder: str) -> list[str]:
    pages = obstore.list(store, folder)  # pyright: ignore[reportUnknownMemberType] - of Arrow
    return [one["path"] async for page in pages for one in page]


@contextmanager
def _reached() -> Generator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        _log.warning("uploads out of reach", exc_info=error)
        raise Unavailable("the uploads cannot be reached") from error


def _sync(place: Path) -> None:
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
