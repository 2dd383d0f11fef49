"""`bookings keys` as an operator uses it: what it says, and what it ends with."""

# ruff: noqa: S608 - what a person does by hand is SQL in a string

import json
from base64 import b64encode
from pathlib import Path

import pytest

from adapters.vault import key_id
from application.demo import KARI
from tests import stores, stories
from tests.adapters.cli.conftest import KEYS, Bookings, Done

OLD, NEW = KEYS["BOOKINGS_MASTER_KEY"], b64encode(b"n" * 32).decode()
OLD_ID, NEW_ID = key_id(b"m" * 32).hex(), key_id(b"n" * 32).hex()
BOTH = {"BOOKINGS_MASTER_KEY": f"{NEW} {OLD}"}
ONLY_NEW = {"BOOKINGS_MASTER_KEY": NEW}


@pytest.fixture
def demo(bookings: Bookings, migrated: str) -> str:
    assert bookings("demo", "--yes").code == 0
    return migrated


@pytest.mark.usefixtures("demo")
def test_a_master_key_is_replaced_step_by_step(bookings: Bookings):
    before = bookings("replay", "123", "--json").out

    assert bookings("keys", "status").out == (
        f"{OLD_ID}  opens 2 keys, wraps what comes\n"
    )
    assert bookings("keys", "status", **BOTH).out == (
        f"{NEW_ID}  opens 0 keys, would wrap all after `bookings keys rotate`\n"
        f"{OLD_ID}  opens 2 keys, wraps what comes\n"
    )
    rotated = bookings("keys", "rotate", **BOTH)
    assert (rotated.code, rotated.err) == (0, "")
    assert rotated.out == (
        f"2 of 2 keys were wrapped anew; {NEW_ID} wraps what comes.\n"
        f"{OLD_ID} wraps nothing any more: it can be taken away.\n"
    )
    assert bookings("keys", "status", **BOTH).out == (
        f"{NEW_ID}  opens 2 keys, wraps what comes\n"
        f"{OLD_ID}  opens 0 keys, can be taken away\n"
    )
    assert bookings("replay", "123", "--json", **ONLY_NEW).out == before
    assert bookings("verify", **ONLY_NEW).code == 0
    assert bookings("keys", "rotate", **ONLY_NEW).out == (
        f"0 of 2 keys were wrapped anew; {NEW_ID} wraps what comes.\n"
    )


@pytest.mark.usefixtures("demo")
def test_machines_get_an_object(bookings: Bookings):
    assert json.loads(bookings("keys", "rotate", "--json", **BOTH).out) == {
        "master_key": NEW_ID,
        "keys": 2,
        "wrapped_anew": 2,
        "unopened": 0,
        "examples": [],
        "still_needed": [],
    }
    assert json.loads(bookings("keys", "status", "--json", **ONLY_NEW).out) == {
        "master_key": NEW_ID,
        "given": True,
        "current": True,
        "needed": True,
        "opened": 2,
        "noted": 0,
    }


@pytest.mark.usefixtures("demo")
def test_what_is_exported_afterwards_is_whole(bookings: Bookings, tmp_path: Path):
    words = ("export", "--owner", KARI.id, "--to")
    assert bookings(*words, str(tmp_path / "before")).code == 0
    assert bookings("keys", "rotate", **BOTH).code == 0
    assert bookings(*words, str(tmp_path / "after"), **ONLY_NEW).code == 0

    before, after = (
        (tmp_path / name / "bookings.jsonl").read_text().splitlines()
        for name in ("before", "after")
    )
    assert [json.loads(line)["booking"]["vehicle"] for line in before] == [
        json.loads(line)["booking"]["vehicle"] for line in after
    ]
    assert '"plate":"' in after[0]


def test_a_key_that_nothing_opens_is_exit_1(bookings: Bookings, demo: str):
    ((wrapped,),) = stories.rows(
        demo, "SELECT wrapped FROM owner_key WHERE owner = 'ola'"
    )
    another = stories.literal(demo, bytes(wrapped))
    stores.execute(
        demo,
        f"UPDATE owner_key SET wrapped = {another} WHERE owner = 'kari'",
    )

    rotated = bookings("keys", "rotate", **BOTH)
    assert rotated.code == 1
    assert "1 keys are opened by no master key that is given, as those of 'kari'" in (
        rotated.err
    )
    status = bookings("keys", "status", **BOTH)
    assert status.code == 1
    assert f"{OLD_ID}  opens 0 keys, is noted at 1 keys that nothing" in status.out
    assert one_line(status).startswith("1 keys are opened by no master key")
    assert bookings("erase", "--owner", "kari", "--yes", **BOTH).code == 0
    assert bookings("keys", "rotate", **BOTH).code == 0


def one_line(done: Done) -> str:
    assert done.err.count("\n") == 1
    return done.err.removeprefix("bookings: ")


@pytest.mark.usefixtures("demo")
def test_whoever_has_not_all_keys_cannot_rotate(bookings: Bookings):
    for words in (("keys", "rotate"), ("keys", "status")):
        done = bookings(*words, **ONLY_NEW)

        assert done.code == 2
        assert one_line(done) == (
            "BOOKINGS_MASTER_KEY is not the key of this store: "
            f"that is the one called {OLD_ID}.\n"
        )


@pytest.mark.usefixtures("demo")
def test_doctor_says_what_wraps_how_much(bookings: Bookings):
    def told(**keys: str) -> str:
        lines = bookings("doctor", **keys).out.splitlines()
        (line,) = [line for line in lines if "master key" in line]
        return line.split("master key")[1].strip()

    assert told() == f"the store's, called {OLD_ID}: wraps 2 of 2 keys"
    assert bookings("keys", "rotate", **BOTH).code == 0
    assert told(**BOTH) == f"the store's, called {NEW_ID}: wraps 2 of 2 keys"


def test_doctor_says_that_a_rotation_is_not_done(bookings: Bookings, demo: str):
    assert bookings("keys", "rotate", **BOTH).code == 0
    value = stories.literal(demo, bytes.fromhex(OLD_ID))
    ((canary,),) = stories.rows(demo, "SELECT wrapped FROM owner_key WHERE owner = ''")
    stores.execute(
        demo,
        "INSERT INTO former_master_key (id, canary, since) "
        f"SELECT {value}, {stories.literal(demo, bytes(canary))}, created_at "
        "FROM owner_key WHERE owner = ''",
    )

    assert "`bookings keys rotate` is not done" in bookings("doctor", **BOTH).out
    assert bookings("keys", "rotate", **BOTH).code == 0
    assert "is not done" not in bookings("doctor", **BOTH).out


def test_a_store_that_nobody_used_yet_gets_its_master_key(
    bookings: Bookings, migrated: str
):
    del migrated
    assert bookings("keys", "status", **BOTH).code == 0
    assert bookings("keys", "rotate", **BOTH).code == 0

    assert "wraps what comes" in bookings("keys", "status", **ONLY_NEW).out
