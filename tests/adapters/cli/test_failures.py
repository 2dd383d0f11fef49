"""Whatever is wrong is one clear line on stderr and an exit code, never a traceback."""

import os
import subprocess
from base64 import b64encode
from pathlib import Path

import pytest

from tests import stores
from tests.adapters.cli import looking
from tests.adapters.cli.conftest import KEYS, Bookings, Done
from tests.programs import BOOKINGS
from tests.stores import sqlite_path

OTHER_KEY = b64encode(b"o" * 32).decode()
NOWHERE = "postgresql://127.0.0.1:1/bookings"
# One of each kind: those that write, and those that only look.
COMMANDS = [
    ("demo", "--yes"),
    ("seed", "--bookings", "1", "--events-per-booking", "1"),
    (
        *("workshop", "add", "--org-nr", "987654321", "--name", "Bilhuset"),
        *("--time-zone", "Europe/Oslo"),
    ),
]


def one_line(done: Done, code: int) -> str:
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith("bookings: ")
    assert done.err.count("\n") == 1
    return done.err.removeprefix("bookings: ").rstrip("\n")


@pytest.mark.parametrize("words", [*COMMANDS, ("migrate",)])
def test_an_unknown_kind_of_store_is_exit_2(bookings: Bookings, words: tuple[str, ...]):
    done = bookings(*words, DATABASE_URL="mysql://me:hush@db/bookings")

    line = one_line(done, 2)
    assert line.startswith("DATABASE_URL is of the unknown kind 'mysql'")
    assert "hush" not in line


@pytest.mark.parametrize("words", [*COMMANDS, ("migrate",)])
def test_a_server_that_does_not_answer_is_exit_3(
    bookings: Bookings, words: tuple[str, ...]
):
    line = one_line(bookings(*words, DATABASE_URL=NOWHERE), 3)

    assert line.startswith("The store cannot be reached: ")


def test_a_folder_that_cannot_be_made_is_exit_3(bookings: Bookings, tmp_path: Path):
    (tmp_path / "file").touch()

    done = bookings("migrate", DATABASE_URL=f"sqlite:///{tmp_path}/file/store.db")

    assert one_line(done, 3).startswith("The store cannot be reached: ")


@pytest.mark.parametrize("words", COMMANDS)
def test_a_file_that_is_no_store_is_exit_3(
    bookings: Bookings, words: tuple[str, ...], sqlite_url: str
):
    sqlite_path(sqlite_url).write_bytes(b"no database" * 100)

    line = one_line(bookings(*words, DATABASE_URL=sqlite_url), 3)

    assert line.startswith("The store cannot be reached: ")


@pytest.mark.parametrize("words", COMMANDS)
def test_a_store_that_was_never_migrated_is_exit_2(
    bookings: Bookings, words: tuple[str, ...], store_url: str
):
    line = one_line(bookings(*words, DATABASE_URL=store_url), 2)

    assert "run `bookings migrate`" in line


@pytest.mark.parametrize("words", [*COMMANDS, ("migrate",)])
def test_a_store_of_a_newer_release_is_exit_2(
    bookings: Bookings, words: tuple[str, ...], migrated: str
):
    stores.execute(
        migrated,
        "INSERT INTO _yoyo_migration (migration_hash, migration_id) "
        "VALUES ('f00', '9999-later.after')",
    )

    line = one_line(bookings(*words), 2)

    assert line == (
        "The store was made by a newer release: this one does not know "
        "9999-later.after."
    )


@pytest.mark.parametrize("words", COMMANDS)
def test_another_master_key_is_exit_2_and_writes_nothing(
    bookings: Bookings, words: tuple[str, ...], migrated: str
):
    bookings("seed", "--bookings", "1", "--events-per-booking", "1", "--seed", "1")
    before = looking.last_position(migrated)

    line = one_line(bookings(*words, BOOKINGS_MASTER_KEY=OTHER_KEY), 2)

    assert line.startswith("BOOKINGS_MASTER_KEY is not the key of this store: that is")
    assert looking.last_position(migrated) == before


# Who signs or takes tokens, and who writes or reads what is sealed.
SECRETS = {
    "BOOKINGS_JWT_SECRET": (
        ("serve",),
        ("token", "--owner", "kari"),
        ("demo", "--yes"),
    ),
    "BOOKINGS_MASTER_KEY": (
        *COMMANDS,
        ("serve",),
        ("worker", "--once", "--unsafe-durability"),
        ("replay", "123"),
        ("export", "--owner", "kari", "--to", "/dev/null/kari"),
        ("erase", "--owner", "kari"),
        ("keys", "rotate"),
        ("keys", "status"),
    ),
}


@pytest.mark.parametrize(
    ("name", "words"),
    [(name, words) for name, every in SECRETS.items() for words in every],
)
def test_on_postgresql_a_secret_that_is_not_set_is_exit_2(
    bookings: Bookings,
    name: str,
    words: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.delenv(name)

    line = one_line(bookings(*words, DATABASE_URL=NOWHERE, PORT="0"), 2)

    assert line == f"On PostgreSQL {name} or {name}_FILE must be set."


def test_who_takes_no_tokens_needs_no_secret_of_them(
    bookings: Bookings, postgres: str, monkeypatch: pytest.MonkeyPatch
):
    del postgres
    monkeypatch.delenv("BOOKINGS_JWT_SECRET")

    for words in (("worker", "--once"), ("keys", "rotate"), ("verify",)):
        assert bookings(*words).code == 0


def test_a_variable_that_is_no_setting_is_exit_2(bookings: Bookings, sqlite: str):
    line = one_line(bookings("demo", BOOKINGS_PORT="5000"), 2)

    assert line == "BOOKINGS_PORT is no setting; is it misspelt?"
    assert looking.last_position(sqlite) == 0


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("tokn",), 'Unknown command "tokn". Did you mean "token"?'),
        (("demo", "--emty"), "Unknown option"),
        (("migrate", "now"), "Unused Tokens"),
        (("workshop", "ad"), 'Unknown command "ad"'),
    ],
)
def test_a_wrong_word_is_exit_2(bookings: Bookings, words: tuple[str, ...], line: str):
    assert line in one_line(bookings(*words), 2)


def test_whoever_reads_only_the_beginning_hears_no_complaint(sqlite_url: str):
    environ = os.environ | KEYS | {"DATABASE_URL": sqlite_url}
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer) as nobody:
        ended = subprocess.run(
            [BOOKINGS, "migrate"],
            env=environ,
            stdout=nobody,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_command_ends_with_its_exit_code(tmp_path: Path):
    ended = subprocess.run(
        [BOOKINGS, "demo"],
        env=os.environ | {"DATABASE_URL": "mysql://db"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.count("\n") == 1
