"""What every store owes the committer and the readers, on each of them."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack

import psycopg
import pytest

from adapters.vault import AesVault
from application.answers import Answered
from application.batch import Batch
from application.calls import AnyCall, Call, WorkshopCall
from application.committer import commit
from application.failures import Conflict, EpochChanged, Unavailable
from application.stored import Append, KeyId, Loaded, TwinId, Wanted, WantedSlot
from application.wanted import wanted
from domain import chain, commands
from domain.booking import Status
from domain.changes import RequestStatus
from domain.commands import BookingCommand
from domain.identity import Actor
from domain.personal import Sealed, Words
from domain.slots import HoldKind
from projections.epoch import EPOCH
from tests import stores
from tests.examples import (
    BOOKING_ID,
    CALL,
    CLIENT_MESSAGE,
    FRIDAY,
    HOUR,
    MESSAGE,
    MONDAY,
    OPERATOR,
    ORG_NR,
    OTHER_BOOKING_ID,
    OWNER,
    PLATE,
    POLICY,
    REQUEST,
    SATURDAY,
    THURSDAY,
    VEHICLE,
    WEDNESDAY,
    uuid,
)

pytestmark = pytest.mark.anyio

VAULT = AesVault(bytes(32))
KEY = KeyId(caller=OWNER.id, scope=f"booking-{BOOKING_ID}", key="k-1")
LATE = WEDNESDAY + HOUR
ALL = Wanted(bookings=(BOOKING_ID, OTHER_BOOKING_ID))
ANOTHER = OTHER_BOOKING_ID + 1024
_TAKE = {
    True: "DELETE FROM log_head",
    False: "SELECT FROM log_head FOR UPDATE NOWAIT",
}
BOTH_WAYS = pytest.mark.parametrize("locked", [False, True])


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def opened(store_url):
    """Open stores and readers on one database, as processes of their own would."""
    stores.migrate(store_url)
    async with AsyncExitStack() as stack:

        async def store(**options) -> stores.Store:
            return await stack.enter_async_context(stores.storing(store_url, **options))

        yield store


@pytest.fixture
async def store(opened):
    return await opened()


@pytest.fixture
async def reader(store_url):
    async with stores.reading(store_url) as reader:
        yield reader


ADDED = WorkshopCall(
    command_id=uuid(100),
    request_id=CALL,
    at=MONDAY,
    actor=OPERATOR,
    org_nr=ORG_NR,
    wish=commands.AddWorkshop(
        at=MONDAY, by=OPERATOR, org_nr=ORG_NR, name="Verksted", policy=POLICY
    ),
)


def call(
    *wishes: BookingCommand,
    booking_id: int = BOOKING_ID,
    key: KeyId | None = None,
    actor: Actor = OWNER,
) -> Call:
    return Call(
        command_id=uuid(101),
        request_id=CALL,
        at=wishes[0].at,
        actor=actor,
        booking_id=booking_id,
        wishes=wishes,
        key=key,
        fingerprint=b"f" * 32,
    )


def place(booking_id=BOOKING_ID, start=THURSDAY, owner=OWNER) -> Call:
    wish = commands.Place(
        at=MONDAY,
        by=owner,
        booking_id=booking_id,
        owner=owner.id,
        org_nr=ORG_NR,
        group_id=uuid(booking_id),
        service_id=1,
        start=start,
        vehicle=VEHICLE,
        personal=PLATE,
    )
    return call(wish, booking_id=booking_id, actor=owner)


def confirm(booking_id=BOOKING_ID) -> Call:
    return call(commands.Confirm(at=MONDAY, by=OPERATOR), booking_id=booking_id)


def move(to, *, at=MONDAY, booking_id=BOOKING_ID, request_id=REQUEST) -> Call:
    wish = commands.Reschedule(at=at, by=OWNER, start=to, change_request_id=request_id)
    return call(wish, booking_id=booking_id)


def cancel(at=MONDAY) -> Call:
    return call(commands.Cancel(at=at, by=OWNER, change_request_id=REQUEST))


def say(text="Hello.", *, message_id=MESSAGE, key=None, name=CLIENT_MESSAGE) -> Call:
    wish = commands.AppendMessage(
        at=MONDAY,
        by=OWNER,
        message_id=message_id,
        personal=Words(text=text),
        client_message_id=name,
    )
    return call(wish, key=key)


async def happened(store, *calls: AnyCall) -> list[int]:
    """Commit each call as a batch of its own; return the answers' positions."""
    positions = []
    for one in calls:
        (answered,) = await commit(store, VAULT, [one])
        if isinstance(answered, Exception):
            raise answered
        positions.append(answered.position if isinstance(answered, Answered) else 0)
    return positions


async def look(store, what: Wanted) -> Loaded:
    found: list[Loaded] = []

    def keep(loaded: Loaded) -> Append:
        found.append(loaded)
        return Append()

    assert await store.transact(what, keep, locked=False) == 0
    return found[0]


def deciding(*calls: AnyCall, seen: Loaded | None = None) -> Callable[[Loaded], Append]:
    """Return a decision for `transact`: by what it loads, or by what was `seen`."""

    def decide(loaded: Loaded) -> Append:
        batch = Batch(seen or loaded, VAULT)
        outcomes = [batch.run(one) for one in calls]
        faults = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        assert faults == []
        return batch.append

    return decide


async def append(
    store, *calls: AnyCall, seen: Loaded | None = None, locked: bool = False
) -> int:
    decide = deciding(*calls, seen=seen)
    last: int = await store.transact(wanted(calls), decide, locked=locked)
    return last


async def log_of(url) -> Sequence[tuple[str, int]]:
    with stores.recording(url) as recorder:
        return [
            (str(n.originator_id), n.originator_version)
            for n in recorder.select_notifications(None, 1000)
        ]


async def test_an_empty_store_has_nothing(store):
    assert await look(store, Wanted(bookings=(BOOKING_ID,), owners=("owner-1",))) == (
        Loaded()
    )


@BOTH_WAYS
async def test_what_is_committed_is_loaded(store, locked):
    assert await append(store, ADDED, locked=locked) == 0
    assert await append(store, place(), confirm(), locked=locked) == 1
    assert await append(store, say(key=KEY), locked=locked) == 3

    twin = TwinId(
        booking_id=BOOKING_ID, author=OWNER.id, client_message_id=CLIENT_MESSAGE
    )
    loaded = await look(
        store,
        Wanted(
            bookings=(BOOKING_ID,),
            keys=(KEY,),
            twins=(twin,),
            slots=(WantedSlot(start=THURSDAY, at=MONDAY, booking_id=BOOKING_ID),),
        ),
    )

    stored = loaded.bookings[BOOKING_ID]
    assert stored.booking.status is Status.CONFIRMED
    assert stored.booking.slot.start == THURSDAY
    assert isinstance(stored.booking.personal, Sealed)
    assert (stored.head.version, stored.head.position) == (3, 4)
    assert stored.head.at == MONDAY
    assert loaded.workshops[ORG_NR].workshop.policy == POLICY
    assert loaded.workshops[ORG_NR].head.position == 1
    assert loaded.owner_keys.keys() == {OWNER.id}
    assert loaded.keys[KEY].fingerprint == b"f" * 32
    assert loaded.keys[KEY].position == 4
    assert loaded.twins[twin].id == MESSAGE
    (hold,) = loaded.holds
    assert (hold.booking_id, hold.kind, hold.bay) == (BOOKING_ID, HoldKind.SLOT, 1)
    assert (hold.start, hold.free_at) == (THURSDAY, THURSDAY + 1.25 * HOUR)


async def test_the_row_carries_the_hash_that_the_next_event_must_have(store, store_url):
    await happened(store, ADDED, place(), say())

    loaded = await look(store, ALL)

    prev = chain.genesis(f"booking-{BOOKING_ID}")
    with stores.recording(store_url) as recorder:
        for event in recorder.select_events(f"booking-{BOOKING_ID}"):
            version = event.originator_version
            prev = chain.link(prev, version, event.topic, event.state)
    assert loaded.bookings[BOOKING_ID].head.chain == prev


async def test_positions_in_rows_and_answers_are_those_of_the_log(store, store_url):
    await append(store, ADDED, place(), place(OTHER_BOOKING_ID, FRIDAY), say(key=KEY))

    loaded = await look(store, Wanted(bookings=ALL.bookings, keys=(KEY,)))

    log = await log_of(store_url)
    for booking_id, stored in loaded.bookings.items():
        end = (f"booking-{booking_id}", stored.head.version)
        assert log[stored.head.position - 1] == end
    assert loaded.keys[KEY].position == loaded.bookings[BOOKING_ID].head.position


@BOTH_WAYS
async def test_an_empty_append_writes_nothing(store, store_url, locked):
    await happened(store, ADDED)

    assert await store.transact(ALL, lambda _: Append(), locked=locked) == 0
    assert await log_of(store_url) == [(f"workshop-{ORG_NR}", 1)]


@BOTH_WAYS
async def test_a_decision_that_raises_leaves_nothing_and_the_store_usable(
    store, store_url, locked
):
    def decide(_loaded: Loaded) -> Append:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.transact(ALL, decide, locked=locked)

    assert await append(store, ADDED, locked=locked) == 0
    assert await log_of(store_url) == [(f"workshop-{ORG_NR}", 1)]


@BOTH_WAYS
async def test_a_version_that_somebody_else_wrote_is_a_conflict(opened, locked):
    mine, other = await opened(), await opened()
    await happened(mine, ADDED, place())
    seen = await look(mine, ALL)
    await happened(other, confirm())

    with pytest.raises(Conflict, match="stored_events"):
        await append(mine, cancel(), seen=seen, locked=locked)

    stored = (await look(mine, ALL)).bookings[BOOKING_ID]
    assert stored.booking.status is Status.CONFIRMED


@BOTH_WAYS
async def test_a_bay_that_somebody_else_took_is_a_conflict(opened, locked):
    mine, other = await opened(), await opened()
    await happened(mine, ADDED, place(ANOTHER, SATURDAY))
    seen = await look(mine, wanted([place()]))
    await happened(other, place(OTHER_BOOKING_ID, THURSDAY + HOUR))

    with pytest.raises(Conflict, match=r"slot_is_free|bay 1 is taken"):
        await append(mine, place(), seen=seen, locked=locked)

    assert BOOKING_ID not in (await look(mine, ALL)).bookings


async def test_a_bay_is_free_the_moment_the_buffer_ends(store):
    await happened(store, ADDED, place())

    await append(store, place(OTHER_BOOKING_ID, THURSDAY + 1.25 * HOUR))

    assert len((await look(store, ALL)).bookings) == 2


async def test_a_booking_that_moves_makes_room_for_another_in_the_same_batch(store):
    await happened(store, ADDED, place())

    await append(store, move(FRIDAY), place(OTHER_BOOKING_ID, THURSDAY))

    loaded = await look(store, ALL)
    starts = {k: stored.booking.slot.start for k, stored in loaded.bookings.items()}
    assert starts == {BOOKING_ID: FRIDAY, OTHER_BOOKING_ID: THURSDAY}


async def test_a_bookings_slot_and_its_own_hold_may_overlap(store):
    await happened(store, ADDED, place(), confirm())
    half_past = THURSDAY + HOUR / 2

    await happened(store, move(half_past, at=LATE))

    slot = WantedSlot(start=half_past, at=LATE, org_nr=ORG_NR)
    loaded = await look(store, Wanted(slots=(slot,)))
    assert {hold.kind for hold in loaded.holds} == {HoldKind.SLOT, HoldKind.HOLD}


async def test_a_cancelled_booking_frees_its_bay(store):
    await happened(store, ADDED, place(), cancel())
    slot = WantedSlot(start=THURSDAY, at=MONDAY, org_nr=ORG_NR)

    assert (await look(store, Wanted(slots=(slot,)))).holds == []


async def test_holds_are_loaded_from_the_wanted_start_to_the_longest_service(store):
    await happened(
        store,
        ADDED,
        place(),
        place(OTHER_BOOKING_ID, THURSDAY + 2.5 * HOUR),
        place(ANOTHER, THURSDAY + 3.75 * HOUR),
    )

    async def met(start) -> list[int]:
        slot = WantedSlot(start=start, at=MONDAY, booking_id=BOOKING_ID)
        loaded = await look(store, Wanted(slots=(slot,)))
        return [hold.booking_id for hold in loaded.holds]

    assert await met(THURSDAY + 1.25 * HOUR) == []
    assert await met(THURSDAY + 1.5 * HOUR) == [OTHER_BOOKING_ID]
    assert await met(THURSDAY + 1.0 * HOUR) == [BOOKING_ID]


@BOTH_WAYS
async def test_a_key_that_somebody_else_used_is_a_conflict(opened, locked):
    mine, other = await opened(), await opened()
    await happened(mine, ADDED, place())
    seen = await look(mine, wanted([say(key=KEY)]))
    await happened(other, say(key=KEY))
    seen.bookings = (await look(mine, ALL)).bookings

    twin = say(key=KEY, message_id=uuid(200), name=uuid(201))
    with pytest.raises(Conflict, match="idempotency"):
        await append(mine, twin, seen=seen, locked=locked)


async def test_a_message_that_somebody_else_stored_is_a_conflict(opened):
    mine, other = await opened(), await opened()
    await happened(mine, ADDED, place())
    seen = await look(mine, wanted([say()]))
    await happened(other, say())
    seen.bookings = (await look(mine, ALL)).bookings

    with pytest.raises(Conflict, match=r"message.*client_message_id"):
        await append(mine, say(message_id=uuid(200)), seen=seen)


async def test_an_owners_key_that_somebody_else_made_is_a_conflict(opened):
    mine, other = await opened(), await opened()
    await happened(mine, ADDED)
    seen = await look(mine, wanted([place()]))
    await happened(other, place(OTHER_BOOKING_ID, FRIDAY))

    with pytest.raises(Conflict, match="owner_key"):
        await append(mine, place(), seen=seen)


async def test_rows_of_another_epoch_are_not_read(opened, store_url):
    await happened(await opened(), ADDED, place())
    async with stores.reading(store_url) as reader:
        assert await reader.booking(BOOKING_ID) is not None
        stores.execute(store_url, "UPDATE log_head SET epoch = epoch + 1")

        with pytest.raises(EpochChanged):
            await reader.booking(BOOKING_ID)


@BOTH_WAYS
async def test_another_epoch_is_told_and_nothing_is_written(opened, store_url, locked):
    old = await opened()
    await happened(old, ADDED)
    stores.execute(store_url, "UPDATE log_head SET epoch = epoch + 1")

    with pytest.raises(EpochChanged):
        await append(old, place(), locked=locked)
    with pytest.raises(EpochChanged):
        await look(old, ALL)

    new = await opened(epoch=EPOCH + 1)
    assert (await look(new, ALL)).bookings == {}


async def test_a_locked_decision_has_the_log_for_itself(store, store_url):
    def decide(_loaded: Loaded) -> Append:
        with pytest.raises((sqlite3.OperationalError, psycopg.errors.LockNotAvailable)):
            stores.execute(store_url, _TAKE[stores.is_sqlite(store_url)])
        return Append()

    await store.transact(ALL, decide, locked=True)


async def test_a_row_that_cannot_be_decoded_faults_its_booking_alone(
    store, store_url, reader
):
    await happened(store, ADDED, place(), place(OTHER_BOOKING_ID, FRIDAY))
    stores.execute(store_url, "UPDATE booking SET state = '{}' WHERE id = 123")

    loaded = await look(store, ALL)

    assert loaded.faults.keys() == {BOOKING_ID}
    assert loaded.bookings.keys() == {OTHER_BOOKING_ID}
    both = await asyncio.gather(
        reader.booking(BOOKING_ID),
        reader.booking(OTHER_BOOKING_ID),
        return_exceptions=True,
    )
    assert isinstance(both[0], Exception)
    assert not isinstance(both[1], BaseException)


async def test_ids_are_drawn_once_and_tell_their_slice(opened):
    one, two = await opened(), await opened()

    drawn = await asyncio.gather(
        *(store.draw_ids(ORG_NR, 3) for store in (one, two, one, two))
    )

    together = sorted(booking_id for ids in drawn for booking_id in ids)
    assert together == [123 + 1024 * n for n in range(12)]


async def test_no_id_is_zero(store):
    assert list(await store.draw_ids(1024, 2)) == [1024, 2048]


async def test_a_booking_is_seen_with_its_workshop_and_its_owners_key(store, reader):
    await happened(store, ADDED, place())

    seen = await reader.booking(BOOKING_ID)

    assert seen is not None
    loaded = await look(store, ALL)
    assert seen.stored == loaded.bookings[BOOKING_ID]
    assert seen.workshop == loaded.workshops[ORG_NR].workshop
    assert seen.owner_key == loaded.owner_keys[OWNER.id]
    assert await reader.booking(OTHER_BOOKING_ID) is None


async def test_a_superseded_request_keeps_its_row(store, reader):
    await happened(store, ADDED, place(), confirm(), move(FRIDAY, at=LATE))
    await happened(store, move(SATURDAY, at=LATE, request_id=uuid(300)))

    old = await reader.change_request(BOOKING_ID, REQUEST)
    new = await reader.change_request(BOOKING_ID, uuid(300))

    assert old is not None
    assert new is not None
    assert old[1].status is RequestStatus.SUPERSEDED
    assert new[1].status is RequestStatus.PENDING


async def test_a_read_shows_what_was_committed_before_it(store, reader):
    await happened(store, ADDED, place())
    for n in range(20):
        await happened(store, say(message_id=uuid(400 + n), name=uuid(500 + n)))

        seen = await reader.booking(BOOKING_ID)

        assert seen is not None
        assert seen.stored.head.version == n + 2


async def test_a_reader_that_gives_up_takes_nobody_with_it(store, reader):
    await happened(store, ADDED, place())
    waiting = [asyncio.create_task(reader.booking(BOOKING_ID)) for _ in range(3)]
    await asyncio.sleep(0)

    waiting[0].cancel()

    assert [seen.stored.booking.id for seen in await asyncio.gather(*waiting[1:])] == [
        BOOKING_ID,
        BOOKING_ID,
    ]


@pytest.mark.parametrize(
    "url", ["postgresql:///x?host=/nowhere", "sqlite:////nowhere/bookings.db"]
)
async def test_a_store_that_is_not_there_is_unavailable(url):
    async with stores.storing(url) as store, stores.reading(url) as reader:
        with pytest.raises(Unavailable):
            await store.transact(ALL, lambda _: Append(), locked=False)
        with pytest.raises(Unavailable):
            await store.draw_ids(ORG_NR, 1)
        with pytest.raises(Unavailable):
            await reader.ping()


async def test_a_file_that_comes_later_is_found_without_a_restart(sqlite_url):
    async with (
        stores.storing(sqlite_url) as store,
        stores.reading(sqlite_url) as reader,
    ):
        with pytest.raises(Unavailable):
            await reader.booking(BOOKING_ID)
        with pytest.raises(Unavailable):
            await happened(store, ADDED)

        stores.migrate(sqlite_url)

        await happened(store, ADDED, place())
        assert await reader.booking(BOOKING_ID) is not None
