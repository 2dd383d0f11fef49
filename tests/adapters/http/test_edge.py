"""The edge: an id on every answer, one form of each path, an end to each body."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from litestar import Litestar, get
from litestar.params import FromPath

from adapters.http import edge, paths
from adapters.http.edge import Edge
from tests.adapters.http import tiny
from tests.adapters.http.asking import ask, bearer
from tests.adapters.http.tiny import APP
from tests.examples import MONDAY, uuid

BOOKING = "/api/co/bookings/123"
GIVEN = "0193A1B2-1234-7ABC-8DEF-0123456789AB"


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/open", "GET", 200),
        (BOOKING, "GET", 401),
        ("/nowhere", "GET", 404),
        (BOOKING, "DELETE", 405),
        ("/fault", "GET", 500),
    ],
)
def test_every_answer_names_its_request(path: str, method: str, status: int) -> None:
    answer = ask(APP, path, method)

    assert answer.status_code == status
    assert answer.headers["x-request-id"] == str(uuid(77))
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_callers_id_is_kept_in_lower_case() -> None:
    answer = ask(APP, "/nowhere", headers={"x-request-id": GIVEN})

    assert answer.headers["x-request-id"] == GIVEN.lower()
    assert answer.json()["request_id"] == GIVEN.lower()


@pytest.mark.parametrize(
    "given", ["", "7", "{" + GIVEN + "}", GIVEN.replace("-", ""), GIVEN + "0"]
)
def test_an_id_that_is_no_uuid_is_replaced(given: str) -> None:
    answer = ask(APP, "/open", headers={"x-request-id": given})

    assert answer.headers["x-request-id"] == str(uuid(77))


@pytest.mark.parametrize(
    "path",
    [
        "/api/co/bookings/0",
        "/api/co/bookings/-1",
        "/api/co/bookings/+1",
        "/api/co/bookings/0123",
        "/api/co/bookings/12_3",
        "/api/co/bookings/123.0",
        "/api/co/bookings/1e2",
        "/api/co/bookings/%20123",
        "/api/co/bookings/123%20",
        "/api/co/bookings/123%0a",
        "/api/co/bookings/123%00",
        "/api/co/bookings/%31%32%33",
        "/api/co/bookings/%D9%A1%D9%A2%D9%A3",
        "/api/co/bookings/100000000000000000000000",
        "/api/co/bookings/9223372036854775808",
        "/api/co/bookings/123/",
        "/api/co/bookings//123",
        "//api/co/bookings/123",
        "/api/co/bookings/123;v=1",
        "/api/co/bookings/123%2Fintents",
        "/API/co/bookings/123",
        f"{BOOKING}/change-requests/{GIVEN}",
        f"{BOOKING}/change-requests/{GIVEN.lower().replace('-', '')}",
        f"{BOOKING}/change-requests/7",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_what_is_not_written_canonically_is_no_route(path: str, method: str) -> None:
    answer = ask(APP, path, method, headers=bearer())

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
    assert answer.json()["instance"] == path


@pytest.mark.parametrize(
    "path",
    [
        BOOKING,
        BOOKING + "?limit=%0a",
        "/api/co/bookings/999999999999999999",
        f"{BOOKING}/change-requests/{GIVEN.lower()}",
    ],
)
def test_what_is_written_canonically_is_a_route(path: str) -> None:
    assert ask(APP, path, headers=bearer()).status_code == 200


def test_a_missing_route_comes_before_a_method_and_a_method_before_a_token() -> None:
    assert ask(APP, "/api/co/bookings/0", "DELETE").status_code == 404
    assert ask(APP, BOOKING, "DELETE").status_code == 405
    assert ask(APP, BOOKING).status_code == 401


def test_a_method_that_is_not_allowed_says_which_are() -> None:
    answer = ask(APP, BOOKING, "DELETE")

    assert answer.json()["code"] == "method_not_allowed"
    assert set(answer.headers["allow"].split(", ")) == {"GET", "PUT", "OPTIONS"}


def test_a_method_that_nobody_knows_is_not_allowed() -> None:
    assert ask(APP, BOOKING, "BREW").status_code == 405
    assert ask(APP, "/nowhere", "BREW").status_code == 404


def test_a_host_that_is_none_is_malformed() -> None:
    answer = ask(APP, BOOKING, headers={"host": "a b"})

    assert answer.status_code == 400
    assert answer.json()["code"] == "malformed"


def test_a_parameter_without_a_written_form_ends_the_start() -> None:
    @get("/{whatever:str}")
    async def read(whatever: FromPath[str]) -> str:
        return whatever

    with pytest.raises(KeyError, match="whatever"):
        paths.canonical(Litestar([read]).routes)


async def _never_ending() -> AsyncIterator[bytes]:
    yield b'{"message":'
    await asyncio.Event().wait()


def test_a_body_that_does_not_end_in_time_ends_the_connection() -> None:
    answer = ask(
        tiny.edge(body_seconds=0.05),
        BOOKING,
        "PUT",
        headers=bearer() | {"content-type": "application/json"},
        content=_never_ending(),
    )

    assert answer.status_code == 408
    assert answer.json()["code"] == "request_timeout"
    assert answer.headers["connection"] == "close"


def test_what_came_of_a_body_buys_time_for_the_rest() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b'"' + b"a" * edge.BYTES_PER_SECOND
        # Others have their turn, and with it whatever is overdue.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        yield b'"'

    answer = ask(
        tiny.edge(body_seconds=0.0),
        BOOKING,
        "PUT",
        headers=bearer() | {"content-type": "application/json"},
        content=pieces(),
    )

    assert len(answer.json()["body"]) == edge.BYTES_PER_SECOND


def test_a_body_in_pieces_is_read_to_its_end() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"a":'
        yield b"1}"

    answer = ask(
        APP,
        BOOKING,
        "PUT",
        headers=bearer() | {"content-type": "application/json"},
        content=pieces(),
    )

    assert answer.json()["body"] == {"a": 1}


def test_what_breaks_outside_the_handlers_is_a_problem_too() -> None:
    class Broken(Litestar):
        async def __call__(self, *_: object) -> None:
            raise RuntimeError("broken")

    broken = Edge(
        Broken([tiny.read_openly]), clock=lambda: MONDAY, new_id=lambda: uuid(77)
    )
    answer = ask(broken, "/open")

    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert answer.headers["x-request-id"] == str(uuid(77))


def test_an_answer_that_breaks_half_way_is_not_finished() -> None:
    with pytest.raises(Exception, match="after response started"):
        ask(APP, "/half")
