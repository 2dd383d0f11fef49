"""`bookings doctor` says what is not safe, and what serves refuses the same."""

import json
import subprocess
from base64 import b64encode
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests import running, servers, stores
from tests.adapters.cli.conftest import Bookings
from tests.programs import BOOKINGS

NOWHERE = "postgresql://127.0.0.1:1/bookings"
OF_EVERY_STORE = {"schema", "master key", "tokens", "uploads"}


def verdicts(out: str) -> dict[str, str]:
    found = [json.loads(line) for line in out.splitlines()]
    return {one["what"]: one["verdict"] for one in found}


def relax(url: str) -> None:
    """Let a database acknowledge what is not on the disk yet."""
    with psycopg.connect(url, autocommit=True) as conn:
        name = sql.Identifier(servers.database_name(url))
        conn.execute(
            sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(name)
        )


@pytest.mark.usefixtures("migrated")
def test_a_set_up_as_it_should_be_is_well(bookings: Bookings):
    done = bookings("doctor")

    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert all(line.startswith("ok ") for line in lines)
    assert any("not used yet" in line for line in lines)


@pytest.mark.usefixtures("migrated")
def test_machines_get_a_line_for_each_thing(bookings: Bookings):
    found = verdicts(bookings("doctor", "--json").out)

    assert found.keys() > OF_EVERY_STORE
    assert set(found.values()) == {"ok"}


def test_a_store_that_others_wrote_to_has_this_key(bookings: Bookings, migrated: str):
    del migrated
    assert bookings("demo", "--yes").code == 0

    done = bookings("doctor")
    assert done.code == 0
    assert "the store's" in done.out


@pytest.mark.usefixtures("migrated")
def test_another_master_key_is_wrong(bookings: Bookings):
    assert bookings("demo", "--yes").code == 0
    other = b64encode(b"o" * 32).decode()

    done = bookings("doctor", "--json", BOOKINGS_MASTER_KEY=other)
    assert done.code == 2
    assert verdicts(done.out)["master key"] == "wrong"
    assert "1 of " in done.err


def test_a_store_without_its_master_key_is_wrong_and_gets_no_other(
    bookings: Bookings, sqlite: str, monkeypatch: pytest.MonkeyPatch
):
    assert bookings("demo").code == 0
    monkeypatch.delenv("BOOKINGS_MASTER_KEY")

    done = bookings("doctor", "--json")
    assert done.code == 2
    assert verdicts(done.out)["master key"] == "wrong"
    assert not (stores.sqlite_path(sqlite).parent / "master_key").exists()


def test_secrets_that_are_not_made_yet_stay_so(
    bookings: Bookings, sqlite: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("BOOKINGS_MASTER_KEY")
    monkeypatch.delenv("BOOKINGS_JWT_SECRET")
    before = set(stores.sqlite_path(sqlite).parent.iterdir())

    done = bookings("doctor")
    assert done.code == 0
    assert "made at the first start" in done.out
    after = set(stores.sqlite_path(sqlite).parent.iterdir())
    assert {path.name for path in after - before} <= {"uploads"}


def test_a_store_that_cannot_be_reached_is_said_beside_the_rest(bookings: Bookings):
    done = bookings("doctor", "--json", DATABASE_URL=NOWHERE)

    assert done.code == 3
    assert verdicts(done.out) == {
        "schema": "unreachable",
        "master key": "ok",
        "tokens": "ok",
        "uploads": "ok",
    }


def test_a_store_without_a_schema_is_wrong(bookings: Bookings, store_url: str):
    done = bookings("doctor", "--json", DATABASE_URL=store_url)

    assert done.code == 2
    assert verdicts(done.out)["schema"] == "wrong"


@pytest.mark.usefixtures("migrated")
def test_uploads_that_cannot_be_kept_are_wrong(bookings: Bookings, tmp_path: Path):
    (tmp_path / "file").write_text("no folder")

    done = bookings("doctor", "--json", BOOKINGS_UPLOADS=str(tmp_path / "file"))
    assert done.code == 2
    assert verdicts(done.out)["uploads"] == "wrong"


@pytest.mark.usefixtures("migrated")
def test_a_secret_that_is_too_short_is_wrong(bookings: Bookings):
    short = "short"

    done = bookings("doctor", "--json", BOOKINGS_JWT_SECRET=short)
    assert done.code == 2
    assert verdicts(done.out)["tokens"] == "wrong"


@pytest.mark.usefixtures("sqlite")
def test_a_redis_that_answers_is_well(bookings: Bookings, redis_url: str):
    done = bookings("doctor", "--json", REDIS_URL=redis_url)

    assert done.code == 0
    assert verdicts(done.out)["redis"] == "ok"


@pytest.mark.usefixtures("sqlite")
@pytest.mark.parametrize(
    ("address", "verdict"), [("127.0.0.1:1", "unreachable"), ("h:hush", "wrong")]
)
def test_a_redis_that_does_not_answer_is_said(
    bookings: Bookings, address: str, verdict: str
):
    done = bookings("doctor", "--json", REDIS_URL=f"redis://{address}")

    assert verdicts(done.out)["redis"] == verdict
    assert "hush" not in done.out + done.err


def test_early_acknowledgement_is_unsafe(bookings: Bookings, postgres: str):
    relax(postgres)

    done = bookings("doctor", "--json")
    assert done.code == 1
    assert verdicts(done.out)["synchronous_commit"] == "unsafe"


@pytest.mark.parametrize("command", [["serve"], ["worker"], ["worker", "--once"]])
def test_what_works_on_a_store_refuses_an_unsafe_one(
    bookings: Bookings, postgres: str, command: list[str]
):
    relax(postgres)

    done = bookings(*command, PORT="0")
    assert done.code == 2
    assert done.err == (
        "bookings: The store may lose what it acknowledged: synchronous_commit is off. "
        "Mend that, or serve with --unsafe-durability.\n"
    )


def test_an_unsafe_store_is_worked_on_when_told_so(bookings: Bookings, postgres: str):
    relax(postgres)

    assert bookings("worker", "--once", "--unsafe-durability").code == 0


def test_an_unsafe_store_is_served_when_told_so(postgres: str):
    relax(postgres)
    process = subprocess.Popen(
        [BOOKINGS, "serve", "--unsafe-durability"],
        env=running.environment(postgres) | {"PORT": "0"},
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stderr is not None
        assert "Serving on" in process.stderr.readline()
        process.terminate()
        assert process.wait(timeout=30) == 0
