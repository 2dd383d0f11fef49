"""What is counted, and that it can be read on a port of its own and nowhere else."""

import socket
import urllib.request
from contextlib import closing

import pytest

from adapters import metrics
from adapters.connections import Connections
from adapters.http.telling import Answered
from adapters.metrics import Metrics
from adapters.settings import SettingsError, read_settings
from application.calls import Fault
from application.sweeping import Swept
from application.watching import Tried
from tests import servers
from tests.examples import uuid

REQUEST = {"route": "/api/co/bookings/{booking_id}", "method": "PUT"}


def answered(status: int | None = 200, code: str | None = None) -> Answered:
    return Answered(
        request_id=uuid(1),
        trace_id=None,
        status=status,
        code=code,
        seconds=0.02,
        **REQUEST,
    )


def value(of: Metrics, name: str, **labels: str) -> float | None:
    return of.registry.get_sample_value(name, labels)


def test_requests_are_measured_by_route_method_and_status():
    counted = Metrics()
    for status in (200, 200, 409, None):
        counted.answered(answered(status))

    name = "bookings_request_seconds"
    assert value(counted, f"{name}_count", status="200", **REQUEST) == 2
    assert value(counted, f"{name}_count", status="409", **REQUEST) == 1
    assert value(counted, f"{name}_count", status="none", **REQUEST) == 1
    assert value(counted, f"{name}_sum", status="200", **REQUEST) == 0.04
    at_most = {"le": "0.025", "status": "409"}
    assert value(counted, f"{name}_bucket", **at_most, **REQUEST) == 1


def test_refusals_are_counted_by_code():
    counted = Metrics()
    counted.answered(answered())
    counted.answered(answered(409, "slot_taken"))

    assert value(counted, "bookings_problems_total", code="slot_taken") == 1


def test_batches_and_their_retries_are_measured():
    counted, waiting = Metrics(), [1, 2, 3]
    counted.watch_queue(lambda: len(waiting))
    counted.committed(32, 0.004)
    counted.conflicted(7)
    counted.replayed(5)
    waiting.pop()

    assert value(counted, "bookings_batch_calls_sum") == 32
    assert value(counted, "bookings_commit_seconds_bucket", le="0.005") == 1
    assert value(counted, "bookings_commit_seconds_bucket", le="0.0025") == 0
    assert value(counted, "bookings_retried_calls_total") == 7
    assert value(counted, "bookings_replayed_calls_total") == 5
    assert value(counted, "bookings_queue_calls") == 2


def test_the_stages_of_a_batch_are_measured_as_far_as_it_came():
    counted = Metrics()
    counted.tried(Tried([], False, began=1.0, loaded=1.5, decided=1.75, ended=4.75))
    counted.tried(Tried([], True, began=1.0, loaded=None, decided=None, ended=3.0))

    stages = {
        stage: value(counted, "bookings_stage_seconds_sum", stage=stage)
        for stage in ("load", "decide", "commit")
    }
    assert stages == {"load": 0.5 + 2.0, "decide": 0.25, "commit": 3.0}


class Pool:
    """One connection that three use in turn."""

    connections = Connections.of_one(is_open=True, callers=3)


def test_connections_are_asked_for_when_they_are_read():
    counted = Metrics()
    counted.watch_connections("store", Pool())

    held = {
        state: value(counted, "bookings_connections", to="store", state=state)
        for state in ("open", "used", "limit")
    }
    assert held == {"open": 1, "used": 1, "limit": 1}
    assert value(counted, "bookings_connections_waiting", to="store") == 2


def test_only_who_sweeps_shows_when_it_last_did():
    counted, name = Metrics(), "bookings_last_sweep_timestamp_seconds"
    assert value(counted, name) is None
    counted.watch_sweeps()
    assert value(counted, name) == 0
    counted.swept_all()
    assert (value(counted, name) or 0) > 0


def test_sweeps_and_uploads_are_counted():
    counted = Metrics()
    counted.swept("facts", Swept(done=3, is_all=True, faults=(Fault("1"),)), 0.02)
    counted.stored(70)
    counted.stored(30)

    assert value(counted, "bookings_swept_total", what="facts") == 3
    assert value(counted, "bookings_sweep_seconds_sum", what="facts") == 0.02
    assert value(counted, "bookings_sweep_faults_total") == 1
    assert value(counted, "bookings_upload_bytes_total") == 100


def test_without_a_port_nothing_is_counted():
    with metrics.shown(read_settings({})) as counted:
        assert counted is None


def test_a_port_that_is_taken_is_one_line():
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        settings = read_settings({"BOOKINGS_METRICS_PORT": str(port)})
        with (
            pytest.raises(SettingsError, match=r"^BOOKINGS_METRICS_PORT: cannot "),
            metrics.shown(settings),
        ):
            pass


def read(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as page:
        text: bytes = page.read()
    return text.decode()


def test_a_process_shows_what_it_counts_on_a_port_of_its_own():
    port = servers.free_port()
    with metrics.shown(read_settings({"BOOKINGS_METRICS_PORT": str(port)})) as counted:
        assert counted is not None
        counted.stored(70)
        assert "bookings_upload_bytes_total 70.0\n" in read(port)

    with pytest.raises(OSError, match="refused"):
        read(port)
