"""Who looks on while a process works: what counts, what traces, and the log."""

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from adapters import metrics, sweeping, tracing
from adapters.connections import Connected
from adapters.http import telling
from adapters.http.telling import Begin, Tell
from adapters.metrics import Metrics
from adapters.settings import Settings
from application.watching import Watches

if TYPE_CHECKING:
    from adapters.spans import Spans


class Observers(NamedTuple):
    """Those that the settings ask for."""

    shown: "Metrics | None"
    spans: "Spans | None"

    @property
    def watch(self) -> Watches:
        return Watches(*(one for one in self if one is not None))

    @property
    def begin(self) -> Begin | None:
        """Return what begins the trace of a request."""
        return None if self.spans is None else self.spans.began

    def sweeps(self) -> Sequence[sweeping.Watch]:
        """Return who is told of what is swept, in a process that sweeps."""
        if self.shown is not None:
            self.shown.watch_sweeps()
        return (sweeping.LOG, *(one for one in self if one is not None))

    def watch_queue(self, waiting: Callable[[], float]) -> None:
        if self.shown is not None:
            self.shown.watch_queue(waiting)

    def watch_connections(self, to: str, pool: Connected) -> None:
        if self.shown is not None:
            self.shown.watch_connections(to, pool)

    def stored(self, size: int) -> None:
        """Be told of an upload of so many bytes."""
        if self.shown is not None:
            self.shown.stored(size)

    def told(self, settings: Settings) -> Sequence[Tell]:
        """Return who is told of each answer."""
        told: list[Tell] = []
        if settings.tells_requests:
            told.append(telling.log)
        if self.shown is not None:
            told.append(self.shown.answered)
        return told


@contextmanager
def observed(settings: Settings) -> Generator[Observers]:
    """Yield who looks on meanwhile. Raises `SettingsError`."""
    with metrics.shown(settings) as shown, tracing.traced(os.environ) as spans:
        yield Observers(shown, spans)
