"""Group commit: all calls that wait are decided together and committed at once.

Nobody is answered before the commit returned. Whatever fails in a batch fails alone:
after a conflict the whole batch runs once more under the head row, where nobody else
can conflict, and what conflicts even there runs one by one.
"""

import asyncio
from collections.abc import Callable, Sequence

from application.answers import Answered
from application.batch import Batch
from application.calls import AnyCall, Busy, Fault
from application.kept import Pending
from application.ports import (
    Append,
    Conflict,
    EpochChanged,
    Loaded,
    Store,
    Unavailable,
)
from application.sealing import Vault
from application.wanted import wanted
from application.watching import UNWATCHED, Watch

MAX_BATCH = 512
MAX_WAITING = 4096

Waiter = asyncio.Future[Answered]
Entry = tuple[AnyCall, Waiter]


class Committer:
    """The one writer of a process: a task of its event loop.

    `on_fatal` is told of an error that no single call caused, and of another release
    that has taken over; the process is to end then.
    """

    def __init__(
        self,
        store: Store,
        vault: Vault,
        on_fatal: Callable[[BaseException], None],
        watch: Watch = UNWATCHED,
    ) -> None:
        self._store = store
        self._vault = vault
        self._on_fatal = on_fatal
        self._watch = watch
        self._queue: asyncio.Queue[Entry] = asyncio.Queue(MAX_WAITING)

    @property
    def waiting(self) -> int:
        """How many calls are in no batch yet."""
        return self._queue.qsize()

    async def change(self, call: AnyCall) -> Answered:
        """Return the answer to `call`, once it is committed.

        Raises `NotFound`, `Forbidden`, `PreconditionFailed`, `KeyReused`, `Fault`,
        `Busy`, `Unavailable`, `Conflict` if others wrote first time and again, and a
        workshop's `Refusal`.
        """
        waiter: Waiter = asyncio.get_running_loop().create_future()
        try:
            self._queue.put_nowait((call, waiter))
        except asyncio.QueueFull:
            raise Busy from None
        return await waiter

    async def run(self) -> None:
        """Commit batches until cancelled."""
        before = last = 0
        while True:
            entries = [await self._queue.get()]
            most = share(1 + self._queue.qsize(), before, last)
            while len(entries) < most and not self._queue.empty():
                entries.append(self._queue.get_nowait())
            before, last = last, len(entries)
            await self._commit([e for e in entries if not e[1].done()])

    async def _commit(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        calls = [call for call, _waiter in entries]
        now = asyncio.get_running_loop().time
        began = now()
        try:
            outcomes = await commit(self._store, self._vault, calls, self._watch)
        except Exception as error:  # noqa: BLE001 - answered, then the process ends
            outcomes = [_fault(call, error) for call in calls]
            self._on_fatal(error)
        changed = next((o for o in outcomes if isinstance(o, EpochChanged)), None)
        if changed is not None:
            self._on_fatal(changed)
        for (_call, waiter), outcome in zip(entries, outcomes, strict=True):
            _answer(waiter, outcome)
        self._watch.committed(len(calls), now() - began)


def share(waiting: int, before: int, last: int) -> int:
    """Return how many of those who wait a batch takes, after batches of such sizes.

    All of them, when there are more than before; else half of those who come and go.
    Callers who come back once they are answered would fall into batches of one and of
    all others in turn, and while the store works nobody would be there to be heard.
    """
    come_and_go = waiting + last
    fair = waiting if waiting > before + last else (come_and_go + 1) // 2
    return min(fair, MAX_BATCH)


async def commit(
    store: Store,
    vault: Vault,
    calls: Sequence[AnyCall],
    watch: Watch = UNWATCHED,
) -> Sequence[Exception | Answered]:
    """Decide and commit `calls`; return the answer to each, or why it has none."""
    locked = any(call.needs_head for call in calls)
    try:
        try:
            return await _transact(store, vault, calls, locked=locked)
        except Conflict:
            watch.conflicted(len(calls))
            return await _transact(store, vault, calls, locked=True)
    except Conflict:
        return [await _alone(store, vault, call) for call in calls]
    except Unavailable as unavailable:
        return [unavailable] * len(calls)


async def _alone(store: Store, vault: Vault, call: AnyCall) -> Exception | Answered:
    try:
        (outcome,) = await _transact(store, vault, [call], locked=True)
    except (Conflict, Unavailable) as failure:
        return failure
    return outcome


async def _transact(
    store: Store, vault: Vault, calls: Sequence[AnyCall], *, locked: bool
) -> list[Exception | Answered]:
    outcomes: list[Exception | Pending] = []

    def decide(loaded: Loaded) -> Append:
        batch = Batch(loaded, vault)
        outcomes[:] = [batch.run(call) for call in calls]
        return batch.append

    base = await store.transact(wanted(calls), decide, locked=locked)
    return [
        outcome.after(base) if isinstance(outcome, Pending) else outcome
        for outcome in outcomes
    ]


def _fault(call: AnyCall, error: Exception) -> Fault:
    fault = Fault(str(call.command_id))
    fault.__cause__ = error
    return fault


def _answer(waiter: Waiter, outcome: Exception | Answered) -> None:
    if waiter.done():
        return
    if isinstance(outcome, Exception):
        waiter.set_exception(outcome)
    else:
        waiter.set_result(outcome)
