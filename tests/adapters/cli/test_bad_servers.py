"""Each command at each wrong address: one clear line, its exit code, no change."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from adapters.postgres import migrate
from tests import servers, stores
from tests.adapters.cli.bad_setups import (
    ALL,
    WORK,
    WRITE,
    all_say,
    answering,
    identifier,
    unchanged,
)
from tests.adapters.cli.conftest import Bookings


def test_an_address_where_nobody_listens(bookings: Bookings):
    all_say(bookings, ALL, "refused", DATABASE_URL="postgresql://127.0.0.1:1/bookings")


def test_a_host_that_nobody_knows(bookings: Bookings):
    all_say(
        bookings, ALL, "unknown host", DATABASE_URL="postgresql://no.invalid/bookings"
    )


def test_an_address_that_never_answers_is_left_in_time(bookings: Bookings):
    some = {name: ALL[name] for name in ("serve", "migrate", "verify")}
    with answering(None) as port:
        url = f"postgresql://127.0.0.1:{port}/bookings?connect_timeout=2"
        all_say(bookings, some, "silent", DATABASE_URL=url)


def test_a_server_that_is_no_postgresql(bookings: Bookings):
    with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        url = f"postgresql://127.0.0.1:{port}/bookings?sslmode=prefer"
        all_say(bookings, ALL, "no PostgreSQL", DATABASE_URL=url)


def test_a_database_that_is_not_there(bookings: Bookings, postgres_server: str):
    url = servers.on_database(postgres_server, "no_such_database")
    all_say(bookings, ALL, "wrong database", DATABASE_URL=url)


@pytest.fixture(scope="module")
def strict() -> Iterator[str]:
    """Yield the address of a server of one's own that wants Anna's password."""
    with servers.running_postgres({}) as url:
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute("CREATE ROLE anna LOGIN PASSWORD 'right'")
            ((file,),) = conn.execute("SHOW hba_file")
            rules = Path(file).read_text()
            Path(file).write_text(f"local all anna scram-sha-256\n{rules}")
            conn.execute("SELECT pg_reload_conf()")
        yield make_conninfo(url, user="anna", dbname="postgres")


def asks_for_the_password(address: str) -> bool:
    try:
        psycopg.connect(address, password="never").close()  # noqa: S106 - a wrong one
    except psycopg.OperationalError:
        return True
    return False


def test_a_wrong_password_is_not_told(bookings: Bookings, strict: str):
    while not asks_for_the_password(strict):
        pass
    folder = re.search(r"host=(\S+)", strict)
    assert folder is not None
    url = f"postgresql://anna:hush@/postgres?host={folder[1]}"

    all_say(bookings, ALL, "wrong password", DATABASE_URL=url)

    assert "hush" not in bookings("verify", DATABASE_URL=url).err
    assert bookings("migrate", DATABASE_URL=url.replace("hush", "right")).code == 2


def test_a_database_that_takes_no_writes(bookings: Bookings, postgres: str):
    name = identifier(servers.database_name(postgres))
    read_only = sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on")
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute(read_only.format(name))

    with unchanged(postgres):
        all_say(bookings, ALL, "read-only server")


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("mysql://me:hush@db/bookings", "unknown kind"),
        ("postgresql://me:hush@db/bookings?no_such_option=1", "unreadable"),
    ],
)
def test_an_address_that_cannot_be_meant(bookings: Bookings, url: str, what: str):
    some = {name: words for name, words in ALL.items() if name != "doctor"}
    all_say(bookings, some, what, DATABASE_URL=url)


def test_a_role_that_may_only_read(bookings: Bookings, postgres: str):
    assert bookings("demo", "--yes").code == 0
    role = f"reader_of_{servers.database_name(postgres)}"
    statements = (
        "CREATE ROLE {}",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}",
    )
    with psycopg.connect(postgres, autocommit=True) as conn:
        for statement in statements:
            conn.execute(sql.SQL(statement).format(identifier(role)))
        try:
            as_reader = f"{postgres}{'&' if '?' in postgres else '?'}options=-crole%3D"
            writers = WRITE | {"rebuild": WORK["rebuild"], "migrate": ("migrate",)}
            with unchanged(postgres):
                all_say(bookings, writers, "forbidden", DATABASE_URL=as_reader + role)
                looks = bookings("verify", DATABASE_URL=as_reader + role)
                assert looks.code == 0
        finally:
            for statement in ("DROP OWNED BY {}", "DROP ROLE {}"):
                conn.execute(sql.SQL(statement).format(identifier(role)))


def test_a_role_that_may_make_no_table(bookings: Bookings, postgres_url: str):
    nowhere = stores.in_schema(postgres_url, "no_such_schema")

    all_say(bookings, {"migrate": ("migrate",)}, "forbidden", DATABASE_URL=nowhere)


@pytest.mark.usefixtures("postgres")
def test_a_migration_that_others_keep_waiting(
    bookings: Bookings, postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(migrate, "TABLE_TIMEOUT", "50ms")
    monkeypatch.setattr(migrate, "PAUSE", 0)
    monkeypatch.setattr(migrate, "TRIES", 2)
    with psycopg.connect(postgres_url) as conn:
        conn.execute("LOCK yoyo_lock, _yoyo_migration IN SHARE MODE")

        all_say(bookings, {"migrate": ("migrate",)}, "busy")


def test_a_store_that_may_lose_what_it_acknowledged(bookings: Bookings, postgres: str):
    name = identifier(servers.database_name(postgres))
    relaxed = sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(name)
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute(relaxed)

    some = {name: WORK[name] for name in ("serve", "worker")}
    all_say(bookings, some, "unsafe")
