"""`bookings rebuild` and `bookings verify` say in one line what they did or found."""

import json

import pytest

from tests import stores, stories
from tests.adapters.cli.conftest import Bookings
from tests.adapters.cli.test_failures import NOWHERE, one_line

BOTH = ["rebuild", "verify"]


@pytest.fixture(autouse=True)
def _demo(bookings: Bookings, migrated: str):
    assert bookings("demo", "--yes").code == 0
    assert migrated


def test_a_sound_store_is_said_to_be_that(bookings: Bookings):
    done = bookings("verify")

    assert (done.code, done.err) == (0, "")
    assert done.out == "12 events of 6 streams and 13 rows: no differences.\n"


def test_machines_get_the_whole_report(bookings: Bookings):
    done = bookings("verify", "--json")

    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out) == {
        "events": 12,
        "streams": 6,
        "rows": 13,
        "found": 0,
        "differences": [],
    }


def test_a_row_changed_by_hand_is_exit_1_and_the_first_difference(
    bookings: Bookings, migrated: str
):
    stores.execute(migrated, "UPDATE booking SET status = 'PENDING' WHERE id = 123")

    people, machines = bookings("verify"), bookings("verify", "--json")

    words = "booking 123: status is 'PENDING', and by the log 'CONFIRMED'."
    assert people.code == machines.code == 1
    assert people.err == machines.err == f"bookings: Not sound: {words}\n"
    assert people.out.splitlines()[0] == words
    assert people.out.endswith("13 rows: 1 difference.\n")
    (difference,) = json.loads(machines.out)["differences"]
    assert difference["subject"] == "booking 123"
    assert difference["field"] == "status"


def test_a_rebuild_mends_a_row_and_says_what_it_did(bookings: Bookings, migrated: str):
    stores.execute(migrated, "UPDATE booking SET status = 'PENDING' WHERE id = 123")

    done = bookings("rebuild")

    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "Rebuilt from 12 events of 6 streams, and from 0 that changed meanwhile; "
        "swapped at position 12.\n"
    )
    assert bookings("verify").code == 0


def test_machines_get_what_a_rebuild_did(bookings: Bookings):
    done = bookings("rebuild", "--json")

    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert (found["events"], found["streams"], found["position"]) == (12, 6, 12)


def test_an_event_changed_by_hand_stops_a_rebuild(bookings: Bookings, migrated: str):
    stories.rewrite(migrated, "booking-123", 4, b"staff", b"owner")

    line = one_line(bookings("rebuild"), 1)

    assert line.startswith("booking-123")
    assert bookings("verify").code == 1


@pytest.mark.parametrize("word", BOTH)
def test_no_key_is_needed(
    bookings: Bookings, word: str, monkeypatch: pytest.MonkeyPatch
):
    for name in ("BOOKINGS_JWT_SECRET", "BOOKINGS_MASTER_KEY"):
        monkeypatch.delenv(name)

    assert bookings(word).code == 0


@pytest.mark.parametrize("word", BOTH)
def test_a_server_that_does_not_answer_is_exit_3(bookings: Bookings, word: str):
    line = one_line(bookings(word, DATABASE_URL=NOWHERE), 3)

    assert line.startswith("The store cannot be reached: ")


@pytest.mark.parametrize("word", BOTH)
def test_a_store_of_a_newer_release_is_exit_2(
    bookings: Bookings, word: str, migrated: str
):
    stores.execute(
        migrated,
        "INSERT INTO _yoyo_migration (migration_hash, migration_id) "
        "VALUES ('f00', '9999-later.after')",
    )

    assert "9999-later.after" in one_line(bookings(word), 2)
