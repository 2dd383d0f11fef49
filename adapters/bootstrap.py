"""The only wiring: from settings to keys, vault and store, whichever kind that is.

What serves is put together in `cli.serve`, which alone needs the framework.
"""

import os
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from adapters import blobs, clock, keys, master_keys
from adapters.blobs import LocalBlobs, S3Blobs
from adapters.connections import Connected, WatchConnections
from adapters.errors import StoreUnsafe
from adapters.findings import Finding
from adapters.migrations import Migration
from adapters.places import uploads_at
from adapters.postgres import audit as postgres_audit
from adapters.postgres import migrate as postgres_migrate
from adapters.postgres import safety as postgres_safety
from adapters.postgres import shadow as postgres_shadow
from adapters.postgres.keys import PostgresKeys
from adapters.postgres.reads import PostgresReads
from adapters.postgres.recorder import PostgresDatastore, PostgresRecorder
from adapters.postgres.store import PostgresStore
from adapters.postgres.sweeps import PostgresSweeps
from adapters.settings import Settings, read_settings
from adapters.sqlite import audit as sqlite_audit
from adapters.sqlite import backup as sqlite_backup
from adapters.sqlite import migrate as sqlite_migrate
from adapters.sqlite import safety as sqlite_safety
from adapters.sqlite import shadow as sqlite_shadow
from adapters.sqlite.keys import SqliteKeys
from adapters.sqlite.reads import SqliteReads
from adapters.sqlite.recorder import SqliteDatastore, SqliteRecorder
from adapters.sqlite.store import SqliteStore
from adapters.sqlite.sweeps import SqliteSweeps
from adapters.vault import AesVault
from application import committer
from application.answers import Answered
from application.calls import AnyCall, Fault
from application.failures import Conflict, Unavailable
from application.following import Growing
from application.ports import Store
from application.rebuild import Shadow
from application.rotating import WrappedKeys
from application.sealing import Vault
from application.stored import Append, Loaded, Wanted
from application.sweeping import Change, Sweeper
from application.verify import Snapshot

Outcome = Exception | Answered


class Migrate(Protocol):
    def __call__(self, *, after: bool = False) -> list[str]: ...


class Kind(NamedTuple):
    """What can be done with a store, on SQLite and on PostgreSQL alike.

    `migrate` returns the ids of what it did, `status` how it stands with each; `check`
    raises `StoreError` unless the store is there and this release can work on it.
    `durability` says what becomes of an acknowledged commit when the power goes, `skew`
    how far the store's clock is off. `back_up` copies it to a new file, where its
    server has no programs for that.
    """

    migrate: Migrate
    status: Callable[[], Sequence[Migration]]
    check: Callable[[], None]
    back_up: Callable[[Path], int] | None
    durability: Callable[[], Sequence[Finding]]
    skew: Callable[[], Sequence[Finding]]
    last_position: Callable[[], int]
    store: Callable[[], SqliteStore | PostgresStore]
    reads: Callable[[], SqliteReads | PostgresReads]
    sweeps: Callable[[], SqliteSweeps | PostgresSweeps]
    keys: Callable[[], SqliteKeys | PostgresKeys]
    log: Callable[[], AbstractContextManager[Growing]]
    snapshot: Callable[[], AbstractContextManager[Snapshot]]
    shadow: Callable[[], AbstractContextManager[Shadow]]


class Opened(msgspec.Struct, frozen=True):
    """A store that was found ready, and the key to it, for whoever writes.

    `pool` is how many connections the store has.
    """

    store: Store
    vault: Vault
    pool: Connected

    async def look(self, wanted: Wanted) -> Loaded:
        """Return what the store has, and write nothing."""
        found: list[Loaded] = []

        def keep(loaded: Loaded) -> Append:
            found.append(loaded)
            return Append()

        await self.store.transact(wanted, keep, locked=False)
        return found[-1]

    async def commit(self, calls: Sequence[AnyCall]) -> Sequence[Outcome]:
        """Commit `calls` as one batch; return the answer to each, or its refusal.

        Raises the first `Unavailable`, `Conflict` or `Fault` that there is.
        """
        outcomes = await committer.commit(self.store, self.vault, calls)
        for outcome in outcomes:
            if isinstance(outcome, (Unavailable, Conflict, Fault)):
                raise outcome
        return outcomes


def settings() -> Settings:
    return read_settings(os.environ)


def vault(of: Settings) -> AesVault:
    return AesVault(*keys.master_keys(of))


def uploads(of: Settings) -> LocalBlobs | S3Blobs:
    """Return where `BOOKINGS_UPLOADS` leads to; nothing is made or asked yet."""
    return blobs.at(uploads_at(of))


@asynccontextmanager
async def sweeper(
    of: Settings, change: Change, watch: WatchConnections
) -> AsyncGenerator[Sweeper]:
    """Open what sweeps behind the commands, which go through `change`."""
    sweeps = kind(of).sweeps()
    watch("sweeps", sweeps)
    try:
        yield Sweeper(
            sweeps=sweeps,
            blobs=uploads(of),
            change=change,
            now=clock.now,
            new_id=clock.new_id,
        )
    finally:
        await sweeps.close()


@asynccontextmanager
async def owners_keys(of: Settings) -> AsyncGenerator[WrappedKeys]:
    """Open the owners' keys, as they are wrapped."""
    wrapped = kind(of).keys()
    try:
        yield wrapped
    finally:
        await wrapped.close()


def kind(of: Settings) -> Kind:
    """Return what `DATABASE_URL` leads to; nothing is opened yet."""
    path, url = of.sqlite_path, of.database_url
    if path is not None:
        return Kind(
            migrate=partial(sqlite_migrate.migrate, path),
            status=partial(sqlite_migrate.status, path),
            check=partial(sqlite_migrate.check, path),
            back_up=partial(sqlite_backup.back_up, path),
            durability=partial(sqlite_safety.durability, path),
            # The clock is one.
            skew=lambda: (),
            last_position=lambda: _last_on_sqlite(SqliteDatastore(path)),
            store=partial(SqliteStore, path),
            reads=partial(SqliteReads, path),
            sweeps=partial(SqliteSweeps, path),
            keys=partial(SqliteKeys, path),
            log=partial(sqlite_audit.open_log, path),
            snapshot=partial(sqlite_audit.open_snapshot, path),
            shadow=partial(sqlite_shadow.open_shadow, path),
        )
    return Kind(
        migrate=partial(postgres_migrate.migrate, url),
        status=partial(postgres_migrate.status, url),
        check=partial(postgres_migrate.check, url),
        back_up=None,
        durability=partial(postgres_safety.durability, url),
        skew=partial(postgres_safety.skew, url, clock.now),
        last_position=lambda: _last_on_postgres(PostgresDatastore(url)),
        store=partial(PostgresStore, url),
        reads=partial(PostgresReads, url),
        sweeps=partial(PostgresSweeps, url),
        keys=partial(PostgresKeys, url),
        log=partial(postgres_audit.open_log, url),
        snapshot=partial(postgres_audit.open_snapshot, url),
        shadow=partial(postgres_shadow.open_shadow, url),
    )


def _last_on_sqlite(files: SqliteDatastore) -> int:
    with files:
        return SqliteRecorder(files).max_notification_id() or 0


def _last_on_postgres(server: PostgresDatastore) -> int:
    with server:
        return PostgresRecorder(server).max_notification_id() or 0


@asynccontextmanager
async def opened(of: Settings) -> AsyncGenerator[Opened]:
    """Open the store for writing. Raises `StoreError`, `Unavailable`."""
    key, at = vault(of), kind(of)
    at.check()
    store = at.store()
    try:
        async with owners_keys(of) as wrapped:
            await master_keys.make_sure(wrapped, store, key)
        yield Opened(store, key, store)
    finally:
        await store.close()


def must_be_durable(of: Settings) -> None:
    """Raise `StoreUnsafe` if the store may lose what it acknowledged."""
    unsafe = [one for one in kind(of).durability() if not one.is_ok]
    if unsafe:
        raise StoreUnsafe(f"{one.what} is {one.told}" for one in unsafe)
