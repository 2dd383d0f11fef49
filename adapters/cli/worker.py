"""`bookings worker`: what is done behind the commands, by any number of processes."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Annotated

from cyclopts import Parameter

from adapters import bootstrap, hinting, logs, observing, sweeping
from adapters.cli import output, standby
from adapters.cli.ending import LAST_SECONDS, Ending
from adapters.cli.parameters import UnsafeDurability
from adapters.observing import Observers
from adapters.settings import Settings
from application.committer import Committer
from application.failures import EpochChanged
from application.sweeping import Sweeper


def worker(
    *,
    once: Annotated[
        bool, Parameter(help="End when nothing is left to do, as a timer wants it.")
    ] = False,
    unsafe_durability: UnsafeDurability = False,
) -> None:
    settings = bootstrap.settings()
    logs.configure(settings.log_level)

    def work() -> None:
        _begin(settings, once=once, unsafe_durability=unsafe_durability)

    if once:
        work()
    else:
        standby.until_switched(bootstrap.kind(settings).check, work)


def _begin(settings: Settings, *, once: bool, unsafe_durability: bool) -> None:
    if not unsafe_durability:
        bootstrap.kind(settings).check()
        bootstrap.must_be_durable(settings)
    # A signal that comes before there is anything to finish.
    with observing.observed(settings) as observers, suppress(asyncio.CancelledError):
        asyncio.run(_work(settings, observers, once=once))


async def _work(settings: Settings, observers: Observers, *, once: bool) -> None:
    task, ending, end = asyncio.current_task(), Ending(), asyncio.Event()
    # A thread that waits for a file's turn cannot be called off.
    last = settings.grace_seconds + LAST_SECONDS
    if task is not None:
        _on_signals(task.cancel, ending, last)
    async with _sweeper(settings, ending, observers) as sweeper:
        _on_signals(end.set, ending, last)
        if once:
            await sweeping.sweep_all(sweeper, end, observers.sweeps())
        else:
            output.say("Sweeping. Ctrl-C ends it.")
            await _sweep(sweeper, end, ending, settings.sweep_seconds, observers)
    ending.tell()


async def _sweep(
    sweeper: Sweeper,
    end: asyncio.Event,
    ending: Ending,
    seconds: float,
    observers: Observers,
) -> None:
    try:
        await sweeping.keep_sweeping(
            sweeper, end, seconds=seconds, watches=observers.sweeps()
        )
    except EpochChanged as error:
        ending.begin(error)


@asynccontextmanager
async def _sweeper(
    settings: Settings, ending: Ending, observers: Observers
) -> AsyncGenerator[Sweeper]:
    async with bootstrap.opened(settings) as store, hinting.telling(settings) as hint:
        observers.watch_connections("store", store.pool)
        committer = Committer(
            store.store, store.vault, ending.begin, observers.watch, hint=hint
        )
        task = asyncio.create_task(committer.run())
        try:
            async with bootstrap.sweeper(
                settings, committer.change, observers.watch_connections
            ) as sweeper:
                yield sweeper
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def _on_signals(handler: Callable[[], object], ending: Ending, last: float) -> None:
    def told() -> None:
        ending.within(last)
        handler()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told)
