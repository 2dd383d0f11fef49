"""Each command on a SQLite file that is none, damaged or closed: one clear line."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests import servers, stores
from tests.adapters.cli.bad_setups import ALL, WORK, all_say
from tests.adapters.cli.conftest import Bookings

NOBODY = 65534


def test_a_file_that_is_no_database(
    bookings: Bookings, sqlite_url: str, tmp_path: Path
):
    path = stores.sqlite_path(sqlite_url)
    path.write_bytes(b"Dear diary, " * 1000)
    before = path.read_bytes()

    commands = ALL | {"backup": ("backup", str(tmp_path / "copy.db"))}
    all_say(bookings, commands, "no database", DATABASE_URL=sqlite_url)

    assert path.read_bytes() == before
    assert not (tmp_path / "copy.db").exists()


@pytest.mark.parametrize("is_cut", [False, True], ids=["overwritten", "cut off"])
def test_a_file_that_is_damaged(
    bookings: Bookings, sqlite: str, tmp_path: Path, *, is_cut: bool
):
    assert bookings("demo").code == 0
    path = stores.sqlite_path(sqlite)
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = path.read_bytes()
    damaged = content[:4096] + (b"" if is_cut else b"\xff" * (len(content) - 4096))
    path.write_bytes(damaged)

    all_say(
        bookings, ALL | {"backup": ("backup", str(tmp_path / "copy.db"))}, "damaged"
    )

    assert path.read_bytes() == damaged
    assert not (tmp_path / "copy.db").exists()


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
    all_say(
        bookings,
        some,
        "no schema",
        DATABASE_URL=url,
        BOOKINGS_UPLOADS=str(tmp_path / "uploads"),
    )
