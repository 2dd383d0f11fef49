"""`bookings migrate` brings up a store, and says what there is to do."""

import json

import pytest

from adapters import migrations
from tests import stores
from tests.adapters.cli.conftest import Bookings

ALL = migrations.known("adapters.postgres")


@pytest.mark.usefixtures("migrated")
def test_a_store_that_is_up_to_date_says_so(bookings: Bookings):
    assert bookings("migrate").out == "The store is up to date.\n"
    assert bookings("migrate", "--after").out == "The store is up to date.\n"
    done = bookings("migrate", "--status")
    assert (done.code, done.err) == (0, "")
    assert [line.split() for line in done.out.splitlines()] == [
        ["applied", name] for name in ALL
    ]


def test_a_new_store_gets_all(bookings: Bookings, store_url: str):
    before = bookings("migrate", "--status", "--json", DATABASE_URL=store_url)
    done = bookings("migrate", "--json", DATABASE_URL=store_url)

    assert before.code == 1
    assert {json.loads(line)["state"] for line in before.out.splitlines()} == {
        "missing"
    }
    assert [json.loads(line) for line in done.out.splitlines()] == [
        {"name": name, "state": "applied"} for name in ALL
    ]


def test_what_a_newer_release_began_with_is_told(bookings: Bookings, migrated: str):
    stores.execute(
        migrated,
        "INSERT INTO _yoyo_migration (migration_hash, migration_id) "
        "VALUES ('f00', '9999-later')",
    )

    assert "of a newer release  9999-later" in bookings("migrate", "--status").out
    assert "begins to take its place" in bookings("doctor").out


def test_an_after_half_that_is_to_come_is_told(
    bookings: Bookings, migrated: str, monkeypatch: pytest.MonkeyPatch
):
    del migrated
    monkeypatch.setattr(migrations, "known", lambda _package: [*ALL, "9999-z.after"])

    assert "after half is to come" in bookings("migrate").out
    assert "to come             9999-z.after" in bookings("migrate", "--status").out
    assert "but for `bookings migrate --after`" in bookings("doctor").out
