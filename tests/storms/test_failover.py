"""Another server takes over behind the same address, and no process is started again.

With a synchronous standby nothing acknowledged is lost. With an asynchronous one the
last of it may be, whole calls with their keys, and what is there is right.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import httpx
import psycopg

from tests import running
from tests.storms.steady import OK, OWNER, Steady
from tests.storms.storm.ways import Way
from tests.storms.torture.server import Server, own_server

FOLLOWS = b"SELECT count(*) FROM pg_stat_replication WHERE sync_state = ANY(%s)"
EVENTS = b"SELECT count(*), max(notification_id) FROM stored_events"


class Pair:
    """A primary, its standby, and the one address of both."""

    def __init__(self, primary: Server, standby: Server) -> None:
        self.primary, self.standby = primary, standby
        self.way = Way(primary.socket)
        self.url = (
            f"postgresql://postgres@127.0.0.1:{self.way.port}/postgres"
            "?sslmode=disable&gssencmode=disable"
        )

    def take_over(self) -> None:
        """Let the standby be the primary, now that nobody reaches the other."""
        self.standby.promote()
        self.way.lead(self.standby.socket)

    def wait_until_it_follows(self, *states: str) -> None:
        with psycopg.connect(self.primary.url, autocommit=True) as conn:
            while conn.execute(FOLLOWS, [list(states)]).fetchone() != (1,):
                pass


@contextmanager
def paired() -> Iterator[Pair]:
    with own_server() as primary, ExitStack() as stack:
        standby = primary.standby()
        stack.callback(standby.kill)
        pair = Pair(primary, standby)
        stack.callback(pair.way.close)
        yield pair


@contextmanager
def served(pair: Pair) -> Iterator[Steady]:
    booked = asyncio.run(running.place_one_each(pair.primary.url, [OWNER]))
    server = running.Serving(pair.url, {"BOOKINGS_CALL_SECONDS": "2"})
    try:
        server.wait_until_ready()
        yield Steady(server.url, booked[OWNER])
    finally:
        assert server.stop() == 0


def events(server: Server) -> tuple[int, int]:
    with psycopg.connect(server.url) as conn:
        found = conn.execute(EVENTS).fetchone()
    assert found is not None
    return found


def test_with_a_synchronous_standby_nothing_acknowledged_is_lost():
    with paired() as pair, served(pair) as steady:
        with psycopg.connect(pair.primary.url, autocommit=True) as conn:
            conn.execute(b"ALTER SYSTEM SET synchronous_standby_names = '*'")
            conn.execute(b"SELECT pg_reload_conf()")
        pair.wait_until_it_follows("sync")
        with steady.beside():
            for _put in range(20):
                steady.wait_until(OK)
            pair.primary.kill()
            pair.take_over()
            steady.wait_until(OK)

        assert steady.strange == []
        assert steady.lost(pair.standby.url) == []
        must_be_right(pair.standby)
        # Whoever comes back as it was finds nobody who still writes there.
        pair.primary.start()
        before = events(pair.primary)
        assert steady.put().status_code == OK
        assert events(pair.primary) == before


def test_what_an_asynchronous_standby_has_not_is_lost_whole_and_can_be_sent_again():
    with paired() as pair, served(pair) as steady:
        pair.wait_until_it_follows("async")
        kept = keyed(steady, "kept")
        assert kept().status_code == OK
        until_all_followed(pair)
        pair.standby.stop("fast")
        lost = keyed(steady, "lost")
        assert lost().json()["data"]["result"]["outcome"] == "message_appended"
        pair.primary.kill()
        pair.standby.start()
        pair.take_over()
        before = events(pair.standby)
        steady.wait_until(OK)

        # The one is there with its key, and the other is not, nor is its key.
        assert kept().json()["meta"]["idempotent_replay"] is True
        again = lost()
        assert again.status_code == OK
        assert "idempotent_replay" not in again.json()["meta"]
        # Positions go on from what is there.
        assert before[0] == before[1]
        assert events(pair.standby) == (before[0] + 2, before[1] + 2)
        must_be_right(pair.standby)


def keyed(steady: Steady, key: str) -> Callable[[], httpx.Response]:
    """Return a call that can be sent again."""
    return lambda: steady.put(text=f"It is {key}.", key=key)


def until_all_followed(pair: Pair) -> None:
    with psycopg.connect(pair.primary.url, autocommit=True) as conn:
        while conn.execute(
            b"SELECT pg_current_wal_lsn() <= replay_lsn FROM pg_stat_replication"
        ).fetchone() != (True,):
            pass


def must_be_right(server: Server) -> None:
    verified = running.bookings(server.url, "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
