"""`bookings replay` shows one booking's trail, to people and to machines; read only."""

import json
from base64 import b64decode, b64encode
from typing import Any

import pytest

from application import demo
from tests import stores, stories
from tests.adapters.cli import looking
from tests.adapters.cli.conftest import Bookings, Done
from tests.adapters.cli.test_failures import OTHER_KEY, one_line

PLACED, CONFIRMED, SAID = (
    "booking.placed",
    "booking.confirmed",
    "booking.message_appended",
)


@pytest.fixture(autouse=True)
def _demo(bookings: Bookings, migrated: str):
    assert bookings("demo", "--yes").code == 0
    assert migrated


def steps(done: Done) -> list[dict[str, Any]]:
    assert (done.code, done.err) == (0, "")
    return [json.loads(line) for line in done.out.splitlines()]


def test_machines_get_an_object_for_each_event(bookings: Bookings):
    found = steps(bookings("replay", "123", "--json"))

    assert [step["event"] for step in found] == [PLACED, CONFIRMED, SAID, SAID]
    assert [step["version"] for step in found] == [1, 2, 3, 4]
    positions = [step["position"] for step in found]
    assert positions == sorted(positions)
    placed, confirmed, said, answered = found
    assert placed["actor"] == {"role": "owner", "id": "kari"}
    assert len({step["request_id"] for step in found}) == 4
    assert confirmed["changes"] == [
        {"field": "status", "from": "PENDING", "to": "CONFIRMED"}
    ]
    assert said["changes"][0]["to"]["text"] == "The brakes squeal when it rains."
    assert answered["state"]["status"] == "CONFIRMED"
    assert answered["state"]["vehicle"]["plate"] == "EL 12345"


def test_people_get_a_table_of_events_and_the_state_they_led_to(bookings: Bookings):
    done = bookings("replay", str(demo.SOON), COLUMNS="90")

    assert (done.code, done.err) == (0, "")
    for text in (
        "Booking 3195",
        "version 3, position 12",
        "owner ola",
        "status: PENDING → CONFIRMED",
        "booking.change_requested",
        "reason: I am ill.",
        "policy: cancel_notice failed, so REQUEST",
        "As of version 3",
        "pending_change_request.kind",
    ):
        assert text in done.out


def test_a_request_id_is_never_cut_short(bookings: Bookings):
    found = steps(bookings("replay", "123", "--json"))

    narrow = bookings("replay", "123", COLUMNS="80").out

    assert all(step["request_id"] in narrow for step in found)


def test_it_can_stop_at_a_version(bookings: Bookings):
    found = steps(bookings("replay", "123", "--as-of", "1", "--json"))

    assert [step["event"] for step in found] == [PLACED]
    assert found[0]["state"]["status"] == "PENDING"


def test_it_can_stop_at_a_time(bookings: Bookings):
    at = steps(bookings("replay", "123", "--json"))[1]["at"]

    found = steps(bookings("replay", "123", "--as-of", at, "--json"))

    assert [step["event"] for step in found] == [PLACED, CONFIRMED]


def test_it_writes_nothing(bookings: Bookings, migrated: str):
    before = looking.last_position(migrated)

    bookings("replay", "123")

    assert looking.last_position(migrated) == before


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["124"], "There is no booking 124."),
        (["123", "--as-of", "9"], "Booking 123 has no version 9: its last is 4."),
        (["123", "--as-of", "2000-01-01T00:00:00Z"], "Booking 123 was placed at "),
        (["123", "--as-of", "soon"], "--as-of: 'soon' is neither a version"),
        (["123", "--as-of", "2026-01-01T00:00:00"], "--as-of: '2026-01-01T00:00:00'"),
        (["0"], 'Invalid value "0" for BOOKING'),
        ([str(2**63)], f'Invalid value "{2**63}" for BOOKING'),
        (["first"], 'Invalid value for BOOKING: unable to convert "first"'),
        ([], "BOOKING requires an argument"),
    ],
)
def test_what_is_not_there_is_one_line(bookings: Bookings, words: list[str], line: str):
    assert line in one_line(bookings("replay", *words), 2)


def test_another_master_key_is_one_line(bookings: Bookings):
    done = bookings("replay", "123", BOOKINGS_MASTER_KEY=OTHER_KEY)

    assert one_line(done, 2).startswith("BOOKINGS_MASTER_KEY is not the key")


def test_after_an_owners_key_is_gone_the_rest_is_still_shown(
    bookings: Bookings, migrated: str
):
    stores.execute(migrated, "DELETE FROM owner_key WHERE owner = 'kari'")

    found = steps(bookings("replay", "123", "--json"))

    assert len(found) == 4
    assert found[-1]["state"]["vehicle"] == {
        "plate": None,
        "make": "Volvo",
        "model": "V70",
        "year": 2014,
    }


def test_an_event_changed_by_hand_is_shown_up_to_there(
    bookings: Bookings, migrated: str
):
    stores.execute(
        migrated,
        "UPDATE stored_events SET topic = 'booking.cancelled' "
        "WHERE originator_id = 'booking-123' AND originator_version = 2",
    )

    done = bookings("replay", "123", "--json")

    assert done.code == 1
    assert [json.loads(line)["event"] for line in done.out.splitlines()] == [PLACED]
    assert done.err.startswith("bookings: booking-123, version 2 (position ")
    assert done.err.count("\n") == 1


def test_a_sealed_text_changed_by_hand_is_shown_up_to_there(
    bookings: Bookings, migrated: str
):
    sealed = json.loads(stories.bytes_of(migrated, "booking-123", 4))["sealed"]
    other = bytearray(b64decode(sealed))
    other[-1] ^= 1
    stories.rewrite(migrated, "booking-123", 4, sealed.encode(), b64encode(other))

    done = bookings("replay", "123", "--json")

    assert done.code == 1
    assert len(done.out.splitlines()) == 3
    assert done.err.startswith("bookings: booking-123, version 4 (position ")
    assert done.err.count("\n") == 1


def test_an_owners_key_changed_by_hand_is_one_line(bookings: Bookings, migrated: str):
    stores.execute(
        migrated,
        "UPDATE owner_key SET wrapped = "
        "(SELECT wrapped FROM owner_key WHERE owner = 'ola') WHERE owner = 'kari'",
    )

    line = one_line(bookings("replay", "123"), 1)

    assert line == "The key of booking 123's owner was changed by hand."
