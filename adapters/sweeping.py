"""Sweeps again and again, at a pace that drifts, until it is told to end."""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

import structlog

from application.calls import Busy
from application.failures import Conflict, EpochChanged, Unavailable
from application.sweeping import Step, Sweeper, Swept

# What grows old slowly is looked at so often, which spares the others the head row.
RARELY = 60.0
# After what did not work there is no hurry: nothing waits for it.
PATIENCE = 30.0

_log = structlog.get_logger()


class Watch(Protocol):
    """Whoever looks on. `what` is a step's name, `seconds` what it took."""

    def swept(self, what: str, swept: Swept, seconds: float) -> None: ...

    def swept_all(self) -> None:
        """Be told that nothing is left to sweep."""
        ...


class Log:
    """A `Watch` that logs what was done, and what cannot be."""

    def swept(self, what: str, swept: Swept, seconds: float) -> None:
        del seconds
        if swept.done:
            _log.info("swept", what=what, count=swept.done)
        for fault in swept.faults:
            _log.error("cannot be swept", what=what, exc_info=fault)

    def swept_all(self) -> None:
        """Do nothing: a quiet log is a good one."""


LOG = Log()


async def keep_sweeping(
    sweeper: Sweeper,
    end: asyncio.Event,
    *,
    seconds: float,
    watches: Sequence[Watch] = (LOG,),
) -> None:
    """Sweep about every `seconds` until `end`. Raises `EpochChanged`."""
    now, rarely = asyncio.get_running_loop().time, 0.0
    while not end.is_set():
        is_rare = now() >= rarely
        try:
            await _sweep(sweeper.all if is_rare else sweeper.often, end, watches)
        except EpochChanged:
            raise
        except (Busy, Conflict, Unavailable) as error:
            _log.warning("not swept", reason=str(error) or type(error).__name__)
            await _rest(end, PATIENCE)
            continue
        if is_rare:
            rarely = now() + RARELY
        await _rest(end, seconds)


async def sweep_all(
    sweeper: Sweeper, end: asyncio.Event, watches: Sequence[Watch] = (LOG,)
) -> None:
    """Sweep until nothing is left, or `end`. Raises `Unavailable`, `Conflict`."""
    await _sweep(sweeper.all, end, watches)


@asynccontextmanager
async def beside(
    sweeper: Sweeper,
    on_fatal: Callable[[BaseException], None],
    *,
    seconds: float,
    watches: Sequence[Watch] = (LOG,),
) -> AsyncGenerator[None]:
    """Sweep for as long as the block runs; `on_fatal` is told of what ends it early."""
    task = asyncio.create_task(
        keep_sweeping(sweeper, asyncio.Event(), seconds=seconds, watches=watches)
    )
    task.add_done_callback(lambda ended: _tell(ended, on_fatal))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def _tell(ended: asyncio.Task[None], on_fatal: Callable[[BaseException], None]) -> None:
    error = None if ended.cancelled() else ended.exception()
    if error is not None:
        on_fatal(error)


async def _sweep(
    steps: dict[str, Step], end: asyncio.Event, watches: Sequence[Watch]
) -> None:
    """Do each step until nothing is left for it, and say what was done."""
    now = asyncio.get_running_loop().time
    for name, step in steps.items():
        is_all = False
        while not (is_all or end.is_set()):
            began = now()
            swept = await step()
            is_all = swept.is_all
            for watch in watches:
                watch.swept(name, swept, now() - began)
    if not end.is_set():
        for watch in watches:
            watch.swept_all()


async def _rest(end: asyncio.Event, seconds: float) -> None:
    """Wait about so long, or for `end`; those who began together drift apart."""
    pause = seconds * random.uniform(0.5, 1.5)  # noqa: S311 - it guards nothing
    try:
        await asyncio.wait_for(end.wait(), pause)
    except TimeoutError:
        return
