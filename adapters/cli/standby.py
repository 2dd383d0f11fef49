"""Standing by: what is of the next release waits until the read models are.

Its one law: meanwhile nothing listens, so that a proxy sends calls to others.
"""

import signal
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

from adapters.cli import output
from adapters.errors import StoreBehind, StoreUnreachable

SECONDS = 0.2


def until_switched(check: Callable[[], None], work: Callable[[], None]) -> None:
    """Do `work`; where it finds the store behind, wait, and do it then.

    Raises what `check` raises besides, but for a store that is away for a while.
    """
    try:
        work()
    except StoreBehind as behind:
        output.say(f"{behind} Standing by until then.")
        with _ended_by_a_signal():
            _wait(check)
        work()


def _wait(check: Callable[[], None]) -> None:
    while True:
        try:
            check()
        except (StoreBehind, StoreUnreachable):
            time.sleep(SECONDS)
        else:
            return


@contextmanager
def _ended_by_a_signal() -> Generator[None]:
    """End with 0 when told to: there is nothing to finish."""
    before = signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)
