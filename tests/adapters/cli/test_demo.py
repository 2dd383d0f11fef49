"""`bookings demo` adds its data once, and never to a store that it was not asked to."""

import json
import shlex

import pytest

from adapters import clock
from application import demo as example
from application.calls import Call, owner_changes
from application.intent import Intent
from application.stored import Wanted
from domain import calendar
from domain.booking import Booking
from tests.adapters.cli import looking
from tests.adapters.cli.conftest import Bookings
from tests.adapters.cli.test_tokens import caller

OTHER = ("workshop", "add", "--org-nr", "987654321", "--name", "Bilhuset")


def demo_bookings(url: str) -> dict[int, Booking]:
    found = looking.look(url, Wanted(bookings=example.BOOKINGS))
    return {key: stored.booking for key, stored in found.bookings.items()}


def curl(out: str) -> list[str]:
    return shlex.split(
        out[out.index("curl ") : out.index("Then see")].replace("\\\n", " ")
    )


def test_an_empty_store_gets_the_demo(bookings: Bookings, sqlite: str):
    done = bookings("demo", "--if-empty")

    assert done.code == 0
    assert done.err == (
        "bookings: Demo data was added: workshop 313001083, Fjordgata Verksted.\n"
    )
    assert len(demo_bookings(sqlite)) == 5


def test_a_second_time_changes_nothing_and_teaches_the_same(
    bookings: Bookings, sqlite: str
):
    first = bookings("demo", "--if-empty")
    before = looking.last_position(sqlite)

    again = bookings("demo", "--if-empty")
    once_more = bookings("demo")

    assert looking.last_position(sqlite) == before
    assert (again.code, again.err) == (once_more.code, once_more.err) == (0, "")
    assert curl(first.out)[-1] == curl(again.out)[-1] == curl(once_more.out)[-1]


def test_its_tokens_are_the_owners_and_a_managers(bookings: Bookings, sqlite: str):
    lines = bookings("demo").out.splitlines()

    for owner in example.OWNERS:
        token = lines[lines.index(owner.id) + 1]
        assert caller(token.strip()).sub == owner.id
        assert caller(token.strip()).role == "owner"
    manager = f"{example.MANAGER.id}, manager of {example.ORG_NR}"
    hers = caller(lines[lines.index(manager) + 1].strip())
    assert (hers.sub, hers.role, hers.workshop) == (
        example.MANAGER.id,
        "manager",
        example.ORG_NR,
    )
    assert sqlite


def test_its_curl_is_a_put_of_a_real_move_with_a_message(
    bookings: Bookings, sqlite: str
):
    words = curl(bookings("demo", PORT="5055").out)

    assert words[:5] == [
        *("curl", "-i", "-X", "PUT"),
        "http://localhost:5055/api/co/bookings/123",
    ]
    assert words[5:8:2] == ["-H", "-H"]
    scheme, token = words[6].removeprefix("Authorization: ").split()
    assert (scheme, caller(token).sub) == ("Bearer", "kari")
    assert words[8:10] == ["Content-Type: application/json", "-d"]
    body = json.loads(words[10])
    assert body["message"]["text"]
    first = demo_bookings(sqlite)[123]
    wanted = example.move_target(clock.now(), first.slot.start)
    shown = calendar.local(wanted, "Europe/Oslo").isoformat()
    assert body["service_start_time"] == shown


def test_a_store_with_other_data_gets_no_demo_unless_asked(
    bookings: Bookings, sqlite: str
):
    bookings(*OTHER, "--time-zone", "Europe/Oslo")

    done = bookings("demo", "--if-empty")

    assert (done.code, done.out) == (0, "")
    assert done.err == (
        "bookings: The store has other data, so no demo data was added.\n"
    )
    assert looking.last_position(sqlite) == 1
    assert bookings("demo").code == 0
    assert len(demo_bookings(sqlite)) == 5


def test_new_bookings_at_the_demos_workshop_get_other_ids(
    bookings: Bookings, sqlite: str
):
    bookings("demo")

    assert min(looking.draw_ids(sqlite, example.ORG_NR, 2)) > max(example.BOOKINGS)


@pytest.mark.parametrize(
    ("words", "code"), [(["demo"], 2), (["demo", "--if-empty"], 0)]
)
def test_postgresql_gets_no_demo_unasked(
    bookings: Bookings, postgres: str, words: list[str], code: int
):
    done = bookings(*words)

    assert (done.code, done.out) == (code, "")
    assert done.err.startswith("bookings: Demo data goes into PostgreSQL only by")
    assert looking.last_position(postgres) == 0


def test_postgresql_gets_the_demo_when_asked(bookings: Bookings, postgres: str):
    done = bookings("demo", "--yes")

    assert done.code == 0
    assert "curl" in done.out
    assert len(demo_bookings(postgres)) == 5


def test_once_123_is_cancelled_its_curl_says_something_instead(
    bookings: Bookings, sqlite: str
):
    bookings("demo")
    looking.commit(sqlite, [cancelling_123()])

    words = curl(bookings("demo").out)

    assert json.loads(words[-1]).keys() == {"message"}


def cancelling_123() -> Call:
    return owner_changes(
        example.FIRST,
        Intent(cancel=True),
        owner=example.KARI,
        at=clock.now(),
        request_id=clock.new_id(),
        new_id=clock.new_id,
    )


def test_it_says_how_to_see_what_happened(bookings: Bookings, sqlite: str):
    assert bookings("demo").out.rstrip().endswith(" replay 123")
    assert sqlite
