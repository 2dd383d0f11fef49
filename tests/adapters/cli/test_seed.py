"""`bookings seed` writes the same events into every store, and none twice."""

import re
from typing import Any

import msgspec

from adapters.seeding import Plan
from application import codec
from application.stored import Wanted
from domain.events import Recorded
from tests import stores
from tests.adapters.cli import looking
from tests.adapters.cli.conftest import Bookings

WORDS = ("seed", "--bookings", "60", "--events-per-booking", "9", "--seed", "4")
PLAN = Plan(bookings=60, events_per_booking=9, seed=4)


def log(url: str) -> list[tuple[int, str, Recorded[Any]]]:
    """Return all events with their places, but for what was sealed."""
    with stores.recording(url) as recorder:
        return [
            (
                entry.id,
                str(entry.originator_id),
                _open(entry.state, entry.originator_version),
            )
            for entry in recorder.select_notifications(None, 10_000)
        ]


def _open(state: bytes, version: int) -> Recorded[Any]:
    recorded, _prev = codec.decode(state, version)
    if hasattr(recorded.event, "personal"):
        event = msgspec.structs.replace(recorded.event, personal=None)
        return msgspec.structs.replace(recorded, event=event)
    return recorded


def test_it_makes_what_was_asked_for(bookings: Bookings, migrated: str):
    done = bookings(*WORDS)

    assert (done.code, done.err) == (0, "")
    assert done.out == "543 events: 60 bookings at 3 workshops.\n"
    assert looking.last_position(migrated) == PLAN.events == 543
    found = looking.look(migrated, Wanted(workshops=PLAN.workshops))
    assert set(found.workshops) == set(PLAN.workshops)


def test_the_same_arguments_give_the_same_events_in_every_store(
    bookings: Bookings, sqlite_url: str, postgres_url: str
):
    for url in (sqlite_url, postgres_url):
        bookings("migrate", DATABASE_URL=url)
        bookings(*WORDS, DATABASE_URL=url)

    events = log(sqlite_url)
    assert len(events) == PLAN.events
    assert events == log(postgres_url)


def test_a_second_time_adds_nothing(bookings: Bookings, migrated: str):
    bookings(*WORDS)

    again = bookings(*WORDS)
    more = bookings(*WORDS[:2], "70", *WORDS[3:])

    line = "bookings: The store has data of --seed 4; name another.\n"
    assert (again.code, again.out, again.err) == (2, "", line)
    assert (more.code, more.out, more.err) == (2, "", line)
    assert looking.last_position(migrated) == PLAN.events


def test_another_seed_adds_others(bookings: Bookings, sqlite: str):
    bookings(*WORDS)

    assert bookings(*WORDS[:-1], "5").code == 0
    assert looking.last_position(sqlite) == 2 * PLAN.events


def test_it_can_be_added_to_the_demo(bookings: Bookings, sqlite: str):
    bookings("demo")
    before = looking.last_position(sqlite)

    assert bookings(*WORDS).code == 0
    assert looking.last_position(sqlite) == before + PLAN.events


def test_a_number_that_cannot_be_meant_is_one_line(bookings: Bookings, sqlite: str):
    for index, word in (
        (2, "0"),
        (2, "-1"),
        (2, "x"),
        (4, "0"),
        (6, "-1"),
        (6, "100000"),
    ):
        done = bookings(*WORDS[:index], word, *WORDS[index + 1 :])

        assert (done.code, done.out) == (2, "")
        assert re.fullmatch(r"bookings: .*--[a-z-]+.*\n", done.err)
    assert looking.last_position(sqlite) == 0


def test_without_a_number_of_bookings_nothing_is_guessed(
    bookings: Bookings, sqlite: str
):
    done = bookings("seed", "--events-per-booking", "9")

    assert done.code == 2
    assert "--bookings requires an argument" in done.err
    assert looking.last_position(sqlite) == 0
