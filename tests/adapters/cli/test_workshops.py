"""`bookings workshop add` makes a workshop of a right policy, and of no other."""

import json
from pathlib import Path

import pytest

from application.stored import Wanted
from domain.policy import Policy, Service
from domain.workshop import Workshop
from tests.adapters.cli import looking
from tests.adapters.cli.conftest import Bookings, Done

ORG_NR = 987654321
WORDS = ("workshop", "add", "--org-nr", str(ORG_NR), "--name", "Bilhuset")
OSLO = ("--time-zone", "Europe/Oslo")


def stored(url: str) -> Workshop | None:
    found = looking.look(url, Wanted(workshops=(ORG_NR,))).workshops.get(ORG_NR)
    return None if found is None else found.workshop


def refused(done: Done) -> list[str]:
    assert (done.code, done.out) == (2, "")
    return done.err.splitlines()


def test_a_workshop_without_a_policy_gets_the_default(
    bookings: Bookings, migrated: str
):
    done = bookings(*WORDS, *OSLO)

    assert (done.code, done.err) == (0, "")
    assert done.out == "Workshop 987654321 is there: Bilhuset, Europe/Oslo.\n"
    found = stored(migrated)
    assert found is not None
    assert (found.org_nr, found.name) == (ORG_NR, "Bilhuset")
    assert found.policy == Policy(time_zone="Europe/Oslo")
    assert looking.last_position(migrated) == 1


def test_a_policy_can_come_from_a_file(
    bookings: Bookings, migrated: str, tmp_path: Path
):
    file = tmp_path / "policy.json"
    file.write_text(
        '{"bays": 3, "services":'
        ' [{"id": 7, "name": "Tyres", "minutes": 30, "buffer": 5}]}'
    )

    assert bookings(*WORDS, *OSLO, "--policy", str(file)).code == 0

    found = stored(migrated)
    assert found is not None
    assert found.policy == Policy(
        time_zone="Europe/Oslo",
        bays=3,
        services=(Service(id=7, name="Tyres", minutes=30, buffer=5),),
    )


def test_a_workshop_that_exists_is_left_as_it_is(bookings: Bookings, migrated: str):
    bookings(*WORDS, *OSLO)

    again = bookings(*WORDS[:-1], "Another", "--time-zone", "Europe/Paris")

    assert refused(again) == ["bookings: Workshop 987654321 exists already."]
    found = stored(migrated)
    assert found is not None
    assert found.name == "Bilhuset"
    assert looking.last_position(migrated) == 1


def test_all_that_is_wrong_with_a_policy_is_told(
    bookings: Bookings, sqlite: str, tmp_path: Path
):
    file = tmp_path / "policy.json"
    file.write_text(
        json.dumps(
            {
                "bays": "3",
                "services": [{"id": 1, "minutes": None}],
                "opening_hours": {"mon": [["08:00", 16]], "monday": []},
                "rules": {"cancel_notice": {"effect": "MAYBE"}},
                "price": 5,
            }
        )
    )

    lines = refused(bookings(*WORDS, *OSLO, "--policy", str(file)))

    assert [line.split(": ")[:3] for line in lines] == [
        ["bookings", str(file), pointer]
        for pointer in (
            "/bays",
            "/services/0/name",
            "/services/0/minutes",
            "/opening_hours/mon/0/1",
            "/opening_hours/monday",
            "/rules/cancel_notice/effect",
            "/price",
        )
    ]
    assert looking.last_position(sqlite) == 0


def test_all_that_a_policy_contradicts_itself_in_is_told(
    bookings: Bookings, sqlite: str, tmp_path: Path
):
    file = tmp_path / "policy.json"
    file.write_text(
        json.dumps(
            {
                "bays": 0,
                "services": [],
                "opening_hours": {"mon": [["16:00", "08:00"]]},
                "holidays": ["25 December"],
                "rules": {"target_window": {"grid_minutes": 0}},
            }
        )
    )

    lines = refused(bookings(*WORDS, *OSLO, "--policy", str(file)))

    assert [line.split(": ")[2] for line in lines] == [
        "/bays",
        "/services",
        "/opening_hours/mon/0",
        "/holidays/0",
        "/rules/target_window/grid_minutes",
    ]
    assert looking.last_position(sqlite) == 0


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "It is no JSON"),
        ("[]", "An object is needed."),
        ("null", "An object is needed."),
        ('{"time_zone": "Europe/Paris"}', "/time_zone: It is not the Europe/Oslo of"),
        ('{"time_zone": null}', "/time_zone: It is not the Europe/Oslo of"),
    ],
)
def test_a_file_that_is_no_policy_is_one_line(
    bookings: Bookings, sqlite: str, tmp_path: Path, text: str, line: str
):
    file = tmp_path / "policy.json"
    file.write_text(text)

    (told,) = refused(bookings(*WORDS, *OSLO, "--policy", str(file)))

    assert told.startswith(f"bookings: {file}: {line}")
    assert looking.last_position(sqlite) == 0


def test_a_file_that_names_the_same_time_zone_is_right(
    bookings: Bookings, sqlite: str, tmp_path: Path
):
    file = tmp_path / "policy.json"
    file.write_text('{"time_zone": "Europe/Oslo"}')

    assert bookings(*WORDS, *OSLO, "--policy", str(file)).code == 0
    assert stored(sqlite) is not None


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (WORDS, "--time-zone requires an argument"),
        ((*WORDS, "--time-zone", "Oslo"), "/time_zone: 'Oslo' is no IANA time zone."),
        ((*WORDS, "--time-zone", ""), "/time_zone: '' is no IANA time zone."),
        ((*WORDS[:-1], "", *OSLO), "--name is 1 to 200 printable characters."),
        ((*WORDS[:-1], "a\tb", *OSLO), "--name is 1 to 200 printable characters."),
        ((*WORDS[:-1], "n" * 201, *OSLO), "--name is 1 to 200 printable characters."),
        ((*WORDS[:3], "12345678", *WORDS[4:], *OSLO), "--org-nr"),
        ((*WORDS[:3], "1234567890", *WORDS[4:], *OSLO), "--org-nr"),
        ((*WORDS[:3], "many", *WORDS[4:], *OSLO), "--org-nr"),
        ((*WORDS, *OSLO, "--policy", "/nowhere.json"), "/nowhere.json cannot be read"),
        ((*WORDS, *OSLO, "--policy", "/"), "/ cannot be read: Is a directory."),
    ],
)
def test_a_wrong_word_is_one_line(
    bookings: Bookings, sqlite: str, words: tuple[str, ...], line: str
):
    (told,) = refused(bookings(*words))

    assert line in told
    assert looking.last_position(sqlite) == 0
