"""A server's log and its metrics: every request is there, and nothing that it sent."""

import asyncio
import json
import urllib.request
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import running, servers, stores
from tests.running import Serving

SECRET = "Grandmother-is-ill"  # noqa: S105 - a word to look for
OWNER = "kari"


def requests(booking_id: int, token: str) -> list[dict[str, Any]]:
    """Return requests with secrets wherever one can be, most of them refused."""
    path = f"/api/co/bookings/{booking_id}"
    signed = {"authorization": f"Bearer {token}"}
    message = {"message": {"text": SECRET}}
    start = running.first_start().isoformat()
    place = {
        "org_nr": running.ORG_NR,
        "service_id": 1,
        "service_start_time": start.replace("+00:00", "Z"),
        "vehicle": {"plate": SECRET[:12], "make": SECRET},
        "message": {"text": SECRET},
    }
    return [
        put(path, signed, json=message),
        put(path, signed | {"idempotency-key": SECRET}, json=message),
        *[put(path, signed | {"idempotency-key": "twice"}, json=message)] * 2,
        put(path, signed | {"if-match": f'"{SECRET}"'}, json=message),
        put(path, signed | {"cookie": SECRET}, json={SECRET: SECRET}),
        put(path, signed, content=b'{"message": "' + SECRET.encode()),
        put(path, {"authorization": f"Bearer {token}{SECRET}"}, json=message),
        put(path, signed | {"x-request-id": SECRET}, json={"status": SECRET}),
        put(
            path,
            signed,
            json={"status": "CANCELLED", "cancellation_reason": SECRET},
        ),
        {"method": "POST", "url": "/api/co/bookings", "headers": signed, "json": place},
        {
            "method": "POST",
            "url": f"{path}/uploads",
            "headers": signed,
            "json": {"name": f"{SECRET}.png", "size": 70},
        },
        {"method": "GET", "url": f"{path}?as_of={SECRET}", "headers": signed},
        {"method": "GET", "url": f"/{SECRET}", "headers": signed},
        {"method": "DELETE", "url": f"{path}?{SECRET}", "headers": signed},
    ]


def put(path: str, headers: dict[str, str], **more: Any) -> dict[str, Any]:
    typed = {"content-type": "application/json"} | headers
    return {"method": "PUT", "url": path, "headers": typed} | more


@pytest.fixture
def asked(store_url: str, tmp_path: Path) -> tuple[list[httpx.Response], str, str]:
    """Ask a server all of it; return its answers, its log and its metrics."""
    ids = asyncio.run(running.place_one_each(store_url, [OWNER]))
    port, log = servers.free_port(), tmp_path / "log"
    more = {"BOOKINGS_METRICS_PORT": str(port), "BOOKINGS_LOG_LEVEL": "debug"}
    server = Serving(store_url, more, log)
    try:
        server.wait_until_ready()
        with httpx.Client(base_url=server.url, timeout=30) as client:
            answers = [
                client.request(**request)
                for request in requests(ids[OWNER], running.token(OWNER))
            ]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as page:
            metrics: str = page.read().decode()
        server.stop()
    finally:
        server.kill()
    return answers, log.read_text(), metrics


def test_each_request_is_a_line_and_none_of_its_secrets(
    store_url: str, asked: tuple[list[httpx.Response], str, str]
):
    answers, log, metrics = asked
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    told = {line["request_id"]: line for line in lines if line["event"] == "answered"}
    of_answers = [told[answer.headers["x-request-id"]] for answer in answers]

    assert [line["status"] for line in of_answers] == [
        answer.status_code for answer in answers
    ]
    assert {line["code"] for line in of_answers} > {None, "malformed", "unauthorized"}
    for stage in ("load", "decide", "commit"):
        assert f'bookings_stage_seconds_count{{stage="{stage}"}}' in metrics
    for pool in ("store", "reads"):
        for state, count in (("open", 1), ("used", 0), ("limit", 1)):
            held = f'bookings_connections{{state="{state}",to="{pool}"}} {count}.0'
            assert held in metrics
    # There it does the worker's jobs too.
    assert ('to="sweeps"' in metrics) == stores.is_sqlite(store_url)
    assert "bookings_replayed_calls_total 1.0" in metrics
    for text in (log, metrics):
        assert "grandmother" not in text.lower()
        assert running.token(OWNER)[:30] not in text
        assert "Bearer" not in text
