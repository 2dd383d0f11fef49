"""The store that a URL names, of either kind, behind the ports."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from adapters.postgres import migrate as postgres
from adapters.postgres.reads import PostgresReads
from adapters.postgres.store import PostgresStore
from adapters.reading import CoalescingReader
from adapters.sqlite import migrate as sqlite
from adapters.sqlite.reads import SqliteReads
from adapters.sqlite.store import SqliteStore
from application.ports import Reader, Store

_SQLITE = "sqlite:///"


def sqlite_path(url: str) -> Path | None:
    """Return the store's file, or None when the store is PostgreSQL."""
    return Path(url.removeprefix(_SQLITE)) if url.startswith(_SQLITE) else None


def migrate(url: str) -> list[str]:
    """Bring the store to this release's schema; return what was applied.

    Raises `errors.StoreError`.
    """
    path = sqlite_path(url)
    return postgres.migrate(url) if path is None else sqlite.migrate(path)


def check(url: str) -> None:
    """Raise `errors.StoreError` unless the store has exactly this release's schema."""
    path = sqlite_path(url)
    if path is None:
        postgres.check(url)
    else:
        sqlite.check(path)


class Opened(NamedTuple):
    store: Store
    reader: Reader


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[Opened]:
    """Yield the store at `url`; nothing is connected before it is used."""
    path = sqlite_path(url)
    store = PostgresStore(url) if path is None else SqliteStore(path)
    reads = PostgresReads(url) if path is None else SqliteReads(path)
    try:
        yield Opened(store, CoalescingReader(reads.read))
    finally:
        await reads.close()
        await store.close()
