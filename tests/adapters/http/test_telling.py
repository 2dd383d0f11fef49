"""What is told of an answer: the route by its template, and nothing that was sent."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from litestar import Litestar, get

from adapters import logs
from adapters.http import telling
from adapters.http.edge import Edge
from adapters.http.telling import Answered
from tests.adapters.http import tiny
from tests.adapters.http.asking import ask, bearer
from tests.examples import MONDAY, uuid

BOOKING = "/api/co/bookings/123"
TEMPLATE = "/api/co/bookings/{booking_id}"
TRACE = "0af7651916cd43dd8448eb211c80319c"


def told(path: str, method: str = "GET", **headers: str) -> Answered:
    """Return what is told of one request."""
    answers: list[Answered] = []
    edge = Edge(
        tiny.framework(),
        clock=lambda: MONDAY,
        new_id=lambda: uuid(77),
        tell=[answers.append],
    )
    ask(edge, path, method, headers=headers)
    (answer,) = answers
    return answer


@pytest.mark.parametrize(
    ("path", "method", "route", "status", "code"),
    [
        ("/open", "GET", "/open", 200, None),
        (BOOKING, "GET", TEMPLATE, 401, "unauthorized"),
        (BOOKING + "?secret", "GET", TEMPLATE, 401, "unauthorized"),
        ("/secret", "GET", "none", 404, "not_found"),
        (BOOKING, "DELETE", "none", 405, "method_not_allowed"),
        ("/fault", "GET", "/fault", 500, "internal"),
    ],
)
def test_a_route_is_named_by_its_template(
    path: str, method: str, route: str, status: int, code: str | None
):
    answer = told(path, method)

    assert (answer.route, answer.method) == (route, method)
    assert (answer.status, answer.code) == (status, code)
    assert answer.request_id == uuid(77)
    assert answer.seconds > 0


def test_a_method_that_nobody_knows_is_not_named():
    assert told("/open", "SECRET").method == "none"


def test_an_answer_that_breaks_half_way_is_told_too():
    answers: list[Answered] = []
    edge = Edge(
        tiny.framework(),
        clock=lambda: MONDAY,
        new_id=lambda: uuid(77),
        tell=[answers.append],
    )
    with pytest.raises(Exception, match="after response started"):
        ask(edge, "/half")

    assert [answer.status for answer in answers] == [200]


def test_a_trace_is_followed():
    answer = told("/open", traceparent=f"00-{TRACE}-b7ad6b7169203331-01")

    assert answer.trace_id == TRACE


@pytest.mark.parametrize(
    "parent",
    [
        "",
        TRACE,
        f"ff-{TRACE}-b7ad6b7169203331-01",
        f"00-{TRACE.upper()}-b7ad6b7169203331-01",
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-b7ad6b7169203331-01-more",
    ],
)
def test_what_is_no_trace_is_not_followed(parent: str):
    assert told("/open", traceparent=parent).trace_id is None


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    logs.configure("info", stream)
    yield stream
    structlog.reset_defaults()


def test_an_answer_is_one_line(stream: io.StringIO):
    telling.log(told(BOOKING, traceparent=f"00-{TRACE}-b7ad6b7169203331-01"))

    line = json.loads(stream.getvalue())
    assert line.pop("ms") > 0
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "answered",
        "level": "info",
        "request_id": str(uuid(77)),
        "trace_id": TRACE,
        "method": "GET",
        "route": TEMPLATE,
        "status": 401,
        "code": "unauthorized",
    }


def test_a_fault_names_its_request_and_its_trace(stream: io.StringIO):
    told("/fault", traceparent=f"00-{TRACE}-b7ad6b7169203331-01", **bearer())

    line = json.loads(stream.getvalue())
    assert (line["event"], line["level"]) == ("request failed", "error")
    assert (line["request_id"], line["trace_id"]) == (str(uuid(77)), TRACE)


@get("/far", exclude_from_auth=True)
async def go_far() -> None:
    def log() -> None:
        logging.getLogger("library").warning("in a thread")

    structlog.get_logger().warning("on the way")
    await asyncio.to_thread(log)


def test_what_is_logged_on_the_way_names_its_request_and_its_trace(
    stream: io.StringIO,
):
    edge = Edge(
        Litestar([go_far], openapi_config=None, logging_config=None),
        clock=lambda: MONDAY,
        new_id=lambda: uuid(77),
    )
    ask(edge, "/far", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    structlog.get_logger().warning("afterwards")

    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["event"], line.get("request_id")) for line in lines] == [
        ("on the way", str(uuid(77))),
        ("in a thread", str(uuid(77))),
        ("afterwards", None),
    ]
    assert [line.get("trace_id") for line in lines] == [TRACE, TRACE, None]
