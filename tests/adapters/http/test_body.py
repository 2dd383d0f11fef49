"""Bodies: too large, then not declared as JSON, then not JSON, then read strictly."""

from collections.abc import AsyncIterator

import httpx
import pytest

from adapters.http.body import MAX_BYTES, MAX_DEPTH, is_deeper_than
from tests.adapters.http.asking import ask, bearer
from tests.adapters.http.tiny import APP

BOOKING = "/api/co/bookings/123"


def put(
    content: bytes | AsyncIterator[bytes],
    content_type: str | None = "application/json",
    path: str = BOOKING,
) -> httpx.Response:
    headers = bearer()
    if content_type is not None:
        headers["content-type"] = content_type
    return ask(APP, path, "PUT", headers=headers, content=content)


async def _in_pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1024):
        yield b" " * 1024


@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
def test_a_body_announced_too_large_is_refused_before_all_else(
    content_type: str,
) -> None:
    answer = put(b"[" * (MAX_BYTES + 1), content_type)

    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


def test_a_body_that_turns_out_too_large_is_refused() -> None:
    assert put(_in_pieces(MAX_BYTES + 1024)).status_code == 413


def test_a_body_may_be_as_large_as_it_may_be() -> None:
    padded = b'{"a": 1}'.ljust(MAX_BYTES)

    assert put(padded).json()["body"] == {"a": 1}


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json;charset=utf-8",
        'application/json; charset="UTF-8"',
        "application/json ; charset=UTF-8 ;",
    ],
)
def test_json_may_be_declared_in_each_of_its_ways(content_type: str) -> None:
    assert put(b"{}", content_type).status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "text/json",
        "application/json+x",
        "application/jsonx",
        "application/json; charset=latin-1",
        "application/json; boundary=x",
        "application/msgpack",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ],
)
def test_what_is_not_declared_as_json_is_refused_unread(
    content_type: str | None,
) -> None:
    answer = put(b'{"message": ', content_type)

    assert answer.status_code == 415
    assert answer.json()["code"] == "unsupported_media_type"
    assert answer.headers["accept"] == "application/json"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{} {}",
        b"[1,]",
        b"{'a': 1}",
        b"NaN",
        b"\xef\xbb\xbf{}",
        b'{"a": "\xff"}',
        b'{"a": "\xc0\xaf"}',
        b'{"a": "\xed\xa0\x80"}',
        b'{"\xff": 1}',
        rb'{"a": "\ud800"}',
        rb'{"a": "\udc00\ud800"}',
        rb'{"\ud800": 1}',
        b'{"a": "\x00"}',
        b'{"a": "\n"}',
        b'{"a": 1}\x00',
        b'{"a": "',
        b'{"a": "\\',
        b"1" * 5000,
    ],
)
def test_what_is_no_json_in_utf_8_is_malformed(body: bytes) -> None:
    answer = put(body)

    assert answer.status_code == 400
    assert answer.json()["code"] == "malformed"


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
        b'{"unknown": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b'{"a": ' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}",
        rb'["\\", "\"", ' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"]",
    ],
)
def test_what_is_nested_too_deep_is_malformed(body: bytes) -> None:
    answer = put(body)

    assert answer.status_code == 400
    assert answer.json()["code"] == "malformed"


@pytest.mark.parametrize(
    "body",
    [
        b"[" * MAX_DEPTH + b"]" * MAX_DEPTH,
        b"[" + b"[]," * 1000 + b"[]]",
        b'"' + b"[" * 1000 + b'"',
        rb'"\"' + b"[{" * 1000 + rb'\\"',
    ],
)
def test_brackets_side_by_side_and_in_strings_are_not_nested(body: bytes) -> None:
    assert put(body).status_code == 200


def test_counting_looks_at_each_byte_of_an_open_string_once() -> None:
    # By backtracking, or by starting anew at each quote, this would take hours.
    assert not is_deeper_than(MAX_DEPTH, rb"\"" * 100_000 + b"[" * 65)


def test_of_duplicate_members_the_last_one_counts() -> None:
    assert put(b'{"a": 1, "a": 2}').json()["body"] == {"a": 2}


def test_a_number_out_of_a_floats_range_is_a_number_still() -> None:
    answer = put(b'{"message": 1e999}', path=f"{BOOKING}/intents")

    assert answer.status_code == 422
    assert answer.json()["code"] == "type"


def test_all_errors_of_a_body_are_in_one_answer() -> None:
    answer = put(b'{"status": "DONE", "x": 1}', path=f"{BOOKING}/intents")

    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_body"
    assert {(e["pointer"], e["code"]) for e in answer.json()["errors"]} == {
        ("/status", "status_not_settable"),
        ("/x", "unknown_member"),
    }


def test_a_body_with_one_error_has_its_code() -> None:
    answer = put(b"{}", path=f"{BOOKING}/intents")

    assert answer.status_code == 422
    assert answer.json()["code"] == "nothing_to_do"
    assert answer.json()["errors"][0]["pointer"] == ""
