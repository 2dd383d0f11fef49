"""Calls that wait for a slow store: for how long, for whom, and until which end."""

import asyncio
from contextlib import asynccontextmanager, contextmanager, suppress

import psycopg
import pytest

from adapters.sqlite import writer
from application.answers import Answered
from application.calls import Busy, Late
from application.committer import Committer
from application.failures import OutcomeUnknown, Unavailable
from tests import stores, stories
from tests.examples import BOOKING_ID, LATE, OWNER
from tests.stories import VAULT

PATIENT = 600.0
HASTY = 0.1


def say(number):
    wish = stories.message("Hello.", at=LATE, number=500 + number)
    return stories.call(BOOKING_ID, OWNER, wish)


@contextmanager
def held(url):
    """Keep all others from writing."""
    if stores.is_sqlite(url):
        with writer.turn(stores.sqlite_path(url)):
            yield
    else:
        with psycopg.connect(url) as conn:
            conn.execute("SELECT FROM log_head FOR UPDATE")
            yield


@asynccontextmanager
async def committing(url, **limits):
    async with stores.storing(url) as store:
        working = Committer(store, VAULT, lambda _error: None, **limits)
        task = asyncio.create_task(working.run())
        try:
            yield working
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def taken(working, number):
    """Let a call be taken by a batch that cannot go on."""
    task = asyncio.create_task(working.change(say(number)))
    await asyncio.sleep(0)
    while working.waiting:  # noqa: ASYNC110 - nobody tells of it
        await asyncio.sleep(0)
    return task


async def queued(working, number, *is_gone):
    task = asyncio.create_task(working.change(say(number), *is_gone))
    await asyncio.sleep(0)
    return task


def happened(url):
    with stores.recording(url) as recorder:
        return (recorder.max_notification_id() or 0) - stories.EVENTS


def test_whose_time_is_over_is_told_whether_it_may_have_happened(told):
    async def wait():
        async with committing(told, seconds=HASTY) as working:
            with held(told):
                first = await taken(working, 1)
                others = [await queued(working, number) for number in (2, 3)]
                outcomes = await asyncio.gather(first, *others, return_exceptions=True)
            # What was taken goes on; what was not is not taken any more.
            while not await asyncio.to_thread(happened, told):
                pass
            return [type(outcome) for outcome in outcomes]

    assert asyncio.run(wait()) == [OutcomeUnknown, Late, Late]
    assert happened(told) == 1


def test_whoever_comes_when_all_others_were_told_has_a_time_too(told):
    async def wait():
        async with committing(told, seconds=HASTY) as working:
            with held(told):
                first = await taken(working, 1)
                for number in (2, 3, 4):
                    with pytest.raises(Late):
                        await working.change(say(number))
                with pytest.raises(OutcomeUnknown):
                    await first

    asyncio.run(wait())
    assert happened(told) <= 1


def test_whose_time_is_over_leaves_room_for_others(told):
    async def wait():
        async with committing(told, seconds=HASTY, room=1) as working:
            with held(told):
                first = await taken(working, 1)
                second = await queued(working, 2)
                with pytest.raises(Busy):
                    await working.change(say(3))
                with pytest.raises(Late):
                    await second
                with pytest.raises(Late):
                    await working.change(say(4))
                with pytest.raises(OutcomeUnknown):
                    await first

    asyncio.run(wait())
    assert happened(told) <= 1


def test_who_has_gone_before_their_call_was_taken_is_skipped(told):
    async def wait():
        gone: list[bool] = []
        async with committing(told, seconds=PATIENT) as working:
            with held(told):
                first = await taken(working, 1)
                second = await queued(working, 2, lambda: bool(gone))
                third = await queued(working, 3, lambda: not gone)
                gone.append(True)
            return await asyncio.gather(first, second, third, return_exceptions=True)

    first, second, third = asyncio.run(wait())

    assert isinstance(first, Answered)
    assert isinstance(second, Late)
    assert isinstance(third, Answered)
    assert happened(told) == 2


def test_at_the_end_all_are_told_and_nobody_is_let_in(told):
    async def wait():
        async with committing(told, seconds=PATIENT) as working:
            with held(told):
                first = await taken(working, 1)
                second = await queued(working, 2)
                working.give_up()
                outcomes = await asyncio.gather(first, second, return_exceptions=True)
                with pytest.raises(Unavailable, match="ends"):
                    await working.change(say(3))
            return outcomes

    first, second = asyncio.run(wait())

    assert isinstance(first, OutcomeUnknown)
    assert isinstance(second, Unavailable)
    assert not isinstance(second, OutcomeUnknown)
    assert happened(told) <= 1


def test_a_committer_that_is_stopped_leaves_nobody_waiting(told):
    async def wait():
        async with stores.storing(told) as store:
            working = Committer(store, VAULT, lambda _error: None, seconds=PATIENT)
            task = asyncio.create_task(working.run())
            with held(told):
                first = await taken(working, 1)
                second = await queued(working, 2)
                task.cancel()
                return await asyncio.gather(first, second, return_exceptions=True)

    first, second = asyncio.run(wait())

    assert isinstance(first, OutcomeUnknown)
    assert isinstance(second, Unavailable)
    assert happened(told) <= 1


def test_what_a_batch_leaves_is_in_the_next(told):
    """After batches of two and of one, a batch of three would be unfair."""

    async def wait():
        async with stores.storing(told) as store:
            working = Committer(store, VAULT, lambda _error: None)
            two = [await queued(working, number) for number in (1, 2)]
            task = asyncio.create_task(working.run())
            await asyncio.gather(*two)
            with held(told):
                one = await taken(working, 3)
                three = [await queued(working, number) for number in (4, 5, 6)]
            answered = await asyncio.gather(one, *three)
            task.cancel()
            return [answer.position for answer in answered]

    assert asyncio.run(wait()) == [stories.EVENTS + 3 + index for index in range(4)]
