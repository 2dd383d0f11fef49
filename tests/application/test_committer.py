"""Batches on real stores: what fails in one fails alone, and all else is committed."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress

import pytest

from adapters.postgres.store import PostgresStore
from application import calls, committer
from application.answers import Answered
from application.calls import (
    AnyCall,
    Busy,
    Fault,
    KeyReused,
    NotFound,
    PreconditionFailed,
)
from application.committer import Committer, commit
from application.committing import Broken
from application.failures import Conflict, EpochChanged, Unavailable, Unreadable
from application.intent import Intent
from application.stored import Append, KeyId, Loaded, Wanted
from application.verify import verify
from application.watching import Tried, Watches
from domain import commands, errors
from domain.structs import replace
from tests import stores, stories
from tests.examples import (
    BOOKING_ID,
    DAY,
    FRIDAY,
    HOUR,
    LATE,
    MINUTE,
    MONDAY,
    NEXT_MONDAY,
    OPERATOR,
    ORG_NR,
    OTHER_BOOKING_ID,
    OWNER,
    POLICY,
    SERVICE,
    WEDNESDAY,
    uuid,
)
from tests.stories import PENDING_ID, VAULT

NEW_ID = BOOKING_ID + 9 * 1024
KEY = KeyId(caller=OWNER.id, scope=f"booking-{BOOKING_ID}", key="once")


def committed(url, *batch):
    async def all_at_once():
        async with stores.storing(url) as store:
            return await commit(store, VAULT, batch)

    return asyncio.run(all_at_once())


@asynccontextmanager
async def committing(url):
    """Yield a committer at work, and the list of what it called fatal."""
    fatal: list[BaseException] = []
    async with stores.storing(url) as store:
        working = Committer(store, VAULT, fatal.append)
        task = asyncio.create_task(working.run())
        try:
            yield working, fatal
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def policy(policy, *, at=LATE):
    return stories.workshop(
        commands.ChangePolicy(at=at, by=OPERATOR, policy=policy), at=at
    )


def say(number, text="Hello."):
    wish = stories.message(text, at=LATE, number=number)
    return stories.call(BOOKING_ID, OWNER, wish)


def test_one_call_that_fails_leaves_the_others_of_its_batch(told):
    stores.execute(
        told,
        f"UPDATE booking SET state = {stories.literal(told, b'{}')} "  # noqa: S608
        f"WHERE id = {OTHER_BOOKING_ID}",
    )
    broken = stories.cancel(OTHER_BOOKING_ID, at=LATE, number=50)
    missing = stories.cancel(NEW_ID, at=LATE, number=51)

    unreadable, nothing, answered = committed(told, broken, missing, say(52))

    assert isinstance(unreadable, Unreadable)
    assert isinstance(nothing, NotFound)
    assert isinstance(answered, Answered)
    assert answered.position == stories.EVENTS + 1


def test_a_booking_at_a_workshop_that_is_not_there_is_not_found(told):
    (wish,) = stories.place(NEW_ID, WEDNESDAY).wishes
    assert isinstance(wish, commands.Place)
    call = stories.call(NEW_ID, OWNER, replace(wish, org_nr=ORG_NR + 1))

    (outcome,) = committed(told, call)

    assert isinstance(outcome, NotFound)


def test_a_condition_on_what_does_not_exist_yet_fails(told):
    call = replace(stories.place(NEW_ID, FRIDAY + HOUR), if_match=("*",))

    (outcome,) = committed(told, call)

    assert isinstance(outcome, PreconditionFailed)


def test_twins_in_one_batch_are_one(told):
    first = replace(say(60), key=KEY, fingerprint=b"a")
    second = replace(say(61), key=KEY, fingerprint=b"a")
    other = replace(say(62), key=KEY, fingerprint=b"b")

    one, two, three = committed(told, first, second, other)

    assert isinstance(one, Answered)
    assert isinstance(two, Answered)
    assert (one.is_replay, two.is_replay) == (False, True)
    assert two.answer == one.answer
    assert two.position == one.position == stories.EVENTS + 1
    assert isinstance(three, KeyReused)


def test_what_conflicts_even_under_the_head_row_is_decided_apart(told):
    # The new policy's service reaches a hold that was not loaded for the old one's.
    longer = replace(POLICY, bays=2, services=(replace(SERVICE, minutes=300),))
    place = stories.place(NEW_ID, NEXT_MONDAY)
    in_the_way = stories.place(NEW_ID + 1024, NEXT_MONDAY + 4 * HOUR)
    in_the_way_too = stories.place(NEW_ID + 2 * 1024, NEXT_MONDAY + 4 * HOUR)
    committed(told, in_the_way, in_the_way_too)

    changed, refused, said = committed(told, policy(longer), place, say(70))

    assert isinstance(changed, Answered)
    assert changed.answer.policy is not None
    assert changed.answer.policy.version == 3
    assert isinstance(refused, Answered)
    assert refused.answer.refused is not None
    assert refused.answer.refused.code == errors.SlotTaken.code
    assert isinstance(said, Answered)
    with stores.snapshot(told) as snapshot:
        assert verify(snapshot).is_sound


def test_batches_of_two_processes_on_one_booking_all_happen(told):
    async def rivals():
        async with stores.storing(told) as one, stores.storing(told) as other:
            return await asyncio.gather(
                *(
                    commit(store, VAULT, [say(100 + 2 * number + index)])
                    for number in range(10)
                    for index, store in enumerate((one, other))
                )
            )

    outcomes = [outcome for (outcome,) in asyncio.run(rivals())]

    answered = [outcome for outcome in outcomes if isinstance(outcome, Answered)]
    positions = sorted(one.position for one in answered)
    assert positions == list(range(stories.EVENTS + 1, stories.EVENTS + 21))


def test_an_event_is_never_earlier_than_the_one_before_it(told):
    early = stories.cancel(PENDING_ID, at=MONDAY, number=80)

    (outcome,) = committed(told, early)

    assert isinstance(outcome, Answered)
    shown = outcome.answer.shown
    assert shown is not None
    assert shown.booking.cancellation is not None
    assert shown.booking.cancellation.at == MONDAY + DAY


def test_a_committer_answers_after_the_commit(told):
    async def change():
        async with committing(told) as (working, _fatal):
            answered = await working.change(say(90))
            await working.change(policy(POLICY))
            return answered

    assert asyncio.run(change()).position == stories.EVENTS + 1


def test_a_workshop_is_added_once(told):
    again = stories.workshop(
        commands.AddWorkshop(
            at=LATE, by=OPERATOR, org_nr=ORG_NR, name="Again", policy=POLICY
        ),
        at=LATE,
    )

    async def change():
        async with committing(told) as (working, _fatal):
            await working.change(again)

    with pytest.raises(errors.WorkshopExists):
        asyncio.run(change())


def test_a_full_queue_turns_calls_away(told):
    async def change():
        async with stores.storing(told) as store:
            working = Committer(store, VAULT, lambda _error: None, room=2)
            waiting = [
                asyncio.create_task(working.change(say(number)))
                for number in (91, 92, 93)
            ]
            done, _pending = await asyncio.wait(
                waiting, return_when=asyncio.FIRST_COMPLETED
            )
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            (refused,) = done
            return refused.exception()

    assert isinstance(asyncio.run(change()), Busy)


def test_who_has_gone_is_skipped(told):
    async def change():
        async with stores.storing(told) as store:
            working = Committer(store, VAULT, lambda _error: None)
            gone = asyncio.create_task(working.change(say(94)))
            await asyncio.sleep(0)
            gone.cancel()
            with suppress(asyncio.CancelledError):
                await gone
            task = asyncio.create_task(working.run())
            answered = await working.change(say(95))
            task.cancel()
            return answered

    assert asyncio.run(change()).position == stories.EVENTS + 1


def test_all_that_waits_is_one_batch(told):
    async def change():
        async with committing(told) as (working, _fatal):
            return await asyncio.gather(
                *(working.change(say(number)) for number in range(600, 620))
            )

    answered = asyncio.run(change())

    assert [one.position for one in answered] == list(
        range(stories.EVENTS + 1, stories.EVENTS + 21)
    )


def test_who_goes_while_their_call_is_committed_is_not_answered(told):
    async def change():
        async with committing(told) as (working, fatal):
            going = asyncio.create_task(working.change(say(97)))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            going.cancel()
            answered = await working.change(say(98))
            return answered, fatal

    answered, fatal = asyncio.run(change())

    assert fatal == []
    # It had begun, so it happened.
    assert answered.position == stories.EVENTS + 2


def test_nobody_left_is_no_batch(told):
    async def change():
        async with stores.storing(told) as store:
            working = Committer(store, VAULT, lambda _error: None)
            gone = asyncio.create_task(working.change(say(99)))
            await asyncio.sleep(0)
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)
            task = asyncio.create_task(working.run())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            answered = await working.change(say(100))
            task.cancel()
            return answered

    assert asyncio.run(change()).position == stories.EVENTS + 1


def test_a_store_that_is_not_there_is_unavailable_to_each(tmp_path):
    nowhere = f"sqlite:///{tmp_path}/nowhere/bookings.db"

    outcomes = committed(nowhere, say(1), say(2))

    assert [type(outcome) for outcome in outcomes] == [Unavailable, Unavailable]


def test_what_conflicts_with_the_store_itself_is_told_so(told):
    # An id that a message has already: drawn once for each call, so no clock or
    # random number brings this about.
    again = say(2)

    fault, answered = committed(told, again, say(110))

    assert isinstance(fault, Fault)
    assert isinstance(fault.__cause__, Conflict)
    assert isinstance(answered, Answered)


def test_another_epoch_is_fatal(told):
    stores.execute(told, "UPDATE log_head SET epoch = epoch + 1")

    async def change():
        async with committing(told) as (working, fatal):
            with pytest.raises(EpochChanged):
                await working.change(say(111))
            return fatal

    (error,) = asyncio.run(change())
    assert isinstance(error, EpochChanged)


def test_an_error_that_no_call_caused_is_fatal_and_answered(told_on_postgres):
    stores.execute(told_on_postgres, "DROP TABLE message")

    async def change():
        async with committing(told_on_postgres) as (working, fatal):
            with pytest.raises(Fault):
                await working.change(say(96))
            return fatal

    (error,) = asyncio.run(change())
    assert error is not None


def break_message(url, number):
    """Let PostgreSQL fail where this message is written, as no store of ours does."""
    (wish,) = say(number).wishes
    assert isinstance(wish, commands.AppendMessage)
    stores.execute(
        url,
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE 'broken' USING ERRCODE = 'undefined_function'; END $$",
    )
    stores.execute(
        url,
        "CREATE TRIGGER broken BEFORE INSERT ON message FOR EACH ROW "
        f"WHEN (NEW.id = '{wish.message_id}') EXECUTE FUNCTION fail()",
    )


def test_what_was_committed_is_answered_though_the_other_half_broke(told_on_postgres):
    break_message(told_on_postgres, 113)

    async def change():
        async with committing(told_on_postgres) as (working, fatal):
            waiting = [working.change(say(number)) for number in (112, 2, 113, 114)]
            told = await asyncio.gather(*waiting, return_exceptions=True)
            return told, fatal

    (answered, conflicting, broken, untried), (error,) = asyncio.run(change())

    assert isinstance(answered, Answered)
    assert isinstance(conflicting, Fault)
    assert isinstance(conflicting.__cause__, Conflict)
    assert isinstance(broken, Broken)
    # After that nothing is tried any more: the process is to end.
    assert isinstance(untried, Broken)
    assert broken.__cause__ is untried.__cause__ is error


def test_after_an_error_that_no_call_caused_no_other_half_is_tried(told_on_postgres):
    break_message(told_on_postgres, 113)

    outcomes = committed(told_on_postgres, say(2), say(113), say(114), say(115))

    assert [type(one) for one in outcomes] == [Fault, Broken, Broken, Broken]


def test_an_owners_put_draws_all_its_ids_at_once():
    ids = iter(uuid(number) for number in range(500, 510))
    wanted = Intent(start=FRIDAY)

    call = calls.owner_changes(
        BOOKING_ID,
        wanted,
        owner=OWNER,
        at=LATE + MINUTE,
        request_id=uuid(499),
        new_id=lambda: next(ids),
        key=calls.Key(key="once", fingerprint=b"f"),
    )

    assert call.command_id == uuid(500)
    assert call.key == KEY
    assert call.owner == OWNER.id


@pytest.mark.parametrize("callers", [4, 8, 32, 128])
def test_callers_who_come_back_fall_into_even_batches(callers):
    waiting, coming, before, last = 1, callers - 1, 0, 0
    for _batch in range(10):
        size = committer.share(waiting, before, last)
        waiting, coming = waiting - size + coming, size
        before, last = last, size

    assert before == last == callers // 2


@pytest.mark.parametrize(
    ("waiting", "before", "last", "size"),
    [(1, 0, 0, 1), (1, 31, 31, 16), (100, 1, 1, 100), (600, 1, 1, 512)],
)
def test_more_callers_than_before_are_one_batch(waiting, before, last, size):
    assert committer.share(waiting, before, last) == size


class Watched:
    """A watch that remembers."""

    def __init__(self):
        self.batches: list[int] = []
        self.seconds = 0.0
        self.retried = 0
        self.replays = 0
        self.tries: list[Tried] = []

    def tried(self, tried):
        self.tries.append(tried)

    def committed(self, calls, seconds):
        self.batches.append(calls)
        self.seconds += seconds

    def conflicted(self, calls):
        self.retried += calls

    def replayed(self, calls):
        self.replays += calls


def test_batches_and_what_waits_for_them_can_be_watched(told):
    watch = Watched()

    async def change():
        async with stores.storing(told) as store:
            watches = Watches(watch)
            working = Committer(store, VAULT, lambda _error: None, watches)
            waiting = [
                asyncio.create_task(working.change(say(number)))
                for number in (120, 121, 122)
            ]
            await asyncio.sleep(0)
            deep = working.waiting
            task = asyncio.create_task(working.run())
            await asyncio.gather(*waiting)
            task.cancel()
            return deep

    assert asyncio.run(change()) == 3
    assert watch.batches == [3]
    assert watch.seconds > 0
    assert watch.retried == 0
    (tried,) = watch.tries
    assert len(tried.calls) == 3
    stages = list(tried.stages())
    assert [stage for stage, _from, _to in stages] == ["load", "decide", "commit"]
    assert all(began < ended for _stage, began, ended in stages)


def test_first_answers_that_are_given_again_are_told(told):
    watch, keyed = Watched(), replace(say(120), key=KEY)

    async def change():
        async with stores.storing(told) as store:
            working = Committer(store, VAULT, lambda _error: None, Watches(watch))
            batch = [keyed, keyed, replace(keyed, fingerprint=b"another"), say(121)]
            waiting = [asyncio.create_task(working.change(one)) for one in batch]
            task = asyncio.create_task(working.run())
            await asyncio.wait(waiting)
            again = await working.change(keyed)
            task.cancel()
            return [*(one.exception() for one in waiting), again.is_replay]

    *refused, is_replay = asyncio.run(change())

    assert [type(one) for one in refused if one is not None] == [KeyReused]
    assert is_replay
    # One in the batch of the first, and one after it.
    assert watch.replays == 2


class Crossed(PostgresStore):
    """A store on which another process commits right after our first load."""

    def __init__(self, url: str, *theirs: AnyCall) -> None:
        super().__init__(url)
        self._work = [lambda: committed(url, *theirs)]

    async def transact(
        self, wanted: Wanted, decide: Callable[[Loaded], Append], *, locked: bool
    ) -> int:
        def late(loaded: Loaded) -> Append:
            while self._work:
                with ThreadPoolExecutor(1) as process:
                    process.submit(self._work.pop()).result()
            return decide(loaded)

        return await super().transact(wanted, late, locked=locked)


def test_a_slot_that_is_held_within_a_batch_alone_is_nobody_elses(told_on_postgres):
    # No row is left of it that others could meet, so the head row has to keep them off.
    committed(told_on_postgres, policy(replace(POLICY, bays=1)))
    taken, free = NEXT_MONDAY, NEXT_MONDAY + 2 * HOUR
    batch = [
        stories.move(PENDING_ID, start, at=MONDAY + DAY, number=number)
        for number, start in ((130, taken), (131, free))
    ]
    theirs = stories.move(OTHER_BOOKING_ID, taken, at=MONDAY + DAY, number=132)

    async def change() -> list[int]:
        store = Crossed(told_on_postgres, theirs)
        outcomes = await commit(store, VAULT, batch)
        await store.close()
        return [one.answer.status for one in outcomes if isinstance(one, Answered)]

    assert asyncio.run(change()) == [409, 200]
    held = "SELECT booking_id FROM slot WHERE starts_at = '{:%Y-%m-%d %H:%M:%S+00}'"
    assert stories.rows(told_on_postgres, held.format(taken)) == [(OTHER_BOOKING_ID,)]
    assert stories.rows(told_on_postgres, held.format(free)) == [(PENDING_ID,)]


def test_a_batch_that_moves_a_booking_twice_is_decided_under_the_head_row(told):
    watch = Watched()
    batch = [
        stories.move(PENDING_ID, NEXT_MONDAY + n * HOUR, at=MONDAY + DAY, number=n)
        for n in (2, 4)
    ]

    async def change():
        async with stores.storing(told) as store:
            return await commit(store, VAULT, batch, Watches(watch))

    outcomes = asyncio.run(change())

    assert [type(outcome) for outcome in outcomes] == [Answered, Answered]
    assert [tried.locked for tried in watch.tries] == [False, True]


def test_a_batch_that_is_run_again_is_told(told):
    watch = Watched()

    async def twice():
        async with stores.storing(told) as store:
            return await commit(store, VAULT, [say(2), say(123)], Watches(watch, watch))

    asyncio.run(twice())

    # Both under the head row, and then in halves: told to each of two.
    assert watch.retried == 2 * 4
    assert [(len(tried.calls), tried.locked) for tried in watch.tries[::2]] == [
        (2, False),
        (2, True),
        (1, True),
        (1, True),
    ]
