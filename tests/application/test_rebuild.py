"""A rebuild changes nothing that anybody reads; it mends rows, and never launders."""

# ruff: noqa: S608 - what a person does by hand is SQL in a string

import asyncio
import threading
from typing import Any

import psycopg
import pytest

from adapters import read_models
from adapters.errors import StoreBusy, StoreNewer
from adapters.postgres import audit as postgres_audit
from adapters.postgres import shadow as postgres_shadow
from adapters.sqlite import shadow as sqlite_shadow
from application.answers import Answered
from application.codec import StoredEvent
from application.committer import commit
from application.failures import EpochChanged
from application.rebuild import FEW, ROUNDS, Differs, NoTurn, rebuild
from application.streams import Broken
from application.verify import verify
from domain import commands
from domain.policy import OpenLimit
from domain.structs import replace
from projections.epoch import EPOCH
from tests import stores, stories
from tests.examples import (
    BOOKING_ID,
    DAY,
    FRIDAY,
    HOUR,
    MANAGER,
    MONDAY,
    OPERATOR,
    ORG_NR,
    OTHER_BOOKING_ID,
    OWNER,
    PLACED,
    POLICY,
    SAID_HELLO,
    SATURDAY,
    THURSDAY,
    WEDNESDAY,
    slot,
    uuid,
)
from tests.stories import CANCELLED_ID, EVENTS, PENDING_ID

CANCELLED = f"booking-{CANCELLED_ID}"
CATALOGUE = (
    """SELECT tablename, indexname, indexdef FROM pg_indexes
    WHERE tablename IN ({})""",
    """SELECT table_name, ordinal_position, column_name, data_type, is_nullable
    FROM information_schema.columns WHERE table_name IN ({})""",
    """SELECT conrelid::regclass, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE conrelid::regclass::text IN ({})""",
    """SELECT relname, reloptions, relacl FROM pg_class WHERE relname IN ({})""",
)
DELETE_EVENT = """DELETE FROM stored_events
WHERE originator_id = '{}' AND originator_version = {}"""
DELETE_STREAM = "DELETE FROM stored_events WHERE originator_id = '{}'"
AHEAD = """{}: the log ends at version {}, its row at {}: \
events are missing, or the row was changed by hand. Nothing was swapped."""
OTHER_END = """{}: its chain ends otherwise than its row says: \
version {} was changed by hand, or the row was. Nothing was swapped."""
NO_EVENT = "{} has a row, but the log has no event of it. Nothing was swapped."


@pytest.fixture
def anyio_backend():
    return "asyncio"


def rebuilt(url, **options):
    with stores.shadow(url) as shadow:
        return rebuild(shadow, **options)


def is_sound(url):
    with stores.snapshot(url) as snapshot:
        return verify(snapshot).is_sound


def schema(url):
    """Return all that the store's catalogue says of the read models."""
    names = ", ".join(f"'{name}'" for name in stories.TABLES)
    if not stores.is_sqlite(url):
        return [stories.rows(url, query.format(names)) for query in CATALOGUE]
    indexes = f"SELECT name, sql FROM sqlite_schema WHERE tbl_name IN ({names})"
    columns = [f"SELECT * FROM pragma_table_info('{n}')" for n in stories.TABLES]
    # SQLite puts a name into quotes when it renames a table.
    made_by = [(n, str(sql).replace('"', "")) for n, sql in stories.rows(url, indexes)]
    return made_by, [stories.rows(url, query) for query in columns]


def test_nobody_sees_that_all_was_folded_afresh(told):
    rows, data = stories.tables(told), asyncio.run(stories.shown(told))

    found = rebuilt(told)

    assert stories.tables(told) == rows
    assert asyncio.run(stories.shown(told)) == data
    assert len(data) == len(stories.BOOKINGS)
    assert (found.events, found.streams) == (EVENTS, 5)
    assert (found.position, found.caught_up) == (EVENTS, 0)


@pytest.mark.parametrize("size", [1, 3, EVENTS])
def test_the_size_of_batches_makes_no_difference(told, monkeypatch, size):
    monkeypatch.setattr(read_models, "BATCH", size)
    before = stories.tables(told)

    found = rebuilt(told)

    assert (found.events, found.streams) == (EVENTS, 5)
    assert stories.tables(told) == before
    assert is_sound(told)


def test_the_new_tables_are_made_like_the_old_ones_each_time(told):
    before = schema(told)

    for _time in range(3):
        rebuilt(told)

        assert schema(told) == before


def test_grants_go_with_the_names(told_on_postgres):
    url = told_on_postgres
    stores.execute(url, "GRANT SELECT ON booking, slot TO PUBLIC")
    stores.execute(url, "GRANT SELECT ON booking TO pg_monitor WITH GRANT OPTION")
    before = schema(url)

    rebuilt(url)

    assert schema(url) == before


def test_the_old_tables_are_kept_until_the_next_rebuild(told):
    before = stories.tables(told)
    rebuilt(told)
    stores.execute(told, "UPDATE booking SET revision = 99")

    assert stories.tables(told, "_old") == before
    rebuilt(told)
    assert stories.tables(told) == before
    assert stories.tables(told, "_old") != before


def test_an_empty_store_can_be_rebuilt(store_url):
    stores.migrate(store_url)

    assert rebuilt(store_url).events == 0


def test_progress_is_told_in_events(told):
    seen = []

    rebuilt(told, progress=lambda done, of: seen.append((done, of)))

    assert seen[-1] == (EVENTS, EVENTS)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE booking SET owner = 'x', revision = 99, position = 1",
        f"UPDATE booking SET state = 'x' WHERE id = {BOOKING_ID}",
        f"DELETE FROM booking WHERE id = {BOOKING_ID}",
        "UPDATE workshop SET longest_hold = 1",
        "DELETE FROM slot",
        f"UPDATE slot SET booking_id = 5 WHERE booking_id = {PENDING_ID}",
        "UPDATE message SET author = 'x'",
        f"UPDATE message SET booking_id = 5 WHERE booking_id = {BOOKING_ID}",
        "DELETE FROM change_request WHERE status = 'SUPERSEDED'",
    ],
)
def test_rows_changed_by_hand_are_mended(told, change):
    before = stories.tables(told)
    stores.execute(told, change)
    assert not is_sound(told)

    rebuilt(told)

    assert stories.tables(told) == before
    assert is_sound(told)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (
            DELETE_EVENT.format(CANCELLED, 2),
            Differs,
            AHEAD.format(CANCELLED, 1, 2),
        ),
        (
            DELETE_EVENT.format("booking-123", 2),
            Broken,
            "booking-123, version 3 (position 5): version 2 is missing before it.",
        ),
        (
            DELETE_STREAM.format(CANCELLED),
            Differs,
            NO_EVENT.format(f"booking {CANCELLED_ID}"),
        ),
        (
            DELETE_STREAM.format(f"workshop-{ORG_NR}"),
            Differs,
            NO_EVENT.format(f"workshop {ORG_NR}"),
        ),
        (
            f"UPDATE booking SET chain = state WHERE id = {OTHER_BOOKING_ID}",
            Differs,
            OTHER_END.format(f"booking-{OTHER_BOOKING_ID}", 1),
        ),
        (
            f"UPDATE workshop SET version = 3 WHERE org_nr = {ORG_NR}",
            Differs,
            AHEAD.format(f"workshop-{ORG_NR}", 2, 3),
        ),
    ],
)
def test_a_log_that_the_rows_were_not_made_of_is_refused(told, change, error, words):
    stores.execute(told, change)
    before = stories.tables(told)

    with pytest.raises(error) as raised:
        rebuilt(told)

    assert str(raised.value) == words
    assert stories.tables(told) == before


def test_a_changed_last_event_is_refused(told):
    stories.rewrite(told, CANCELLED, 2, b'"role":"owner"', b'"role":"staff"')
    before = stories.tables(told)

    with pytest.raises(Differs) as raised:
        rebuilt(told)

    assert str(raised.value) == OTHER_END.format(CANCELLED, 2)
    assert stories.tables(told) == before


def alter(url, change):
    """Change the events of a booking."""
    change, _where, which = change.partition(" WHERE ")
    stores.execute(
        url,
        f"UPDATE stored_events SET {change} "
        f"WHERE originator_id = '{CANCELLED}' AND {which or 'originator_version > 0'}",
    )


def forget(url, booking_id):
    """Delete all rows of a booking."""
    for table, column in (
        ("booking", "id"),
        ("message", "booking_id"),
        ("slot", "booking_id"),
        ("change_request", "booking_id"),
    ):
        stores.execute(url, f"DELETE FROM {table} WHERE {column} = {booking_id}")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("state = 'x'", "version 1 (position 10): it cannot be read: "),
        ("state = NULL", "version 1 (position 10): it cannot be read: "),
        ("topic = NULL", "version 1 (position 10): its topic is "),
        (
            "state = NULL WHERE originator_version = 2",
            "version 2 (position 11): it cannot be read: ",
        ),
        (
            "originator_version = 3 WHERE originator_version = 2",
            "version 3 (position 11): version 2 is missing before it.",
        ),
    ],
)
def test_a_stream_that_does_not_hold_is_named(told, change, words):
    forget(told, CANCELLED_ID)
    alter(told, change)
    before = stories.tables(told)

    with pytest.raises(Broken) as raised:
        rebuilt(told)

    assert str(raised.value).startswith(f"{CANCELLED}, {words}")
    assert stories.tables(told) == before


def test_a_changed_event_in_the_middle_is_refused(told):
    stories.rewrite(told, "booking-123", 3, b'"bay":1', b'"bay":2')

    with pytest.raises(Broken, match="does not follow from version 3"):
        rebuilt(told)


def happen_behind_our_back(url, stream_id, *happened):
    """Append events, and nothing else that belongs to them."""
    with stores.recording(url) as recorder:
        recorder.insert_events(
            [
                StoredEvent(stream_id, one.version, one.topic, one.state)
                for one in stories.written(stream_id, *happened)
            ]
        )


def test_bookings_that_cannot_both_be_are_refused(told_on_postgres):
    taken = replace(PLACED, booking_id=5, slot=slot(SATURDAY))
    happen_behind_our_back(told_on_postgres, "booking-5", taken)
    before = stories.tables(told_on_postgres)

    with pytest.raises(Differs, match="contradict one another: Key "):
        rebuilt(told_on_postgres)

    assert stories.tables(told_on_postgres) == before


def test_a_message_that_is_there_twice_is_refused(told):
    placed = replace(PLACED, booking_id=5, slot=slot(SATURDAY + 2 * HOUR))
    said = replace(SAID_HELLO, message_id=uuid(301))
    happen_behind_our_back(told, "booking-5", placed, said)
    before = stories.tables(told)

    with pytest.raises(Differs, match="The events contradict one another: "):
        rebuilt(told)

    assert stories.tables(told) == before


def test_an_unknown_tag_is_named(told):
    stories.rewrite(told, "booking-123", 2, b"booking.confirmed", b"booking.blessed")

    with pytest.raises(Broken, match="does not know the tag booking"):
        rebuilt(told)


def test_one_rebuild_waits_for_another_and_verify_for_both(told):
    done = []
    waiting = threading.Thread(target=lambda: done.append(rebuilt(told)))

    with stores.shadow(told) as shadow:
        waiting.start()
        rebuild(shadow)
        assert done == []
    waiting.join()

    assert is_sound(told)
    assert done[0].events == EVENTS


IMPATIENT = {"wait": "SET lock_timeout = '50ms'"}


@pytest.fixture
def impatient(monkeypatch):
    """Let nobody wait a whole minute for a rebuild."""
    monkeypatch.setattr(sqlite_shadow, "PATIENCE", 0.05)
    for module in (postgres_shadow, postgres_audit):
        monkeypatch.setattr(module, "TEMPLATES", {**module.TEMPLATES, **IMPATIENT})
    statements = {**postgres_audit.STATEMENTS, "wait": IMPATIENT["wait"].encode()}
    monkeypatch.setattr(postgres_audit, "STATEMENTS", statements)


@pytest.mark.usefixtures("impatient")
def test_who_waits_too_long_for_a_rebuild_is_told_so(told):
    with stores.shadow(told), pytest.raises(StoreBusy, match="try again") as raised:
        rebuilt(told)

    assert raised.value.exit_code == 3
    assert rebuilt(told).events == EVENTS


@pytest.mark.usefixtures("impatient")
def test_who_waits_too_long_to_verify_is_told_so(told_on_postgres):
    with stores.shadow(told_on_postgres), pytest.raises(StoreBusy):
        is_sound(told_on_postgres)

    assert is_sound(told_on_postgres)


def test_a_migration_waits_for_a_rebuild(told_on_postgres):
    migrated = []
    waiting = threading.Thread(
        target=lambda: migrated.append(stores.migrate(told_on_postgres))
    )

    with stores.shadow(told_on_postgres) as shadow:
        waiting.start()
        rebuild(shadow)
        assert migrated == []
    waiting.join()

    assert migrated == [[]]


def test_a_store_that_was_migrated_meanwhile_is_not_swapped(told_on_sqlite):
    before = stories.tables(told_on_sqlite)

    def migrate(_done, _of):
        stores.execute(
            told_on_sqlite,
            "INSERT INTO _yoyo_migration (migration_hash, migration_id) "
            "VALUES ('x', '9999-newer.after')",
        )

    with pytest.raises(StoreNewer):
        rebuilt(told_on_sqlite, progress=migrate)

    assert stories.tables(told_on_sqlite) == before


def test_another_epoch_is_refused(told):
    before = stories.tables(told)
    stores.execute(told, "UPDATE log_head SET epoch = epoch + 1")

    with pytest.raises(EpochChanged):
        rebuilt(told)

    assert stories.tables(told) == before


def test_read_models_of_an_earlier_epoch_are_taken_over(told):
    before = stories.tables(told)
    stores.execute(told, "UPDATE log_head SET epoch = epoch - 1")

    assert rebuilt(told).streams > 0

    assert stories.tables(told) == before
    assert is_sound(told)
    assert stories.rows(told, "SELECT epoch FROM log_head") == [(EPOCH,)]


@pytest.mark.anyio
async def test_connections_that_stay_open_go_on_with_the_new_tables(told):
    async with stores.storing(told) as store, stores.reading(told) as reader:
        for number, hours in enumerate((2, 3, 4), start=50):
            before = await reader.booking(PENDING_ID)
            assert before is not None
            await asyncio.to_thread(rebuilt, told)

            moved = commands.Reschedule(
                at=MONDAY + DAY,
                by=MANAGER,
                start=FRIDAY + hours * HOUR,
                change_request_id=uuid(number),
            )
            await stories.happen(store, stories.call(PENDING_ID, MANAGER, moved))

            after = await reader.booking(PENDING_ID)
            assert after is not None
            assert after.stored.booking.slot.start == FRIDAY + hours * HOUR
            assert after.stored.head.version == before.stored.head.version + 1
    assert is_sound(told)


def test_who_holds_a_table_for_long_keeps_it(told_on_postgres):
    before = stories.tables(told_on_postgres)
    with psycopg.connect(told_on_postgres) as holder:
        holder.execute("SELECT FROM message")

        with pytest.raises(NoTurn, match="in 2 tries"):
            rebuilt(told_on_postgres, tries=2)

    assert stories.tables(told_on_postgres) == before
    assert is_sound(told_on_postgres)


def test_who_holds_the_head_row_for_long_keeps_it(told_on_postgres):
    with psycopg.connect(told_on_postgres) as holder:
        holder.execute("SELECT FROM log_head FOR UPDATE")

        with pytest.raises(NoTurn):
            rebuilt(told_on_postgres, tries=1)

    assert is_sound(told_on_postgres)


def test_a_table_that_comes_free_is_swapped_at_a_later_try(
    told_on_postgres, monkeypatch
):
    holder = psycopg.connect(told_on_postgres)
    holder.execute("SELECT FROM message")
    with stores.shadow(told_on_postgres) as shadow:
        monkeypatch.setattr(shadow, "pause", lambda _attempt: holder.close())

        found = rebuild(shadow)

    assert found.tries > 1
    assert is_sound(told_on_postgres)


@pytest.fixture(params=["sqlite", "postgres"])
def crowded(request):
    """Return the URL of a store with more bookings than one look can catch up with."""
    url = request.getfixturevalue(f"{request.param}_url")
    crowd = replace(POLICY.rules, open_bookings=OpenLimit(limit=len(NUMBERS)))
    policy = replace(POLICY, bays=100, rules=crowd)
    added = commands.AddWorkshop(
        at=MONDAY, by=OPERATOR, org_nr=ORG_NR, name="Verksted", policy=policy
    )
    stories.told(url, [stories.workshop(added)])
    all_at_once(url, [stories.place(n, CROWD[n % len(CROWD)]) for n in NUMBERS])
    return url


NUMBERS = range(1, 301)
CROWD = [WEDNESDAY, THURSDAY, FRIDAY]


def all_at_once(url, calls):
    async def commit_all():
        async with stores.storing(url) as store:
            return await commit(store, stories.VAULT, calls)

    outcomes = asyncio.run(commit_all())
    assert all(isinstance(one, Answered) and one.answer.result for one in outcomes)


def everybody_talks(url, numbers, first):
    """Let each of these bookings have another message."""
    all_at_once(
        url,
        [
            stories.call(
                n, OWNER, stories.message("Hello.", at=MONDAY, number=first + n)
            )
            for n in numbers
        ],
    )


class Chased:
    """A shadow that finds more events at each look, for some time."""

    def __init__(self, shadow, url, numbers, looks):
        self._shadow = shadow
        self._write = lambda look: everybody_talks(url, numbers, 1000 * look)
        self._looks = iter(range(1, looks + 1))

    def __getattr__(self, name):
        return getattr(self._shadow, name)

    def catch_up(self):
        self._somebody_writes()
        return self._shadow.catch_up()

    def swap(self):
        self._somebody_writes()
        return self._shadow.swap()

    def _somebody_writes(self):
        look = next(self._looks, None)
        if look is not None:
            self._write(look)


@pytest.mark.parametrize(
    ("several", "looks", "tries"),  # so many tries at least
    [
        (FEW, 1, 1),
        (FEW + 1, 1, 1),
        (FEW + 1, ROUNDS + 1, 1),
        (len(NUMBERS), ROUNDS + 1, 2),
        (len(NUMBERS), 2 * ROUNDS + 2, 3),
    ],
)
def test_a_rebuild_catches_up_with_those_who_write(crowded, several, looks, tries):
    with stores.shadow(crowded) as shadow:
        chased: Any = Chased(shadow, crowded, NUMBERS[:several], looks)
        found = rebuild(chased)

    assert found.tries >= tries
    assert found.events == len(NUMBERS) + 1
    assert found.position == found.events + several * looks
    assert is_sound(crowded)
