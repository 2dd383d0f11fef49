"""Nobody waits for longer than they were told, and what they waited for goes on."""

import asyncio

import pytest

from application.calls import Late
from application.waiting import in_time

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


async def test_what_comes_in_time_is_returned():
    async def work() -> int:
        await asyncio.sleep(0)
        return 7

    assert await in_time(work(), 60) == 7


async def test_what_fails_in_time_is_raised():
    async def work() -> None:
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        await in_time(work(), 60)


@pytest.mark.parametrize("fails", [False, True])
async def test_whoever_waits_for_too_long_is_told_and_the_work_goes_on(fails: bool):
    began, go, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        began.set()
        await go.wait()
        done.set()
        if fails:
            raise ValueError

    with pytest.raises(Late):
        await in_time(work(), 0.01)
    go.set()

    await done.wait()
    assert began.is_set()


async def test_work_that_is_broken_off_by_others_complains_to_nobody():
    tasks: list[asyncio.Task[None] | None] = []

    async def work() -> None:
        tasks.append(asyncio.current_task())
        await asyncio.Event().wait()

    with pytest.raises(Late):
        await in_time(work(), 0.01)
    (task,) = tasks
    assert task is not None
    task.cancel()

    await asyncio.wait([task])
    assert task.cancelled()
