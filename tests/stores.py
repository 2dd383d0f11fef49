"""One name for both kinds of store, by URL, for tests that run on each."""

import sqlite3
from collections.abc import AsyncGenerator, Generator
from contextlib import (
    AbstractContextManager,
    asynccontextmanager,
    closing,
    contextmanager,
)
from datetime import datetime
from pathlib import Path
from types import ModuleType

import psycopg

from adapters.postgres import audit as postgres_audit
from adapters.postgres import migrate as postgres_migrate
from adapters.postgres import shadow as postgres_shadow
from adapters.postgres.audit import PostgresLog, PostgresSnapshot
from adapters.postgres.keys import PostgresKeys
from adapters.postgres.reads import PostgresReads
from adapters.postgres.recorder import PostgresDatastore, PostgresRecorder
from adapters.postgres.shadow import PostgresShadow
from adapters.postgres.store import PostgresStore
from adapters.postgres.sweeps import PostgresSweeps
from adapters.reading import CoalescingReader
from adapters.sqlite import audit as sqlite_audit
from adapters.sqlite import migrate as sqlite_migrate
from adapters.sqlite import shadow as sqlite_shadow
from adapters.sqlite.append import plain
from adapters.sqlite.audit import SqliteLog, SqliteSnapshot
from adapters.sqlite.keys import SqliteKeys
from adapters.sqlite.reads import SqliteReads
from adapters.sqlite.recorder import SqliteDatastore, SqliteRecorder
from adapters.sqlite.shadow import SqliteShadow
from adapters.sqlite.store import SqliteStore
from adapters.sqlite.sweeps import SqliteSweeps
from projections.epoch import EPOCH

_SQLITE = "sqlite:///"


def is_sqlite(url: str) -> bool:
    return url.startswith(_SQLITE)


def sqlite_path(url: str) -> Path:
    return Path(url.removeprefix(_SQLITE))


def in_schema(url: str, schema: str) -> str:
    """Return a PostgreSQL URL that finds its tables in `schema`."""
    return f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{schema}"


def execute(url: str, statement: str, *params: object) -> None:
    """Change a store behind our back; parameters stand as `?`, or as `%s`."""
    if is_sqlite(url):
        with closing(sqlite3.connect(sqlite_path(url), timeout=0.1)) as connection:
            connection.execute(statement, params)
            connection.commit()
    else:
        with psycopg.connect(url) as connection:
            connection.execute(statement.encode(), params or None)


def use_key(url: str, key: str, at: datetime) -> None:
    """Let an idempotency key have been used at `at`, by the server's clock too."""
    statement = "UPDATE idempotency SET created_at = ? WHERE key = ?"
    if is_sqlite(url):
        execute(url, statement, plain(at), key)
    else:
        execute(url, statement.replace("?", "%s"), at, key)


def migrating(url: str) -> tuple[ModuleType, str]:
    """Return the module that migrates such a store, and its argument as text."""
    if is_sqlite(url):
        return sqlite_migrate, str(sqlite_path(url))
    return postgres_migrate, url


def migrate(url: str) -> list[str]:
    if is_sqlite(url):
        return sqlite_migrate.migrate(sqlite_path(url))
    return postgres_migrate.migrate(url)


def check(url: str) -> None:
    if is_sqlite(url):
        sqlite_migrate.check(sqlite_path(url))
    else:
        postgres_migrate.check(url)


Recorder = PostgresRecorder | SqliteRecorder


@contextmanager
def recording(url: str, *, epoch: int = EPOCH) -> Generator[Recorder]:
    """Yield a recorder on a migrated store."""
    if is_sqlite(url):
        with SqliteDatastore(sqlite_path(url)) as files:
            yield SqliteRecorder(files, epoch=epoch)
    else:
        with PostgresDatastore(url) as datastore:
            yield PostgresRecorder(datastore, epoch=epoch)


Store = PostgresStore | SqliteStore


@asynccontextmanager
async def storing(
    url: str, *, epoch: int = EPOCH, lock_timeout: str = "5s"
) -> AsyncGenerator[Store]:
    """Yield a committer's store on a migrated store."""
    store: Store
    if is_sqlite(url):
        store = SqliteStore(sqlite_path(url), epoch=epoch)
    else:
        store = PostgresStore(url, epoch=epoch, lock_timeout=lock_timeout)
    try:
        yield store
    finally:
        await store.close()


def reads(url: str) -> SqliteReads | PostgresReads:
    """Return what answers rounds of reads."""
    return SqliteReads(sqlite_path(url)) if is_sqlite(url) else PostgresReads(url)


@asynccontextmanager
async def reading(url: str) -> AsyncGenerator[CoalescingReader]:
    answers = reads(url)
    try:
        yield CoalescingReader(answers.read)
    finally:
        await answers.close()


Sweeps = PostgresSweeps | SqliteSweeps


@asynccontextmanager
async def sweeping(url: str, *, epoch: int = EPOCH) -> AsyncGenerator[Sweeps]:
    """Yield what the worker sweeps a migrated store with."""
    sweeps: Sweeps
    if is_sqlite(url):
        sweeps = SqliteSweeps(sqlite_path(url), epoch=epoch)
    else:
        sweeps = PostgresSweeps(url, epoch=epoch)
    try:
        yield sweeps
    finally:
        await sweeps.close()


Keys = PostgresKeys | SqliteKeys


@asynccontextmanager
async def keeping(url: str) -> AsyncGenerator[Keys]:
    """Yield the owners' keys of a migrated store, as they are wrapped."""
    keys: Keys
    keys = SqliteKeys(sqlite_path(url)) if is_sqlite(url) else PostgresKeys(url)
    try:
        yield keys
    finally:
        await keys.close()


Shadow = PostgresShadow | SqliteShadow
Snapshot = PostgresSnapshot | SqliteSnapshot
Log = PostgresLog | SqliteLog


def shadow(url: str) -> AbstractContextManager[Shadow]:
    """Open what rebuilds the read models of a migrated store."""
    if is_sqlite(url):
        return sqlite_shadow.open_shadow(sqlite_path(url))
    return postgres_shadow.open_shadow(url)


def snapshot(url: str) -> AbstractContextManager[Snapshot]:
    """Open what verify reads."""
    if is_sqlite(url):
        return sqlite_audit.open_snapshot(sqlite_path(url))
    return postgres_audit.open_snapshot(url)


def log(url: str) -> AbstractContextManager[Log]:
    """Open what replay reads."""
    if is_sqlite(url):
        return sqlite_audit.open_log(sqlite_path(url))
    return postgres_audit.open_log(url)
