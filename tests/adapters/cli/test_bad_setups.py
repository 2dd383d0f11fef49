"""Each command in each bad set-up: one clear line, its exit code, nothing written.

The lines are those of docs/reference/failures.md, and the page has no others.
"""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from adapters import migrations
from adapters.cli.ending import Ending
from adapters.cli.output import Failed
from adapters.postgres import migrate
from application.ports import EpochChanged
from tests import servers, stores
from tests.adapters.cli.conftest import Bookings, Done

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "failures.md"
NOBODY = 65534
OTHER_KEY = b64encode(b"o" * 32).decode()

WRITE = {
    "worker": ("worker", "--once"),
    "seed": ("seed", "--bookings", "1", "--events-per-booking", "1"),
    "erase": ("erase", "--owner", "kari", "--yes"),
    "keys rotate": ("keys", "rotate"),
    "workshop add": (
        *("workshop", "add", "--org-nr", "987654321", "--name", "Bilhuset"),
        *("--time-zone", "Europe/Oslo"),
    ),
}
# Who works on a store that is there; `to` is where an export would go.
WORK = WRITE | {
    "serve": ("serve",),
    "demo": ("demo", "--yes"),
    "export": ("export", "--owner", "kari", "--to", "to"),
    "keys status": ("keys", "status"),
    "replay": ("replay", "123"),
    "follow": ("replay", "--follow"),
    "verify": ("verify",),
    "rebuild": ("rebuild",),
    "doctor": ("doctor", "--json"),
}
MIGRATE = {"migrate": ("migrate",), "status": ("migrate", "--status")}
ALL = WORK | MIGRATE

AWAY = "The store cannot be reached: "
# Each line that this file makes commands say, and what they end with.
SAID = {
    "refused": (3, AWAY + "…: Connection refused"),
    "unknown host": (3, AWAY + "failed to resolve host …"),
    "silent": (3, AWAY + "connection timeout expired"),
    "no PostgreSQL": (3, AWAY + "… received invalid response to SSL negotiation: …"),
    "wrong password": (3, AWAY + '… password authentication failed for user "…"'),
    "wrong database": (3, AWAY + '… database "…" does not exist'),
    "read-only server": (3, AWAY + "… session is read-only"),
    "no database": (3, AWAY + "file is not a database"),
    "damaged": (3, AWAY + "database disk image is malformed"),
    "read-only file": (3, AWAY + "attempt to write a readonly database"),
    "closed folder": (3, AWAY + "[Errno 13] Permission denied: …"),
    "no folder": (3, AWAY + "[Errno 17] File exists: …"),
    "busy": (
        3,
        "Another rebuild, verify or migration has been at work for a minute: …",
    ),
    "unknown kind": (2, "DATABASE_URL is of the unknown kind …"),
    "unreadable": (2, "DATABASE_URL cannot be used: …"),
    "forbidden": (2, "The role in DATABASE_URL may not work here: …"),
    "foreign": (2, "DATABASE_URL leads to tables of somebody else, as …"),
    "no schema": (2, "The store lacks …: run `bookings migrate` before anything else."),
    "halfway": (2, "The store lacks …, which ends an earlier upgrade: …"),
    "newer": (2, "The store was made by a newer release: …"),
    "taken over": (2, "Another release has taken over the store: work with that."),
    "unsafe": (2, "The store may lose what it acknowledged: …"),
    "other key": (2, "BOOKINGS_MASTER_KEY is not the key of this store…"),
    "no uploads": (2, "BOOKINGS_UPLOADS: nothing can be written to …"),
    "not set": (2, "On PostgreSQL … must be set…"),
    "no Redis": (2, "REDIS_URL begins with redis:// or rediss://."),
    "hanging keys": (3, "BOOKINGS_JWKS: … there was no answer in time"),
    "ended": (70, "Ended by an error that no call caused: …"),
    "ended for another": (
        70,
        "Ended, since another release has taken over the store.",
    ),
}


def test_the_page_of_failures_has_these_lines_and_no_others():
    rows = re.findall(r"^\| (\d+) \| `` ?(.+?) ?`` \|", PAGE.read_text(), re.MULTILINE)

    assert sorted((int(code), line) for code, line in rows) == sorted(SAID.values())


def says(line: str, code: int, what: str) -> None:
    expected, pattern = SAID[what]
    matches = re.escape(pattern).replace("…", ".*")
    assert re.fullmatch(matches, line), line
    assert code == expected


def line_of(done: Done) -> str:
    """Return the one line that a command said, whoever else said something."""
    assert done.err.count("\n") == 1, done
    assert done.err.startswith("bookings: ")
    if done.out.startswith("{"):
        found = [json.loads(line) for line in done.out.splitlines()]
        (told,) = (one["told"] for one in found if one["verdict"] != "ok")
        return str(told)
    return done.err.removeprefix("bookings: ").rstrip("\n")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let an export go where its absence is seen."""
    monkeypatch.chdir(tmp_path)
    yield
    assert not Path("to").exists()


def all_say(
    bookings: Bookings,
    commands: dict[str, tuple[str, ...]],
    what: str,
    **environ: str,
) -> None:
    for words in commands.values():
        done = bookings(*words, **{"PORT": "0"} | environ)
        says(line_of(done), done.code, what)


def contents(url: str) -> list[str]:
    """Return all that is in a store, its tables too."""
    if stores.is_sqlite(url):
        with closing(sqlite3.connect(stores.sqlite_path(url))) as conn:
            return list(conn.iterdump())
    names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    found: list[str] = []
    with psycopg.connect(url) as conn:
        for (name,) in conn.execute(names).fetchall():
            rows = sql.SQL("SELECT t::text FROM {} t ORDER BY 1")
            found += [name, *(r for (r,) in conn.execute(rows.format(_named(name))))]
    return found


def _named(name: str) -> sql.Identifier:
    return sql.Identifier(name)


@contextmanager
def unchanged(url: str) -> Iterator[None]:
    before = contents(url)
    yield
    assert contents(url) == before


@pytest.fixture
def demo(bookings: Bookings, migrated: str) -> str:
    """Return the URL of a store of each kind that has data."""
    assert bookings("demo", "--yes").code == 0
    return migrated


@contextmanager
def answering(answer: bytes | None) -> Iterator[int]:
    """Yield the port of somebody who answers so to all, or to nobody."""

    def answer_all() -> None:
        while True:
            try:
                caller, _address = listener.accept()
            except OSError:
                return
            with caller:
                caller.recv(1024)
                caller.sendall(answer or b"")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        if answer is not None:
            Thread(target=answer_all, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


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
    name = _named(servers.database_name(postgres))
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
            conn.execute(sql.SQL(statement).format(_named(role)))
        try:
            as_reader = f"{postgres}{'&' if '?' in postgres else '?'}options=-crole%3D"
            writers = WRITE | {"rebuild": WORK["rebuild"], "migrate": ("migrate",)}
            with unchanged(postgres):
                all_say(bookings, writers, "forbidden", DATABASE_URL=as_reader + role)
                looks = bookings("verify", DATABASE_URL=as_reader + role)
                assert looks.code == 0
        finally:
            for statement in ("DROP OWNED BY {}", "DROP ROLE {}"):
                conn.execute(sql.SQL(statement).format(_named(role)))


def test_a_role_that_may_make_no_table(bookings: Bookings, postgres_url: str):
    nowhere = stores.in_schema(postgres_url, "no_such_schema")

    all_say(bookings, {"migrate": ("migrate",)}, "forbidden", DATABASE_URL=nowhere)


def test_tables_of_somebody_else_are_left_alone(bookings: Bookings, store_url: str):
    stores.execute(store_url, "CREATE TABLE booking (diary text)")

    with unchanged(store_url):
        all_say(bookings, {"migrate": ("migrate",)}, "foreign", DATABASE_URL=store_url)
        all_say(bookings, WORK, "no schema", DATABASE_URL=store_url)
    if stores.is_sqlite(store_url):
        path = stores.sqlite_path(store_url)
        assert not Path(f"{path}.writer").exists()
        all_say(
            bookings,
            {"backup": ("backup", "copy.db")},
            "no schema",
            DATABASE_URL=store_url,
        )
        assert not Path("copy.db").exists()


def test_a_store_that_was_never_made(bookings: Bookings, store_url: str):
    all_say(bookings, WORK, "no schema", DATABASE_URL=store_url)

    done = bookings("migrate", "--status", DATABASE_URL=store_url)
    assert (done.code, done.err) == (1, "bookings: Run `bookings migrate`.\n")


def test_a_schema_that_is_older(bookings: Bookings, demo: str):
    last = migrations.known("adapters.postgres")[-1]
    stores.execute(
        demo,
        # The name is one of ours.
        f"DELETE FROM _yoyo_migration WHERE migration_id = '{last}'",  # noqa: S608
    )

    with unchanged(demo):
        all_say(bookings, WORK, "no schema")
        assert bookings("migrate", "--status").code == 1


def test_a_schema_that_is_newer(bookings: Bookings, demo: str):
    stores.execute(
        demo,
        "INSERT INTO _yoyo_migration (migration_hash, migration_id) "
        "VALUES ('f00', '9999-later.after')",
    )

    with unchanged(demo):
        all_say(bookings, WORK | {"migrate": ("migrate",)}, "newer")


def test_a_store_of_another_epoch(bookings: Bookings, demo: str):
    stores.execute(demo, "UPDATE log_head SET epoch = epoch + 1")

    with unchanged(demo):
        all_say(bookings, WORK, "taken over")


def test_an_upgrade_that_was_not_ended(
    bookings: Bookings, demo: str, monkeypatch: pytest.MonkeyPatch
):
    known = migrations.known("adapters.postgres")
    later = [*known, "9998-a.after", "9999-b"]
    monkeypatch.setattr(migrations, "known", lambda _package: later)

    with unchanged(demo):
        all_say(bookings, {"migrate": ("migrate",)}, "halfway")


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
    name = _named(servers.database_name(postgres))
    relaxed = sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(name)
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute(relaxed)

    some = {name: WORK[name] for name in ("serve", "worker")}
    all_say(bookings, some, "unsafe")


def test_a_file_that_is_no_database(bookings: Bookings, sqlite_url: str):
    path = stores.sqlite_path(sqlite_url)
    path.write_bytes(b"Dear diary, " * 1000)
    before = path.read_bytes()

    commands = ALL | {"backup": ("backup", "copy.db")}
    all_say(bookings, commands, "no database", DATABASE_URL=sqlite_url)

    assert path.read_bytes() == before
    assert not Path("copy.db").exists()


@pytest.mark.parametrize("is_cut", [False, True], ids=["overwritten", "cut off"])
def test_a_file_that_is_damaged(bookings: Bookings, sqlite: str, *, is_cut: bool):
    assert bookings("demo").code == 0
    path = stores.sqlite_path(sqlite)
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = path.read_bytes()
    damaged = content[:4096] + (b"" if is_cut else b"\xff" * (len(content) - 4096))
    path.write_bytes(damaged)

    all_say(bookings, ALL | {"backup": ("backup", "copy.db")}, "damaged")

    assert path.read_bytes() == damaged
    assert not Path("copy.db").exists()


@contextmanager
def being_nobody() -> Iterator[None]:
    """Do without the rights of root, to whom no file is closed."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.fixture
def readable() -> Iterator[Path]:
    """Yield a new folder that everybody can look into."""
    folder = Path(tempfile.mkdtemp(prefix="readable-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_file_that_may_only_be_read(bookings: Bookings, readable: Path):
    url = servers.sqlite_url(readable)
    uploads = str(readable / "uploads")
    assert bookings("migrate", DATABASE_URL=url).code == 0
    assert bookings("demo", DATABASE_URL=url).code == 0
    bookings("verify", DATABASE_URL=url)
    for file in readable.iterdir():
        file.chmod(0o444)
    readable.chmod(0o555)
    some = {name: ALL[name] for name in ("verify", "seed", "workshop add", "replay")}

    with being_nobody():
        all_say(
            bookings,
            some,
            "read-only file",
            DATABASE_URL=url,
            BOOKINGS_UPLOADS=uploads,
        )
        all_say(
            bookings,
            {"migrate": ("migrate",)},
            "closed folder",
            DATABASE_URL=servers.sqlite_url(readable / "new"),
        )
        all_say(
            bookings,
            {"serve": ("serve",)},
            "no uploads",
            DATABASE_URL=url,
            BOOKINGS_UPLOADS=uploads,
        )


def test_a_folder_for_uploads_in_one_that_is_closed(
    bookings: Bookings, readable: Path, sqlite_url: str
):
    closed = readable / "closed"
    closed.mkdir()
    closed.chmod(0)

    with being_nobody():
        all_say(
            bookings,
            {"serve": ("serve",)},
            "no uploads",
            DATABASE_URL=sqlite_url,
            BOOKINGS_UPLOADS=str(closed / "uploads"),
        )
    closed.chmod(0o700)


def test_a_folder_that_cannot_be_made(bookings: Bookings, tmp_path: Path):
    (tmp_path / "file").touch()
    url = servers.sqlite_url(tmp_path / "file")

    all_say(bookings, {"migrate": ("migrate",)}, "no folder", DATABASE_URL=url)
    some = {name: words for name, words in WORK.items() if name != "doctor"}
    all_say(bookings, some, "no schema", DATABASE_URL=url, BOOKINGS_UPLOADS="uploads")


def test_another_master_key(bookings: Bookings, demo: str):
    some = {
        name: words for name, words in WORK.items() if name not in {"verify", "rebuild"}
    }

    with unchanged(demo):
        all_say(bookings, some, "other key", BOOKINGS_MASTER_KEY=OTHER_KEY)
        assert bookings("verify", BOOKINGS_MASTER_KEY=OTHER_KEY).code == 0


@pytest.mark.usefixtures("postgres")
def test_what_postgresql_needs_and_is_not_set(
    bookings: Bookings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("BOOKINGS_UPLOADS")
    all_say(bookings, {"serve": ("serve",)}, "not set")
    monkeypatch.delenv("BOOKINGS_MASTER_KEY")
    some = WRITE | {"replay": WORK["replay"], "keys status": WORK["keys status"]}
    all_say(bookings, some, "not set")


@pytest.mark.usefixtures("sqlite")
def test_a_redis_that_is_none(bookings: Bookings):
    some = {name: WORK[name] for name in ("serve", "worker", "follow")}
    all_say(bookings, some, "no Redis", REDIS_URL="http://127.0.0.1:6379")


@pytest.mark.usefixtures("sqlite")
def test_a_redis_that_is_away_keeps_nobody_from_work(bookings: Bookings):
    for url in ("redis://127.0.0.1:1", "redis://no.invalid"):
        done = bookings("worker", "--once", REDIS_URL=url)
        assert (done.code, done.out) == (0, "")


@pytest.mark.usefixtures("sqlite")
def test_public_keys_that_hang(bookings: Bookings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("BOOKINGS_JWT_SECRET")
    with answering(None) as port:
        url = f"http://127.0.0.1:{port}/jwks.json"
        all_say(bookings, {"serve": ("serve",)}, "hanging keys", BOOKINGS_JWKS=url)


@pytest.mark.parametrize(
    ("cause", "what"),
    [(RuntimeError(), "ended"), (EpochChanged(), "ended for another")],
)
def test_a_process_says_why_it_ended(cause: BaseException, what: str):
    before = signal.signal(signal.SIGTERM, lambda *_signal: None)
    try:
        ending = Ending()
        ending.begin(cause)
        with pytest.raises(Failed) as told:
            ending.tell()
    finally:
        signal.signal(signal.SIGTERM, before)

    says(str(told.value), told.value.exit_code, what)
