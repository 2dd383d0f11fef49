"""What a process counts and measures, and the port of its own where that can be read.

Its one law: labels are names of ours (routes, codes, statuses), never what a caller
sent, so their number is bounded and nobody's data is in them.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import cache

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    start_http_server,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from adapters.connections import Connected
from adapters.http.telling import NONE, Answered
from adapters.settings import Settings, SettingsError
from application.sweeping import Swept
from application.watching import Tried

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_CALLS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


class Metrics:
    """A registry of one process, and what is told to it; it is a `Watch` too."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Histogram(
            "bookings_request_seconds",
            "From a request's arrival to the end of its answer.",
            ("route", "method", "status"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._request = cache(self._requests.labels)
        self._problems = self._counter(
            "bookings_problems", "Answers that are no success, by their code.", "code"
        )
        self._batches = Histogram(
            "bookings_batch_calls",
            "Calls that were decided together.",
            buckets=_CALLS,
            registry=self.registry,
        )
        self._commits = Histogram(
            "bookings_commit_seconds",
            "From a batch's first load to its answers.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._stages = Histogram(
            "bookings_stage_seconds",
            "Each time that a batch was loaded, decided and committed, by its stage.",
            ("stage",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._stage = cache(self._stages.labels)
        self._retries = self._counter(
            "bookings_retried_calls", "Calls decided again, since others wrote first."
        )
        self._replays = self._counter(
            "bookings_replayed_calls",
            "Calls that got the first answer under their key again.",
        )
        self._swept = self._counter(
            "bookings_swept", "What was swept behind the calls, by its kind.", "what"
        )
        self._sweeps = Histogram(
            "bookings_sweep_seconds",
            "One step of sweeping, by its kind.",
            ("what",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._unswept = self._counter(
            "bookings_sweep_faults", "Bookings whose facts cannot be written."
        )
        self._connections = _ConnectionsCollector()
        self.registry.register(self._connections)
        self._bytes = self._counter(
            "bookings_upload_bytes", "Bytes of uploads that were stored."
        )

    def answered(self, answered: Answered) -> None:
        """Be told of an answer, as `Tell` is."""
        status = NONE if answered.status is None else str(answered.status)
        self._request(answered.route, answered.method, status).observe(answered.seconds)
        if answered.code is not None:
            self._problems.labels(answered.code).inc()

    def tried(self, tried: Tried) -> None:
        for stage, began, ended in tried.stages():
            self._stage(stage).observe(ended - began)

    def committed(self, calls: int, seconds: float) -> None:
        self._batches.observe(calls)
        self._commits.observe(seconds)

    def conflicted(self, calls: int) -> None:
        self._retries.inc(calls)

    def replayed(self, calls: int) -> None:
        self._replays.inc(calls)

    def watch_sweeps(self) -> None:
        """Show when everything was last swept, in a process that sweeps."""
        self._last_sweep = Gauge(
            "bookings_last_sweep_timestamp_seconds",
            "When everything that was due had been swept, in seconds since 1970.",
            registry=self.registry,
        )

    def swept(self, what: str, swept: Swept, seconds: float) -> None:
        self._sweeps.labels(what).observe(seconds)
        self._swept.labels(what).inc(swept.done)
        self._unswept.inc(len(swept.faults))

    def swept_all(self) -> None:
        """Be told that nothing is left to sweep."""
        self._last_sweep.set_to_current_time()

    def stored(self, size: int) -> None:
        """Be told of an upload of so many bytes."""
        self._bytes.inc(size)

    def watch_queue(self, waiting: Callable[[], float]) -> None:
        """Ask `waiting` for the number of calls in no batch yet, when it is read."""
        Gauge(
            "bookings_queue_calls",
            "Calls that are in no batch yet.",
            registry=self.registry,
        ).set_function(waiting)

    def watch_connections(self, to: str, pool: Connected) -> None:
        """Ask `pool` for what it has, when it is read."""
        self._connections.pools[to] = pool

    def _counter(self, name: str, told: str, *labels: str) -> Counter:
        return Counter(name, told, labels, registry=self.registry)


class _ConnectionsCollector(Collector):
    """Asks the pools while it is read, and costs nothing meanwhile."""

    def __init__(self) -> None:
        self.pools: dict[str, Connected] = {}

    def collect(self) -> Iterator[GaugeMetricFamily]:
        held = GaugeMetricFamily(
            "bookings_connections",
            "Connections to a place: open, of these in use, and how many there may be.",
            labels=("to", "state"),
        )
        waiting = GaugeMetricFamily(
            "bookings_connections_waiting",
            "Who waits for a connection to a place.",
            labels=("to",),
        )
        for to, pool in self.pools.items():
            now = pool.connections
            held.add_metric((to, "open"), now.open)
            held.add_metric((to, "used"), now.used)
            held.add_metric((to, "limit"), now.limit)
            waiting.add_metric((to,), now.waiting)
        yield held
        yield waiting


@contextmanager
def shown(settings: Settings) -> Generator[Metrics | None]:
    """Yield what counts, which can be read meanwhile; None unless a port is set.

    Raises `SettingsError` when the port cannot be had.
    """
    if settings.metrics_port is None:
        yield None
        return
    metrics, place = Metrics(), (settings.metrics_host, settings.metrics_port)
    try:
        server, thread = start_http_server(place[1], place[0], metrics.registry)
    except OSError as error:
        raise SettingsError(
            f"BOOKINGS_METRICS_PORT: cannot listen on {place[0]}:{place[1]}: "
            f"{error.strerror}"
        ) from None
    try:
        yield metrics
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
