"""Both recorders: under the library's own test cases, and held to our own terms."""

import itertools
import threading
import warnings
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError, OperationalError, StoredEvent

from adapters.sqlite import connection, writer
from application.failures import EpochChanged
from projections.epoch import EPOCH
from tests import stores

with warnings.catch_warnings():
    # Importing it throws all warning filters away.
    from eventsourcing.tests import persistence as library


def event(stream_id: str, version: int, state: bytes = b"{}") -> StoredEvent:
    return StoredEvent(stream_id, version, "booking.confirmed", state)


class OnOurStores:
    """What the library's cases ask of a subclass: a recorder, and text for ids."""

    url_fixture: str

    @pytest.fixture(autouse=True)
    def _store(self, request: pytest.FixtureRequest):
        self.url = request.getfixturevalue(self.url_fixture)
        self.numbers = itertools.count(1)
        stores.migrate(self.url)
        before = set(threading.enumerate())
        with ExitStack() as self.open:
            yield
            # The library's readers are told to stop and not waited for: a connection
            # that is closed under one of them takes the interpreter with it.
            for reader in set(threading.enumerate()) - before:
                if reader.name.endswith("(read_continuously)"):
                    reader.join()

    def create_recorder(self) -> Any:
        return self.open.enter_context(stores.recording(self.url))

    def new_originator_id(self) -> str:
        return f"booking-{next(self.numbers)}"


class TestTheLibrarysOwnCaseOnPostgres(
    OnOurStores, library.ApplicationRecorderTestCase
):
    url_fixture = "postgres_url"

    def test_insert_subscribe(self):
        self.optional_test_insert_subscribe()


class TestTheLibrarysOwnCaseOnSqlite(OnOurStores, library.ApplicationRecorderTestCase):
    url_fixture = "sqlite_url"

    def test_insert_subscribe(self):
        self.optional_test_insert_subscribe()


class TestNothingInterleavesOnPostgres(
    OnOurStores, library.NonInterleavingNotificationIDsBaseCase
):
    url_fixture = "postgres_url"


class TestNothingInterleavesOnSqlite(
    OnOurStores, library.NonInterleavingNotificationIDsBaseCase
):
    url_fixture = "sqlite_url"


@pytest.fixture
def recorder(store_url):
    stores.migrate(store_url)
    with stores.recording(store_url) as recorder:
        yield recorder


def test_no_events_are_no_commit(recorder):
    assert recorder.insert_events([]) is None
    assert recorder.max_notification_id() is None


def test_what_fails_leaves_no_hole(recorder):
    recorder.insert_events([event("booking-1", 1)])

    with pytest.raises(IntegrityError):
        recorder.insert_events([event("booking-2", 1), event("booking-1", 1)])

    assert recorder.insert_events([event("booking-2", 1)]) == [2]


def test_many_streams_are_read_at_once_and_whole(recorder):
    recorder.insert_events([event("booking-1", 1), event("booking-2", 1, b"[]")])
    recorder.insert_events([event("booking-1", 2)])

    assert recorder.select_many(["booking-1", "booking-2", "booking-3"]) == {
        "booking-1": [event("booking-1", 1), event("booking-1", 2)],
        "booking-2": [event("booking-2", 1, b"[]")],
    }


def test_a_stream_is_read_between_bounds_and_backwards(recorder):
    recorder.insert_events([event("booking-1", version) for version in range(1, 6)])

    found = recorder.select_events("booking-1", gt=1, lte=4, desc=True, limit=2)

    assert [stored.originator_version for stored in found] == [4, 3]


def test_bytes_come_back_as_they_went_in(recorder):
    state = bytes(range(256)) * 40

    recorder.insert_events([event("booking-1", 1, state)])

    assert recorder.select_events("booking-1")[0].state == state
    assert recorder.select_notifications(1, 1)[0].state == state


def test_another_epoch_refuses_to_write_and_leaves_nothing(store_url):
    stores.migrate(store_url)
    with stores.recording(store_url, epoch=EPOCH + 1) as recorder:
        with pytest.raises(EpochChanged):
            recorder.insert_events([event("booking-1", 1)])

        assert recorder.max_notification_id() is None


def test_a_missing_head_row_is_no_lock_and_no_write(store_url):
    stores.migrate(store_url)
    stores.execute(store_url, "DELETE FROM log_head")
    with stores.recording(store_url) as recorder, pytest.raises(EpochChanged):
        recorder.insert_events([event("booking-1", 1)])


def test_a_subscription_gets_what_comes_later_and_stops_while_it_waits(recorder):
    subscription = recorder.subscribe(gt=1, topics=["booking.confirmed"])
    seen: list[int] = []
    thread = threading.Thread(target=lambda: seen.extend(n.id for n in subscription))
    thread.start()

    recorder.insert_events([event("booking-1", version) for version in (1, 2, 3)])
    while len(seen) < 2:
        thread.join(0.01)
    subscription.stop()
    thread.join()

    assert seen == [2, 3]


def test_a_vacuum_leaves_sqlites_positions_as_they_are(sqlite_url):
    stores.migrate(sqlite_url)
    with stores.recording(sqlite_url) as recorder:
        for version in range(1, 50):
            recorder.insert_events([event(f"booking-{50 - version}", version)])
        before = recorder.select_notifications(None, 100)

        stores.execute(sqlite_url, "VACUUM")

        assert recorder.select_notifications(None, 100) == before


def test_sqlites_busy_begin_is_the_librarys_error(sqlite_url, monkeypatch):
    monkeypatch.setattr(connection, "BUSY_TIMEOUT", 0)
    stores.migrate(sqlite_url)
    other = connection.connect(stores.sqlite_path(sqlite_url))
    other.execute("BEGIN IMMEDIATE")
    try:
        with (
            stores.recording(sqlite_url) as recorder,
            pytest.raises(OperationalError, match="locked"),
        ):
            recorder.insert_events([event("booking-1", 1)])
    finally:
        other.close()


def test_sqlites_writers_wait_for_their_turn(sqlite_url):
    stores.migrate(sqlite_url)
    with stores.recording(sqlite_url) as recorder:
        write = threading.Thread(
            target=recorder.insert_events, args=([event("booking-1", 1)],)
        )
        with writer.turn(stores.sqlite_path(sqlite_url)):
            write.start()
            write.join(0.05)
            assert recorder.max_notification_id() is None
        write.join()

        assert recorder.max_notification_id() == 1


def test_the_search_path_chooses_the_log(postgres_url):
    with psycopg.connect(postgres_url) as conn:
        conn.execute("CREATE SCHEMA cell_7")
    cell = stores.in_schema(postgres_url, "cell_7")
    stores.migrate(postgres_url)
    stores.migrate(cell)

    with stores.recording(cell) as recorder:
        recorder.insert_events([event("booking-1", 1)])

        assert recorder.max_notification_id() == 1
    with stores.recording(postgres_url) as recorder:
        assert recorder.max_notification_id() is None
