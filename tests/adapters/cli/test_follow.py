"""`bookings replay --follow` tells each event once and in order, whatever goes away."""

import json
import secrets
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import sql

from adapters import clock
from application import demo
from application.calls import Call
from domain import commands
from domain.identity import Actor, Role
from domain.personal import Words
from tests import running, servers, stores
from tests.adapters.cli import looking
from tests.adapters.cli.conftest import Bookings
from tests.adapters.cli.test_failures import OTHER_KEY, one_line
from tests.programs import BOOKINGS

KARI = Actor(role=Role.OWNER, id="kari")
NOWHERE = "redis://127.0.0.1:1"


class Follower:
    """A process that follows; what it tells is read line by line."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def told(self, count: int) -> list[dict[str, Any]]:
        return [json.loads(self.line()) for _event in range(count)]

    def line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, self._process.communicate()
        return line

    def said(self) -> str:
        """Return the next line on stderr."""
        assert self._process.stderr is not None
        return self._process.stderr.readline().rstrip()

    def leave(self) -> None:
        """Read no more, as `head` does."""
        assert self._process.stdout is not None
        self._process.stdout.close()

    def exit_code(self) -> int:
        """Return what it ended with, by itself."""
        return self._process.wait(60)

    def end(self, number: signal.Signals = signal.SIGINT) -> tuple[int, str, str]:
        """Send a signal; return exit code, and what was still told and said."""
        self._process.send_signal(number)
        out, err = self._process.communicate(timeout=60)
        return self._process.returncode, out, err


@contextmanager
def following(
    url: str, *words: str, more: Mapping[str, str] | None = None
) -> Iterator[Follower]:
    with subprocess.Popen(
        [BOOKINGS, "replay", "--follow", *words],
        env=running.environment(url) | dict(more or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Follower(process)
        finally:
            process.kill()


def with_demo(bookings: Bookings, url: str) -> str:
    """Return a store with 12 positions, 4 of them of booking 123."""
    assert bookings("demo", "--yes").code == 0
    assert looking.last_position(url) == 12
    return url


@pytest.fixture
def url(bookings: Bookings, migrated: str) -> str:
    """Return a store of each kind, with the demo."""
    return with_demo(bookings, migrated)


@pytest.fixture
def on_sqlite(bookings: Bookings, sqlite: str) -> str:
    """Return a store with the demo, where it does not matter of which kind."""
    return with_demo(bookings, sqlite)


def says(text: str, booking_id: int = 123) -> Call:
    wish = commands.AppendMessage(
        at=clock.now(), by=KARI, message_id=clock.new_id(), personal=Words(text=text)
    )
    return Call(
        command_id=clock.new_id(),
        request_id=clock.new_id(),
        at=wish.at,
        actor=KARI,
        booking_id=booking_id,
        wishes=(wish,),
    )


def test_the_whole_log_is_told_and_then_what_comes(url: str):
    with following(url, "--json") as follower:
        history = follower.told(12)
        looking.commit(url, [says("One."), says("Two.")])
        came = follower.told(2)

        assert follower.end() == (130, "", "")
    assert [one["position"] for one in history + came] == list(range(1, 15))
    added, placed = history[0], history[1]
    assert added["stream"] == f"workshop-{demo.ORG_NR}"
    assert added["event"] == "workshop.added"
    assert added["changes"][0] == {"field": "name", "from": None, "to": demo.NAME}
    assert added["state"] is None
    assert placed["event"] == "booking.placed"
    assert placed["actor"] == {"role": "owner", "id": "kari"}
    assert [one["changes"][0]["to"]["text"] for one in came] == ["One.", "Two."]
    assert {one["stream"] for one in came} == {"booking-123"}
    assert all(one["fault"] is None for one in history + came)


def test_one_booking_is_told_as_replay_tells_it(bookings: Bookings, url: str):
    done = bookings("replay", "123", "--json")
    with following(url, "123", "--json") as follower:
        told = follower.told(4)
        looking.commit(url, [says("Elsewhere.", demo.SOON), says("Here.")])
        told += follower.told(1)

        assert follower.end(signal.SIGTERM)[0] == -signal.SIGTERM
    known = [json.loads(line) for line in done.out.splitlines()]
    for one, step in zip(told, known, strict=False):
        assert one.pop("stream") == "booking-123"
        assert one.pop("fault") is None
        assert one == step
    assert told[-1]["changes"][0]["to"]["text"] == "Here."
    assert told[-1]["version"] == 5


def test_it_begins_at_a_position(url: str):
    with following(url, "--from", "12", "--json") as follower:
        assert [one["position"] for one in follower.told(1)] == [12]
    with following(url, "123", "--from", "14", "--json") as follower:
        looking.commit(url, [says("13."), says("14.")])
        assert [one["position"] for one in follower.told(1)] == [14]


def test_people_get_a_few_lines_for_each_event(on_sqlite: str):
    stores.execute(
        on_sqlite,
        "UPDATE stored_events SET topic = 'booking.cancelled' "
        "WHERE originator_id = 'booking-123' AND originator_version = 4",
    )
    with following(on_sqlite, "123") as follower:
        lines = [follower.line().rstrip()]
        while "cannot be shown: " not in lines[-1]:
            lines.append(follower.line().rstrip())

        assert follower.end() == (130, "", "")
    assert lines[0].startswith("booking.placed: booking-123, version 1, position ")
    assert ", owner kari, " in lines[1]
    assert "  status: PENDING → CONFIRMED" in lines
    assert lines[-1].startswith("  cannot be shown: booking-123, version 4 ")


def test_a_store_that_goes_away_is_waited_for(postgres: str, bookings: Bookings):
    assert bookings("demo", "--yes").code == 0
    name = sql.Identifier(servers.database_name(postgres))
    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with (
        psycopg.connect(
            servers.on_database(postgres, "postgres"), autocommit=True
        ) as admin,
        following(postgres, "--json") as follower,
    ):
        told = follower.told(12)
        for text in ("One.", "Two."):
            admin.execute(allow.format(name, sql.Literal(False)))
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = %s",
                [servers.database_name(postgres)],
            )
            assert "The store cannot be reached: " in follower.said()
            admin.execute(allow.format(name, sql.Literal(True)))
            assert follower.said() == "bookings: The store is back."
            looking.commit(postgres, [says(text)])
            told += follower.told(1)

        assert follower.end() == (130, "", "")
    assert [one["position"] for one in told] == list(range(1, 15))


def test_hints_are_heard_and_not_needed(on_sqlite: str, redis_url: str):
    hinted = {
        "REDIS_URL": redis_url,
        "BOOKINGS_REDIS_PREFIX": f"test-{secrets.token_hex(6)}",
    }
    for more in (hinted, {"REDIS_URL": NOWHERE}):
        last = looking.last_position(on_sqlite)
        with following(on_sqlite, "--from", str(last), "--json", more=more) as follower:
            follower.told(1)
            looking.commit(on_sqlite, [says("Told by nobody.")])

            assert follower.told(1)[0]["position"] == last + 1


def test_whoever_has_seen_enough_may_go(on_sqlite: str):
    with following(on_sqlite, "--json") as follower:
        follower.told(12)
        follower.leave()

        # Also when nothing comes that could be told to nobody.
        assert follower.exit_code() == 0


@pytest.mark.usefixtures("sqlite")
@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["999", "--follow"], "There is no booking 999."),
        (["--follow", "--as-of", "1"], "--as-of is about the past"),
        (["--follow", "--from", "0"], 'Invalid value "0" for --from'),
        (["123", "--from", "3"], "--from is for --follow"),
    ],
)
def test_what_cannot_be_followed_is_one_line(
    bookings: Bookings, words: list[str], line: str
):
    assert line in one_line(bookings("replay", *words), 2)


@pytest.mark.usefixtures("on_sqlite")
def test_another_master_key_is_one_line(bookings: Bookings):
    done = bookings("replay", "--follow", BOOKINGS_MASTER_KEY=OTHER_KEY)

    assert one_line(done, 2).startswith("BOOKINGS_MASTER_KEY is not the key")


def test_a_store_that_never_was_there_is_not_waited_for(bookings: Bookings):
    url = "postgresql://127.0.0.1:1/bookings"
    done = bookings("replay", "--follow", DATABASE_URL=url)

    assert "cannot be reached" in one_line(done, 3)
