"""What is swept up behind the commands, on each store."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from adapters import clock
from application.failures import EpochChanged, Unavailable
from application.stored import Append, KeyId, NewAnswer, Upload, UploadStatus, Wanted
from domain.structs import replace
from projections.epoch import EPOCH
from tests import stores, stories
from tests.adapters import facts
from tests.adapters.facts import ANNOUNCED, CAME, Facts, placed
from tests.examples import (
    ASKED_FOR_FRIDAY,
    BOOKING_ID,
    CANCELLED,
    CONFIRMED,
    DAY,
    FRIDAY,
    HOUR,
    LATE,
    MESSAGE,
    MONDAY,
    OTHER_BOOKING_ID,
    OTHER_OWNER,
    OWNER,
    SATURDAY,
    SUPERSEDED,
    THURSDAY,
    uuid,
)

pytestmark = pytest.mark.anyio

ANOTHER = OTHER_BOOKING_ID + 1024
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def url(store_url):
    stores.migrate(store_url)
    return store_url


@pytest.fixture
async def store(url):
    async with stores.storing(url) as store:
        await facts.happen(store, Facts().workshop())
        yield store


@pytest.fixture
async def sweeps(url):
    async with stores.sweeping(url) as sweeps:
        yield sweeps


def uploads(*created: datetime) -> list[Upload]:
    return [
        replace(ANNOUNCED, id=uuid(700 + n), created_at=at)
        for n, at in enumerate(created)
    ]


def answers(*used: datetime) -> Append:
    return Append(
        answers=[
            NewAnswer(
                key=KeyId(caller=OWNER.id, scope=f"booking-{BOOKING_ID}", key=f"k{n}"),
                fingerprint=bytes(32),
                answer=b"{}",
                at=at,
                position=1,
            )
            for n, at in enumerate(used)
        ]
    )


def count(url, table: str) -> int:
    return len(stories.rows(url, f"SELECT 1 FROM {table}"))  # noqa: S608 - of ours


async def state_of(store, *ids) -> Sequence[UploadStatus]:
    found = await facts.look(store, Wanted(uploads=ids))
    return [found.uploads[upload_id].status for upload_id in ids]


async def test_a_booking_is_due_from_the_moment_at_which_the_clock_changes_it(
    store, sweeps
):
    await facts.happen(store, Facts().place(placed(), placed(OTHER_BOOKING_ID, FRIDAY)))

    assert await sweeps.due(THURSDAY - MOMENT, 9) == []
    assert await sweeps.due(THURSDAY, 9) == [BOOKING_ID]
    assert await sweeps.due(FRIDAY, 9) == [BOOKING_ID, OTHER_BOOKING_ID]


async def test_what_is_due_longest_comes_first_and_no_more_than_asked(store, sweeps):
    await facts.happen(
        store,
        Facts().place(
            placed(BOOKING_ID, SATURDAY),
            placed(OTHER_BOOKING_ID, THURSDAY),
            placed(ANOTHER, FRIDAY),
        ),
    )

    assert await sweeps.due(SATURDAY, 2) == [OTHER_BOOKING_ID, ANOTHER]
    passed = {OTHER_BOOKING_ID, ANOTHER}
    assert await sweeps.due(SATURDAY, 2, passed) == [BOOKING_ID]
    assert await sweeps.due(SATURDAY, 2, {*passed, BOOKING_ID}) == []


async def test_a_confirmed_booking_is_due_with_its_request_alone(store, sweeps):
    asked = replace(ASKED_FOR_FRIDAY, expires_at=LATE + HOUR)
    await facts.happen(
        store, Facts(at=LATE).place(placed()).booking(BOOKING_ID, CONFIRMED)
    )
    assert await sweeps.due(FRIDAY, 9) == []

    await facts.happen(store, Facts(at=LATE).booking(BOOKING_ID, asked))
    assert await sweeps.due(LATE + HOUR, 9) == [BOOKING_ID]

    await facts.happen(store, Facts(at=LATE).booking(BOOKING_ID, SUPERSEDED))
    assert await sweeps.due(FRIDAY, 9) == []


async def test_a_cancelled_booking_is_never_due(store, sweeps):
    await facts.happen(store, Facts().place(placed()).booking(BOOKING_ID, CANCELLED))

    assert await sweeps.due(SATURDAY + 365 * DAY, 9) == []


async def test_an_upload_that_no_message_uses_is_doomed_after_its_time(store, sweeps):
    early, used, late = uploads(MONDAY, MONDAY, MONDAY + DAY)
    used = replace(used, message_id=MESSAGE, status=UploadStatus.COMPLETE)
    await facts.write_down(store, Append(new_uploads=[early, used, late]))

    assert await sweeps.doom_unused(MONDAY, 9) == 0
    assert await sweeps.doom_unused(MONDAY + DAY, 9) == 1
    assert await sweeps.doom_unused(MONDAY + DAY, 9) == 0

    assert await state_of(store, early.id, used.id, late.id) == [
        UploadStatus.DOOMED,
        UploadStatus.COMPLETE,
        UploadStatus.CREATED,
    ]
    doomed = replace(early, status=UploadStatus.DOOMED, name=None)
    assert await sweeps.doomed(9) == [doomed]


async def test_bytes_that_came_and_were_never_used_are_doomed_too(store, sweeps):
    await facts.write_down(store, Append(new_uploads=[CAME]))

    await sweeps.doom_unused(MONDAY + DAY, 9)

    (found,) = await sweeps.doomed(9)
    assert found.stored_sha256 == CAME.stored_sha256


async def test_uploads_are_doomed_the_oldest_first_and_no_more_than_asked(
    store, sweeps
):
    young, old, older = uploads(MONDAY + HOUR, MONDAY, MONDAY - HOUR)
    await facts.write_down(store, Append(new_uploads=[young, old, older]))

    assert await sweeps.doom_unused(MONDAY + DAY, 2) == 2

    assert {upload.id for upload in await sweeps.doomed(9)} == {old.id, older.id}
    assert len(await sweeps.doomed(1)) == 1


async def test_only_what_is_doomed_is_removed(store, sweeps):
    doomed, kept = uploads(MONDAY, MONDAY + DAY)
    await facts.write_down(store, Append(new_uploads=[doomed, kept]))
    await sweeps.doom_unused(MONDAY + DAY, 9)

    assert await sweeps.remove([doomed.id, kept.id, uuid(999)]) == 1

    assert await sweeps.doomed(9) == []
    found = await facts.look(store, Wanted(uploads=(doomed.id, kept.id)))
    assert found.uploads == {kept.id: kept}


async def test_keys_are_forgotten_after_their_time_and_no_more_than_asked(
    store, url, sweeps
):
    used = (MONDAY + 2 * HOUR, MONDAY, MONDAY + HOUR, MONDAY + DAY)
    await facts.write_down(store, answers(*used))
    for n, at in enumerate(used):
        stores.use_key(url, f"k{n}", at)

    assert await sweeps.forget_keys(MONDAY, 9) == 0
    assert await sweeps.forget_keys(MONDAY + DAY, 2) == 2
    left = {row[0] for row in stories.rows(url, "SELECT key FROM idempotency")}
    assert left == {"k0", "k3"}
    assert await sweeps.forget_keys(MONDAY + DAY, 2) == 1
    assert count(url, "idempotency") == 1


async def test_the_moment_of_a_sweep_is_no_later_than_by_the_servers_clock(url, sweeps):
    ahead = clock.now() + 5 * DAY

    assert await sweeps.moment(MONDAY) == MONDAY
    if stores.is_sqlite(url):
        assert await sweeps.moment(ahead) == ahead
    else:
        moment = await sweeps.moment(ahead)
        assert moment < ahead
        assert moment.tzinfo is UTC


async def test_a_key_of_a_process_that_is_behind_is_kept_as_long(postgres_url):
    """By that process's clock alone, it was old when it was new."""
    stores.migrate(postgres_url)
    async with stores.storing(postgres_url) as store:
        await facts.write_down(store, answers(clock.now() - 5 * DAY))

    async with stores.sweeping(postgres_url) as sweeps:
        assert await sweeps.forget_keys(clock.now() - DAY, 9) == 0
        assert await sweeps.forget_keys(clock.now() + DAY, 9) == 1


async def test_an_owners_bookings_are_found_whatever_became_of_them(store, sweeps):
    await facts.happen(
        store,
        Facts()
        .place(
            placed(ANOTHER),
            placed(BOOKING_ID, FRIDAY),
            placed(OTHER_BOOKING_ID, SATURDAY, owner=OTHER_OWNER),
        )
        .booking(ANOTHER, CANCELLED),
    )

    assert await sweeps.bookings_of(OWNER.id) == [BOOKING_ID, ANOTHER]
    assert await sweeps.bookings_of("nobody") == []


async def test_a_sweeper_of_another_release_changes_nothing(store, url):
    await facts.write_down(store, Append(new_uploads=[ANNOUNCED]))
    async with stores.sweeping(url, epoch=EPOCH - 1) as old:
        with pytest.raises(EpochChanged):
            await old.doom_unused(MONDAY + DAY, 9)

    assert await state_of(store, ANNOUNCED.id) == [UploadStatus.CREATED]


async def test_a_sweep_waits_for_whoever_holds_the_head_row(postgres_url):
    stores.migrate(postgres_url)
    async with stores.sweeping(postgres_url) as sweeps:
        with psycopg.connect(postgres_url) as conn:
            conn.execute("SELECT FROM log_head FOR UPDATE")
            sweeping = asyncio.create_task(sweeps.forget_keys(MONDAY, 9))
            while not _waits(postgres_url):  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0)

        assert await sweeping == 0


def _waits(url) -> bool:
    with psycopg.connect(url) as conn:
        found = conn.execute("SELECT 1 FROM pg_locks WHERE NOT granted LIMIT 1")
        return found.fetchone() is not None


@pytest.mark.parametrize(
    "url", ["postgresql:///x?host=/nowhere", "sqlite:////nowhere/bookings.db"]
)
async def test_a_store_that_is_not_there_is_unavailable(url):
    async with stores.sweeping(url) as sweeps:
        with pytest.raises(Unavailable):
            await sweeps.due(MONDAY, 9)
        with pytest.raises(Unavailable):
            await sweeps.forget_keys(MONDAY, 9)
