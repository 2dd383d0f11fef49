"""Commits whose answer is lost: what became of them is known before anyone is told."""

import asyncio
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.postgres.store import PostgresStore
from application.answers import Answered
from application.calls import UploadCall
from application.committing import commit
from application.failures import OutcomeUnknown, Unavailable
from application.stored import KeyId, Upload, UploadStatus
from application.verify import verify
from domain.structs import replace
from tests import stores, stories
from tests.cuts import Way, When
from tests.examples import BOOKING_ID, CALL, FRIDAY, LATE, NEXT_MONDAY, OWNER, uuid
from tests.stories import CANCELLED_ID, VAULT

NEW_ID = BOOKING_ID + 9 * 1024
WRITES, LOADS, ASKS = b"insert_events", b"load_bookings", b"find_event"
LOST = pytest.mark.parametrize("when", [When.BEFORE, When.AMID, When.AFTER])
WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
HANG_UP = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
ANNOUNCED = Upload(
    id=uuid(904),
    booking_id=BOOKING_ID,
    owner=OWNER.id,
    name=None,
    size=8,
    sha256=None,
    content_type=None,
    stored_sha256=None,
    status=UploadStatus.CREATED,
    message_id=None,
    created_at=LATE,
)


@pytest.fixture
def url(told_on_postgres):
    return told_on_postgres


@pytest.fixture
def way(url):
    with Way(url) as way:
        yield way


@asynccontextmanager
async def storing(url, **limits):
    store = PostgresStore(url, **limits)
    try:
        yield store
    finally:
        await store.close()


def committed(way, *batch, patience=60.0, **limits) -> list[Any]:
    async def all_at_once():
        async with storing(way.url, **limits) as store:
            return list(await commit(store, VAULT, batch, patience=patience))

    outcomes: list[Any] = asyncio.run(all_at_once())
    assert way.is_cut
    return outcomes


def say(number, key=None):
    wish = stories.message("Hello.", at=LATE, number=number)
    said = stories.call(BOOKING_ID, OWNER, wish)
    return replace(said, key=key, command_id=uuid(number))


def key(scope, word="once"):
    return KeyId(caller=OWNER.id, scope=scope, key=word)


def sound(url, messages):
    """Say whether so many messages more are there, each once, and all fits together."""
    with stores.recording(url) as recorder:
        last = recorder.max_notification_id()
    with stores.snapshot(url) as snapshot:
        is_sound = verify(snapshot).is_sound
    return is_sound and last == stories.EVENTS + messages


def blocked(url, count):
    """Say whether so many wait for what others have locked."""
    with psycopg.connect(url) as conn:
        ((found,),) = conn.execute(WAITING).fetchall()
    return found >= count


@LOST
def test_each_is_answered_once_and_happened_once(url, way, when):
    way.cut(WRITES, when)

    outcomes = committed(way, say(900), say(901, key(f"booking-{BOOKING_ID}")))

    assert all(isinstance(outcome, Answered) for outcome in outcomes)
    told = [(outcome.position, outcome.is_replay) for outcome in outcomes]
    assert told == [(stories.EVENTS + 1, False), (stories.EVENTS + 2, False)]
    assert sound(url, 2)


@LOST
def test_under_the_head_row_too(url, way, when):
    place = stories.place(NEW_ID, NEXT_MONDAY)
    way.cut(WRITES, when)

    placed, said = committed(way, place, say(902))

    assert (placed.answer.status, placed.position) == (201, stories.EVENTS + 1)
    assert said.position == stories.EVENTS + 2
    assert sound(url, 2)


@LOST
def test_a_refusal_is_known_by_what_is_kept_of_it(url, way, when):
    wish = stories.move(CANCELLED_ID, FRIDAY, at=LATE, number=50)
    way.cut(b"insert_answers", when)

    (refused,) = committed(way, replace(wish, key=key(f"booking-{CANCELLED_ID}")))

    assert refused.answer.status == 409
    assert not refused.is_replay
    assert stories.rows(url, "SELECT count(*) FROM idempotency") == [(1,)]


@LOST
def test_what_leaves_neither_event_nor_answer_is_done_again(url, way, when):
    announced = UploadCall(
        command_id=uuid(903),
        request_id=CALL,
        at=LATE,
        actor=OWNER,
        booking_id=BOOKING_ID,
        owner=OWNER.id,
        upload=ANNOUNCED,
        is_new=True,
    )
    way.cut(b"insert_uploads", when)

    (answered,) = committed(way, announced)

    assert answered.answer.status == 201
    assert stories.rows(url, "SELECT count(*) FROM upload") == [(1,)]


def test_a_load_that_is_lost_is_done_again(url, way):
    way.cut(LOADS, When.AFTER)

    (answered,) = committed(way, say(905))

    assert answered.position == stories.EVENTS + 1
    assert sound(url, 1)


@pytest.mark.parametrize("stage", [LOADS, WRITES, ASKS])
def test_a_server_that_says_nothing_more_is_left(url, way, stage):
    if stage == ASKS:
        way.cut(WRITES, When.AFTER)
    way.cut(stage, When.NEVER)

    (answered,) = committed(way, say(906), seconds=0.5)

    assert answered.position == stories.EVENTS + 1
    assert sound(url, 1)


@LOST
def test_whoever_asks_may_be_cut_off_as_well(url, way, when):
    way.cut(WRITES, when)
    way.cut(ASKS, When.BEFORE)
    way.cut(ASKS, When.AFTER)

    (answered,) = committed(way, say(907))

    assert answered.position == stories.EVENTS + 1
    assert sound(url, 1)


@pytest.mark.parametrize(
    ("when", "messages"), [(When.BEFORE, 0), (When.AFTER, 1)], ids=["not", "written"]
)
def test_what_nobody_can_tell_in_time_is_said_to_be_unknown(url, way, when, messages):
    way.cut(WRITES, when, shut=True)

    outcomes = committed(way, say(908), patience=0.3)

    assert [type(outcome) for outcome in outcomes] == [OutcomeUnknown]
    assert sound(url, messages)


def test_what_is_lost_twice_has_not_happened(url, way):
    way.cut(WRITES, When.BEFORE)
    way.cut(WRITES, When.BEFORE)

    (outcome,) = committed(way, say(909))

    assert isinstance(outcome, Unavailable)
    assert not isinstance(outcome, OutcomeUnknown)
    assert sound(url, 0)


def test_what_is_lost_and_then_committed_unheard_is_answered(url, way):
    way.cut(WRITES, When.BEFORE)
    way.cut(WRITES, When.AFTER)

    (answered,) = committed(way, say(910))

    assert answered.position == stories.EVENTS + 1
    assert sound(url, 1)


def test_a_commit_that_goes_on_unseen_is_waited_for(url, way):
    async def cut_off_while_it_waits() -> Any:
        async with storing(way.url) as store:
            with psycopg.connect(url) as conn:
                conn.execute("SELECT FROM log_head FOR UPDATE")
                way.cut(WRITES, When.AMID)
                task = asyncio.create_task(
                    commit(store, VAULT, [say(911)], patience=60.0)
                )
                # The transaction that nobody hears of, and behind it who asks for it.
                while not await asyncio.to_thread(blocked, url, 2):
                    pass
            return await task

    (answered,) = asyncio.run(cut_off_while_it_waits())

    assert answered.position == stories.EVENTS + 1
    assert sound(url, 1)


@pytest.mark.parametrize("locked", [False, True])
def test_a_backend_that_is_ended_while_it_waits_for_the_head_row(url, locked):
    batch = [stories.place(NEW_ID, NEXT_MONDAY), say(912)] if locked else [say(912)]

    async def ended() -> Any:
        async with storing(url) as store:
            with psycopg.connect(url) as conn:
                conn.execute("SELECT FROM log_head FOR UPDATE")
                task = asyncio.create_task(commit(store, VAULT, batch, patience=60.0))
                while not await asyncio.to_thread(blocked, url, 1):
                    pass
                await asyncio.to_thread(stores.execute, url, HANG_UP)
            return await task

    outcomes = asyncio.run(ended())

    positions = [outcome.position for outcome in outcomes]
    assert positions == [stories.EVENTS + 1 + index for index in range(len(batch))]
    assert sound(url, len(batch))


def test_a_server_that_takes_no_writes_is_no_store(url):
    name = conninfo_to_dict(url)["dbname"]
    stores.execute(url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")

    async def try_it():
        async with storing(url) as store:
            return await commit(store, VAULT, [say(913)])

    (outcome,) = asyncio.run(try_it())

    assert isinstance(outcome, Unavailable)


def test_a_connection_to_what_takes_no_writes_any_more_is_not_kept(url):
    """As to a primary that has become a standby: its address leads elsewhere by now."""
    read_only = {"options": "-c default_transaction_read_only=on"}
    there = make_conninfo(url, target_session_attrs="any", **read_only)
    ours = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'bookings'"
    here = f"{ours} AND datname = current_database()"

    async def try_it():
        async with storing(there) as store:
            outcomes = await commit(store, VAULT, [say(914)])
            while stories.rows(url, here) != [(0,)]:
                pass
            return outcomes

    (outcome,) = asyncio.run(try_it())

    assert isinstance(outcome, Unavailable)
