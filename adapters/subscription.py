"""Tails the log by asking for what came after; `stop()` ends a wait at once.

The library's own subscription waits for a NOTIFY that our writers do not send.
"""

from collections import deque
from collections.abc import Sequence
from threading import Event

from eventsourcing.persistence import ApplicationRecorder, Notification, Subscription

POLL = 0.1  # seconds
PAGE = 500


class PollingSubscription(Subscription[ApplicationRecorder]):
    """Notifications after position `gt`, in their order, for ever."""

    def __init__(
        self,
        recorder: ApplicationRecorder,
        gt: int | None = None,
        topics: Sequence[str] = (),
    ) -> None:
        super().__init__(recorder, gt, topics)
        self._last = gt or 0
        self._fetched: deque[Notification] = deque()
        self._stopped = Event()

    def stop(self) -> None:
        super().stop()
        self._stopped.set()

    def __next__(self) -> Notification:
        while not self._stopped.is_set():
            if self._fetched:
                return self._fetched.popleft()
            self._fetch()
            if not self._fetched:
                self._stopped.wait(POLL)
        raise StopIteration

    def _fetch(self) -> None:
        page = self._recorder.select_notifications(
            self._last, PAGE, topics=self._topics, inclusive_of_start=False
        )
        self._fetched.extend(page)
        if page:
            self._last = page[-1].id
