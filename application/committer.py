"""Group commit: all calls that wait are decided together and committed at once.

Nobody is answered before the commit returned, and nobody waits for ever: a call whose
time is over, or whose caller has gone, is not taken any more.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from application.answers import Answered
from application.calls import AnyCall, Busy, Late
from application.committing import Broken, commit, fault
from application.failures import EpochChanged, OutcomeUnknown, Unavailable
from application.hints import Hint, unheard
from application.ports import Store
from application.sealing import Vault
from application.watching import UNWATCHED, Watch

__all__ = ["CALL_SECONDS", "MAX_BATCH", "MAX_WAITING", "Committer", "commit", "share"]

MAX_BATCH = 512
MAX_WAITING = 4096
CALL_SECONDS = 10.0

Waiter = asyncio.Future[Answered]
Gone = Callable[[], bool]


class Entry(NamedTuple):
    """A call that waits until `due`, by the loop's clock; `is_gone` asks its caller."""

    call: AnyCall
    waiter: Waiter
    due: float
    is_gone: Gone

    def tell(self, outcome: Exception | Answered) -> None:
        if self.waiter.done():
            return
        if isinstance(outcome, Exception):
            self.waiter.set_exception(outcome)
        else:
            self.waiter.set_result(outcome)

    def is_waiting(self) -> bool:
        if not self.waiter.done() and self.is_gone():
            self.tell(Late())
        return not self.waiter.done()


def never() -> bool:
    """Say that the caller is there."""
    return False


class Committer:
    """The one writer of a process: a task of its event loop.

    `on_fatal` is told of an error that no single call caused, and of another release
    that has taken over; the process is to end then. `hint` is told how far the log has
    come. A call waits for `seconds` at most, and `room` calls at once.
    """

    def __init__(
        self,
        store: Store,
        vault: Vault,
        on_fatal: Callable[[BaseException], None],
        watch: Watch = UNWATCHED,
        *,
        hint: Hint = unheard,
        seconds: float = CALL_SECONDS,
        room: int = MAX_WAITING,
    ) -> None:
        self._store = store
        self._vault = vault
        self._on_fatal = on_fatal
        self._watch = watch
        self._hint = hint
        self._seconds = seconds
        self._room = room
        self._queue = deque[Entry]()
        self._batch: Sequence[Entry] = ()
        self._came = asyncio.Event()
        self._has_ended = False

    @property
    def waiting(self) -> int:
        """How many calls are in no batch yet."""
        return len(self._queue)

    async def change(self, call: AnyCall, is_gone: Gone = never) -> Answered:
        """Return the answer to `call`, once it is committed.

        It is not taken once `is_gone` says that nobody waits for it. Raises `NotFound`,
        `Forbidden`, `PreconditionFailed`, `KeyReused`, `Fault`, `Busy`, `Late`,
        `Unavailable`, and a workshop's `Refusal`.
        """
        if self._has_ended:
            raise Unavailable("The process ends.")
        if len(self._queue) >= self._room:
            raise Busy
        loop = asyncio.get_running_loop()
        waiter: Waiter = loop.create_future()
        due = loop.time() + self._seconds
        self._queue.append(Entry(call, waiter, due, is_gone))
        self._came.set()
        return await waiter

    async def run(self) -> None:
        """Commit batches until cancelled; whoever waits then is told so."""
        before = last = 0
        try:
            while True:
                await self._came.wait()
                entries = self._take(share(len(self._queue), before, last))
                before, last = last, len(entries)
                await self._commit([entry for entry in entries if entry.is_waiting()])
        finally:
            self.give_up()

    def give_up(self) -> None:
        """Answer all who wait, since the process ends, and take nothing any more."""
        self._has_ended = True
        self._tell_all(float("inf"), Unavailable("The process ends."))

    def _take(self, most: int) -> Sequence[Entry]:
        count = min(most, len(self._queue))
        entries = [self._queue.popleft() for _ in range(count)]
        if not self._queue:
            self._came.clear()
        return entries

    async def _commit(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        loop = asyncio.get_running_loop()
        self._batch, began = entries, loop.time()
        self._alarm = loop.call_at(entries[0].due, self._expire)
        try:
            outcomes = await self._outcomes([entry.call for entry in entries])
        finally:
            self._alarm.cancel()
        for entry, outcome in zip(entries, outcomes, strict=True):
            entry.tell(outcome)
        self._batch = ()
        self._hint(_reached(outcomes))
        self._watch.committed(len(entries), loop.time() - began)
        self._watch.replayed(_replays(outcomes))

    async def _outcomes(
        self, calls: Sequence[AnyCall]
    ) -> Sequence[Exception | Answered]:
        try:
            outcomes = await commit(
                self._store, self._vault, calls, self._watch, patience=self._seconds
            )
        except Exception as error:  # noqa: BLE001 - answered, then the process ends
            self._on_fatal(error)
            return [fault(call, error) for call in calls]
        ends = next(
            (o for o in outcomes if isinstance(o, (EpochChanged, Broken))), None
        )
        if ends is not None:
            self._on_fatal(ends.__cause__ or ends if isinstance(ends, Broken) else ends)
        return outcomes

    def _expire(self) -> None:
        """Answer those whose time is over, and come back for the next of them.

        One alarm is enough while a batch is worked on, and nobody waits without one:
        they are due in the order in which they came.
        """
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._tell_all(now, Late())
        waiting = (e for e in (*self._batch, *self._queue) if not e.waiter.done())
        due = next((entry.due for entry in waiting), now + self._seconds)
        self._alarm = loop.call_at(due, self._expire)

    def _tell_all(self, now: float, untaken: Exception) -> None:
        """Answer all who are due by `now`; what was taken may have happened."""
        for entry in [entry for entry in self._batch if entry.due <= now]:
            entry.tell(OutcomeUnknown())
        for entry in [entry for entry in self._queue if entry.due <= now]:
            entry.tell(untaken)
        self._queue = deque(e for e in self._queue if not e.waiter.done())


def _reached(outcomes: Sequence[Exception | Answered]) -> int:
    """Return a position that the log has by now: the highest that was answered.

    What is behind it is of the same commit, and found by whoever looks.
    """
    return max(
        (one.position for one in outcomes if isinstance(one, Answered)), default=0
    )


def _replays(outcomes: Sequence[Exception | Answered]) -> int:
    return sum(isinstance(one, Answered) and one.is_replay for one in outcomes)


def share(waiting: int, before: int, last: int) -> int:
    """Return how many of those who wait a batch takes, after batches of such sizes.

    All of them, when there are more than before; else half of those who come and go.
    Callers who come back once they are answered would fall into batches of one and of
    all others in turn, and while the store works nobody would be there to be heard.
    """
    come_and_go = waiting + last
    fair = waiting if waiting > before + last else (come_and_go + 1) // 2
    return min(fair, MAX_BATCH)
