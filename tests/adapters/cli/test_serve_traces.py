"""Traces: what a call does is seen by whoever collects them, and nothing that it says.

The servers are processes, and the collector is a real receiver of OTLP over HTTP.
"""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from adapters import tracing
from adapters.settings import SettingsError
from tests import collecting, running, servers
from tests.collecting import Collector, Span
from tests.running import Serving

OWNER = "kari-nordmann"
TEXT = "Grandmother is ill"
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
REQUEST_ID = "2f1c8c2e-7a35-4d0a-9d39-5a1f5b8b2a10"
ROUTE = "PUT /api/co/bookings/{booking_id}"
SERVER = 2  # of the protocol's kinds


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting.collecting() as collector:
        yield collector


def environ(url: str) -> dict[str, str]:
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": url,
        "OTEL_BSP_SCHEDULE_DELAY": "50",
        "BOOKINGS_LOG_LEVEL": "debug",
    }


def put(server: Serving, number: int, **headers: str) -> httpx.Response:
    return httpx.put(
        f"{server.url}/api/co/bookings/{number}?secret-query",
        headers={"authorization": f"Bearer {running.token(OWNER)}"} | headers,
        json={"message": {"text": TEXT}},
        timeout=60,
    )


def test_a_put_is_a_trace_from_its_caller_to_its_commit(
    store_url: str, tmp_path: Path, collector: Collector
):
    number = asyncio.run(running.place_one_each(store_url, [OWNER]))[OWNER]
    log = tmp_path / "log"
    server = Serving(store_url, environ(collector.url), log)
    try:
        server.wait_until_ready()
        answer = put(
            server,
            number,
            traceparent=f"00-{TRACE}-{PARENT}-01",
            tracestate="vendor=secret-state",
            **{"x-request-id": REQUEST_ID},
        )
        assert answer.status_code == 200
        collector.wait_for(lambda spans: named(ROUTE, spans))
        assert server.stop() == 0
    finally:
        server.kill()

    spans = [span for span in collector.spans if span.trace_id == TRACE]
    collector.spans.clear()
    request = only(ROUTE, spans)
    batch = only("batch", spans)
    assert (request.parent_id, request.kind) == (PARENT, SERVER)
    assert request.attributes == {
        "http.request.method": "PUT",
        "http.route": "/api/co/bookings/{booking_id}",
        "http.response.status_code": 200,
        "bookings.request_id": REQUEST_ID,
    }
    assert batch.parent_id == request.span_id
    assert batch.links == {request.span_id}
    assert request.links == {batch.span_id}
    assert batch.attributes == {"bookings.calls": 1, "bookings.tries": 1}
    stages = [only(name, spans) for name in ("load", "decide", "commit")]
    for stage in stages:
        assert stage.parent_id == batch.span_id
        assert stage.attributes == {"bookings.calls": 1, "bookings.locked": False}
    moments = [batch.began, *(stage.ended for stage in stages), request.ended]
    assert request.began <= batch.began
    assert moments == sorted(moments)
    assert {span.service for span in spans} == {"bookings"}
    assert {line["trace_id"] for line in of_request(log)} == {TRACE}
    for secret in (TEXT, OWNER, str(number), "secret", running.token(OWNER)[:30]):
        assert not any(secret.encode() in body for body in collector.bodies)


def named(name: str, spans: list[Span]) -> bool:
    return any(span.name == name for span in spans)


def only(name: str, spans: list[Span]) -> Span:
    (span,) = [span for span in spans if span.name == name]
    return span


def of_request(log: Path) -> list[dict[str, str]]:
    """Return the lines of the log that belong to the request."""
    lines = [json.loads(x) for x in log.read_text().splitlines() if x.startswith("{")]
    found = [line for line in lines if line.get("request_id") == REQUEST_ID]
    assert found
    return found


def test_a_request_without_a_trace_begins_one_that_its_log_names(
    sqlite_url: str, tmp_path: Path, collector: Collector
):
    asyncio.run(running.place_one_each(sqlite_url, [OWNER]))
    log = tmp_path / "log"
    server = Serving(sqlite_url, environ(collector.url), log)
    try:
        server.wait_until_ready()
        answers = [
            httpx.get(f"{server.url}/nothing", headers={"x-request-id": REQUEST_ID}),
            httpx.get(
                f"{server.url}/nothing",
                headers={"traceparent": f"00-{TRACE}-{PARENT}-00"},
            ),
        ]
        (span,) = collector.wait_for(lambda spans: named("GET", spans))
        assert server.stop() == 0
    finally:
        server.kill()

    assert [answer.status_code for answer in answers] == [404, 404]
    assert span.attributes["bookings.code"] == "not_found"
    assert span.parent_id == ""
    assert {line["trace_id"] for line in of_request(log)} == {span.trace_id}
    # Whom its caller does not sample is not told of, and neither is `/health`.
    assert collector.spans == [span]
    collector.spans.clear()


@pytest.mark.parametrize("is_gone", [True, False])
def test_a_collector_that_is_gone_or_hangs_costs_nobody_an_answer(
    sqlite_url: str, *, is_gone: bool
):
    number = asyncio.run(running.place_one_each(sqlite_url, [OWNER]))[OWNER]
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        port = servers.free_port() if is_gone else silent.getsockname()[1]
        more = environ(f"http://127.0.0.1:{port}") | {"OTEL_BSP_MAX_QUEUE_SIZE": "4"}
        server = Serving(sqlite_url, more | {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "2"})
        try:
            server.wait_until_ready()
            answers = [put(server, number) for _more_than_fit in range(20)]
            exit_code = server.stop()
        finally:
            server.kill()

    assert {answer.status_code for answer in answers} == {200}
    assert exit_code == 0


WITHOUT_THE_EXTRA = """
import sys
sys.modules["opentelemetry"] = None
from adapters.cli import main
assert main(["migrate"]) == 0
sys.exit(main(["worker", "--once"]))
"""


def run(url: str, more: dict[str, str], code: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=running.environment(url) | more,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stderr


def test_without_the_extra_an_endpoint_is_one_line(sqlite_url: str):
    more = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://x"}
    exit_code, said = run(sqlite_url, more, WITHOUT_THE_EXTRA)

    assert exit_code == 2
    assert said.endswith(
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is set, and what sends traces is not "
        "installed: pip install 'bookings[otel]'\n"
    )
    assert said.count("\n") == 1


# The library for Redis imports some of it by itself, where it is installed.
WITHOUT_AN_ENDPOINT = """
import sys
from adapters.cli import main, serve
assert main(["migrate"]) == main(["worker", "--once"]) == 0
sys.exit(any(name.startswith("opentelemetry.exporter") for name in sys.modules))
"""


def test_without_an_endpoint_nothing_of_it_is_imported(sqlite_url: str):
    assert run(sqlite_url, {}, WITHOUT_AN_ENDPOINT) == (0, "")


@pytest.mark.parametrize(
    "environ",
    [
        {"OTEL_EXPORTER_OTLP_ENDPOINT": " "},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_SDK_DISABLED": "TRUE"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_TRACES_EXPORTER": "none"},
    ],
)
def test_other_variables_can_say_that_traces_go_nowhere(environ: dict[str, str]):
    with tracing.traced(environ) as spans:
        assert spans is None


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "begins with http:// or"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "only http/protobuf is spoken here"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "-1", "max_export_batch_size must be"),
    ],
)
def test_what_cannot_be_meant_is_one_line(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
):
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"} | {name: value}
    # The library reads some of them itself.
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError, match=f"OTEL_.*{said}"), tracing.traced(environ):
        pass
