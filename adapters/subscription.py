"""Tails the log by asking for what came after, when a hint comes and now and then.

The library's own subscription waits for a NOTIFY that our writers do not send. A hint
is only ever a reason to look: what was looked for decides what there is.
"""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Event
from typing import Generic, TypeVar

from eventsourcing.persistence import ApplicationRecorder, Notification, Subscription

from adapters.hinting import Hints, InProcess

PAGE = 500

N = TypeVar("N")


class Tail(Generic[N]):
    """What comes after position `last`, by the page, for ever; `stop()` ends a wait.

    `fetch` returns what comes after a position, in its order, and `place` the position
    of one of these.
    """

    def __init__(
        self,
        fetch: Callable[[int], Sequence[N]],
        place: Callable[[N], int],
        last: int,
        hints: Hints | None = None,
    ) -> None:
        self._fetch, self._place, self._last = fetch, place, last
        self._hints = InProcess() if hints is None else hints
        self._stopped, self._rung = Event(), Event()
        self._hints.listen(self._hear)

    def page(self) -> Sequence[N]:
        """Return what comes next, once there is some; nothing once stopped."""
        while True:
            # In this order: what rings from here on is seen, or ends the wait.
            self._rung.clear()
            if self._stopped.is_set():
                return ()
            page = self._fetch(self._last)
            if page:
                self._last = self._place(page[-1])
                return page
            self._rung.wait(self._hints.poll)

    def stop(self) -> None:
        if not self._stopped.is_set():
            self._stopped.set()
            self._hints.forget(self._hear)
            self._rung.set()

    def _hear(self, position: int) -> None:
        if position > self._last:
            self._rung.set()


class PollingSubscription(Subscription[ApplicationRecorder]):
    """Notifications after position `gt`, in their order, for ever."""

    def __init__(
        self,
        recorder: ApplicationRecorder,
        gt: int | None = None,
        topics: Sequence[str] = (),
        *,
        hints: Hints | None = None,
    ) -> None:
        super().__init__(recorder, gt, topics)
        self._fetched: deque[Notification] = deque()
        self._tail = Tail(self._after, lambda found: found.id, gt or 0, hints)

    def stop(self) -> None:
        super().stop()
        self._tail.stop()

    def __next__(self) -> Notification:
        if not self._fetched:
            self._fetched.extend(self._tail.page())
        if self._has_been_stopped or not self._fetched:
            raise StopIteration
        return self._fetched.popleft()

    def _after(self, position: int) -> Sequence[Notification]:
        return self._recorder.select_notifications(
            position, PAGE, topics=self._topics, inclusive_of_start=False
        )
