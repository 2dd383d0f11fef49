"""Work that its caller waits for no longer than so many seconds.

Its one law: the work itself is never broken off, since what talks to a store must hear
the answer or lose the connection; it goes on, and nobody listens.
"""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

from application.calls import Late

R = TypeVar("R")


async def in_time(work: Coroutine[None, None, R], seconds: float) -> R:
    """Return what `work` returns. Raises `Late`, and what `work` raises in time."""
    task = asyncio.ensure_future(work)
    task.add_done_callback(_heard)
    done, _pending = await asyncio.wait([task], timeout=seconds)
    if not done:
        raise Late
    return task.result()


def _heard(task: asyncio.Task[R]) -> None:
    """Let asyncio not complain of an error that came too late for anybody."""
    if not task.cancelled():
        task.exception()
