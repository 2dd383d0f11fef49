"""What a power cut would take is seen, on each store, whoever set it so."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta

import psycopg
import pytest
from psycopg import sql

from adapters import clock
from adapters.errors import StoreUnreachable
from adapters.findings import Finding, Verdict
from adapters.postgres import safety as postgres_safety
from adapters.sqlite import safety as sqlite_safety
from tests import servers, stores

FAR = timedelta(minutes=5)


def told(found: Sequence[Finding]) -> dict[str, tuple[str, Verdict]]:
    return {one.what: (one.told, one.verdict) for one in found}


def test_postgres_is_durable_as_it_comes(postgres_url: str):
    assert told(postgres_safety.durability(postgres_url)) == {
        "fsync": ("on", Verdict.OK),
        "full_page_writes": ("on", Verdict.OK),
        "synchronous_commit": ("on", Verdict.OK),
        "synchronous_standby_names": (
            "none: what is acknowledged is on one server's disk",
            Verdict.OK,
        ),
    }


def test_a_standby_that_is_waited_for_is_named():
    with servers.running_postgres({}) as url:
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute("ALTER SYSTEM SET synchronous_standby_names = 'second'")
            conn.execute("SELECT pg_reload_conf()")
            while conn.execute("SHOW synchronous_standby_names").fetchone() != (
                "second",
            ):
                pass
        found = told(postgres_safety.durability(url))

    assert found["synchronous_standby_names"] == ("second", Verdict.OK)


@pytest.mark.parametrize(
    ("level", "verdict"), [("off", Verdict.UNSAFE), ("local", Verdict.OK)]
)
def test_a_database_that_acknowledges_early_is_unsafe(
    postgres_url: str, level: str, verdict: Verdict
):
    with psycopg.connect(postgres_url, autocommit=True) as conn:
        conn.execute(
            sql.SQL("ALTER DATABASE {} SET synchronous_commit = {}").format(
                sql.Identifier(servers.database_name(postgres_url)), level
            )
        )

    found = told(postgres_safety.durability(postgres_url))
    assert found["synchronous_commit"] == (level, verdict)


def test_an_address_that_acknowledges_early_is_unsafe(postgres_url: str):
    options = "options=-c%20synchronous_commit%3Doff"
    address = postgres_url + ("&" if "?" in postgres_url else "?") + options

    found = told(postgres_safety.durability(address))
    assert found["synchronous_commit"] == ("off", Verdict.UNSAFE)


def test_a_server_that_does_not_sync_is_unsafe():
    with servers.running_postgres({}) as url:
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute("ALTER SYSTEM SET fsync = off")
            conn.execute("ALTER SYSTEM SET full_page_writes = off")
            conn.execute("SELECT pg_reload_conf()")
            # A new connection has what the server has read by then.
            while conn.execute("SHOW fsync").fetchone() != ("off",):
                pass
        found = told(postgres_safety.durability(url))

    assert found["fsync"] == found["full_page_writes"] == ("off", Verdict.UNSAFE)


@pytest.mark.parametrize("apart", [-FAR, FAR])
def test_a_clock_that_is_off_is_unsafe(postgres_url: str, apart: timedelta):
    (found,) = postgres_safety.skew(postgres_url, lambda: clock.now() + apart)

    assert found.what == "clock"
    assert found.verdict is Verdict.UNSAFE
    assert found.told.startswith(("299.", "300."))


def test_one_clock_for_all_is_safe(postgres_url: str):
    (found,) = postgres_safety.skew(postgres_url, clock.now)

    assert found.is_ok


def test_sqlite_is_durable_as_it_is_made(sqlite_url: str):
    stores.migrate(sqlite_url)

    assert told(sqlite_safety.durability(stores.sqlite_path(sqlite_url))) == {
        "journal_mode": ("wal", Verdict.OK),
        "synchronous": ("full", Verdict.OK),
    }


def test_a_file_that_somebody_took_the_log_from_is_unsafe(sqlite_url: str):
    stores.migrate(sqlite_url)
    path = stores.sqlite_path(sqlite_url)
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA journal_mode = DELETE")

    found = told(sqlite_safety.durability(path))
    assert found["journal_mode"] == (
        "delete: `bookings migrate` makes it wal",
        Verdict.UNSAFE,
    )
    stores.migrate(sqlite_url)
    assert all(one.is_ok for one in sqlite_safety.durability(path))


def test_what_is_not_there_is_unreachable(sqlite_url: str):
    with pytest.raises(StoreUnreachable):
        sqlite_safety.durability(stores.sqlite_path(sqlite_url))
