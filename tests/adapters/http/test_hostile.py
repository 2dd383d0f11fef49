"""Input that must never hurt, on both stores: its own problem, and nothing stored."""

import json
from typing import Any

import httpx
import pytest

from adapters.http.body import MAX_BYTES
from tests.adapters.http.api import Ask, Line, Shop, cancel, move, say, wire
from tests.adapters.http.asking import SECRET, TRUST
from tests.examples import DAY, FRIDAY, MONDAY, ORG_NR, UPLOAD


@pytest.fixture(scope="module")
def line(api) -> Line:
    """Return one booking for all that is not to change it."""
    return Shop(api).confirmed()


def refused(
    line: Line, answer: httpx.Response, before: int, status: int, code: str
) -> None:
    """See that it is that problem, that nothing was stored and nothing is shown."""
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Traceback" not in answer.text
    assert "SELECT" not in answer.text
    assert line.api.log_length() == before


def put_raw(line: Line, content: bytes, media: str = "application/json") -> Any:
    return line.api.ask(
        "PUT", line.path, line.owner, content=content, headers={"content-type": media}
    )


DEEP = b"[" * 100_000
UNREADABLE = {
    "nested arrays": DEEP,
    "nested arrays that close": DEEP + b"]" * 100_000,
    "nested objects": b'{"message":' * 20_000,
    "nested in an unknown member": b'{"x":' + DEEP + b"]" * 100_000 + b"}",
    "invalid UTF-8": b'{"message": {"text": "\xff"}}',
    "overlong UTF-8": b'{"message": {"text": "\xc0\xae"}}',
    "surrogates in UTF-8": b'{"message": {"text": "\xed\xa0\x80"}}',
    "an escaped lone surrogate": rb'{"message": {"text": "\ud800"}}',
    "UTF-16": '{"message": {"text": "x"}}'.encode("utf-16"),
    "a mark of byte order": b'\xef\xbb\xbf{"message": {"text": "x"}}',
    "no JSON": b"<xml/>",
    "nothing": b"",
    "half": b'{"message": {"text": "x"}',
    "too much": b'{"message": {"text": "x"}} {}',
    "a raw zero": b'{"message": {"text": "\x00"}}',
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_cannot_be_read_is_malformed(line: Line, content: bytes):
    before = line.api.log_length()

    refused(line, put_raw(line, content), before, 400, "malformed")


@pytest.mark.parametrize(
    "media",
    [
        "text/plain",
        "application/msgpack",
        "application/x-msgpack",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-16",
        "",
    ],
)
def test_what_is_not_declared_as_json_is_not_read(line: Line, media: str):
    before = line.api.log_length()
    answer = put_raw(line, json.dumps(say()).encode(), media)

    refused(line, answer, before, 415, "unsupported_media_type")


def test_ten_megabytes_are_too_large(line: Line):
    before = line.api.log_length()
    large = json.dumps(say("x" * 10_000_000)).encode()

    refused(line, put_raw(line, large), before, 413, "too_large")


WRONG: list[tuple[str, Any, str, str]] = [
    ("a number for a text", {"message": {"text": 5}}, "/message/text", "type"),
    ("a text for a time", move(FRIDAY) | {"service_start_time": "5"}, "", "format"),
    ("zero for a time", {"service_start_time": 0}, "", "type"),
    ("a naive time", {"service_start_time": "2026-06-05T08:00:00"}, "", "format"),
    ("a date", {"service_start_time": "2026-06-05"}, "", "format"),
    (
        "a time beyond the end",
        {"service_start_time": "9999-12-31T23:59:59-12:00"},
        "",
        "format",
    ),
    (
        "a minute beyond the end",
        {"service_start_time": "9999-12-31T23:59:00-12:00"},
        "",
        "format",
    ),
    (
        "a time before the beginning",
        {"service_start_time": "0001-01-01T00:00:00+14:00"},
        "",
        "format",
    ),
    ("a zero in a text", say("a\x00b"), "/message/text", "format"),
    ("an escape in a text", say("\x1b[31m"), "/message/text", "format"),
    ("nothing but white space", say(" \u2003\n"), "/message/text", "length"),
    ("a text too long", say("x" * 4001), "/message/text", "length"),
    ("null", {"message": None}, "/message", "type"),
    ("a list", [say()], "", "type"),
    ("a text", "x", "", "type"),
    ("a number out of range", {"service_start_time": 1e300}, "", "type"),
    ("a prototype", {"__proto__": {}}, "/__proto__", "unknown_member"),
    ("a member in other letters", {"Status": "x"}, "/Status", "unknown_member"),
    ("a pointer in a name", {"a/b~c": 1}, "/a~1b~0c", "unknown_member"),
    ("a status for workshops", {"status": "CONFIRMED"}, "", "status_not_settable"),
    (
        "a path for an upload",
        {"attachments": [{"upload_id": "../../etc/passwd"}]},
        "/attachments/0/upload_id",
        "format",
    ),
    (
        "an upload twice",
        {"attachments": [{"upload_id": str(UPLOAD)}] * 2},
        "/attachments/1/upload_id",
        "duplicate",
    ),
]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [row[1:] for row in WRONG],
    ids=[row[0] for row in WRONG],
)
def test_what_is_wrong_is_never_coerced(line: Line, body: Any, pointer: str, code: str):
    before = line.api.log_length()
    answer = line.put(body)

    refused(line, answer, before, 422, code)
    (error,) = answer.json()["errors"]
    if isinstance(body, dict):
        assert error["pointer"] == (pointer or f"/{next(iter(body))}")


def test_of_duplicate_members_the_last_counts(shop: Shop):
    line = shop.pending()
    body = b'{"message": {"text": "first"}, "message": {"text": "last"}}'

    assert put_raw(line, body).json()["data"]["result"]["message"]["text"] == "last"


@pytest.mark.parametrize(
    "written",
    [
        "0",
        "-{}",
        "+{}",
        "0{}",
        "{}_0",
        "%20{}",
        "{}%0a",
        "{}%00",
        "{}/",
        "{}.0",
        "{}%2F",
        "{};x",
        "%EF%BC%91",
        "0x7b",
        "9223372036854775931",
        "1" + "0" * 23,
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_an_id_in_another_form_is_nobodys(line: Line, written: str, method: str):
    before = line.api.log_length()
    path = f"/api/co/bookings/{written.format(line.id)}"
    answer = line.api.ask(method, path, line.owner, None if method == "GET" else say())

    refused(line, answer, before, 404, "not_found")


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "other"},
        {"iss": "other"},
        {"exp": int(MONDAY.timestamp())},
        {"nbf": int((MONDAY + DAY).timestamp())},
        {"sub": ""},
        {"role": "system"},
    ],
    ids=str,
)
def test_a_wrong_token_changes_nothing(line: Line, wrong: dict[str, Any]):
    before = line.api.log_length()
    token = line.api.token(**{"sub": line.owner} | wrong)
    answer = line.api.ask(
        "PUT", line.path, None, cancel(), headers={"authorization": f"Bearer {token}"}
    )

    refused(line, answer, before, 401, "unauthorized")


@pytest.mark.parametrize("role", ["staff", "manager", "auditor"])
def test_a_workshops_token_is_no_owners(line: Line, role: str):
    before = line.api.log_length()
    token = line.api.token(line.owner, role=role, workshop=ORG_NR)
    answer = line.api.ask(
        "PUT", line.path, None, cancel(), headers={"authorization": f"Bearer {token}"}
    )

    refused(line, answer, before, 403, "forbidden")


def test_of_many_faults_the_first_in_order_is_named(line: Line):
    """From the last check to the first: each fault is added to those after it."""
    api, before = line.api, line.api.log_length()
    taken = {"idempotency-key": "order"}
    assert line.put(move(MONDAY - DAY), taken).status_code == 409
    staff = {"authorization": f"Bearer {api.token('x', role='auditor')}"}
    stale = taken | {"if-match": '"999"'}
    json_of = {"content-type": "application/json"}
    text = {"content-type": "text/plain"}
    good = json.dumps(say()).encode()

    def named(by: str | None, content: bytes, path: str = line.path, **ask: Any):
        asked: dict[str, Any] = {"method": "PUT"} | ask
        answer = api.ask_at_once(Ask(path=path, by=by, content=content, **asked))[0]
        return answer.status_code, answer.json()["code"]

    missing = "/api/co/bookings/999999999999999999"
    steps = [
        (named(line.owner, good, headers=stale | {"idempotency-key": "new"}), 412),
        (named(line.owner, good, headers=stale), 422),
        (named(line.owner, good, missing, headers=stale), 404),
        (named(line.owner, b"{}", missing, headers=stale), 422),
        (named(line.owner, b"{}", missing, headers=stale | {"if-match": "x"}), 400),
        (named(line.owner, b"{", missing, headers=stale | json_of), 400),
        (named(line.owner, b"{", missing, headers=stale | text), 415),
        (named(line.owner, b"x" * (MAX_BYTES + 1), missing, headers=stale | text), 413),
        (named(None, b"x" * (MAX_BYTES + 1), missing, headers=staff | text), 403),
        (named(None, b"x" * (MAX_BYTES + 1), missing, headers=text), 401),
        (named(None, b"{", missing, method="DELETE"), 405),
        (named(None, b"{", missing.replace("9", "0"), method="DELETE"), 404),
    ]
    assert [found[0] for found, _expected in steps] == [status for _, status in steps]
    assert [found[1] for found, _expected in steps[:3]] == [
        "precondition_failed",
        "idempotency_key_reused",
        "not_found",
    ]
    assert line.api.log_length() == before


def test_the_secret_is_never_answered(line: Line):
    answer = line.api.ask("GET", line.path, None, headers={"authorization": SECRET})

    assert SECRET not in answer.text
    assert TRUST.issuer not in answer.headers["www-authenticate"]


def test_a_local_time_that_does_not_exist_is_an_instant_all_the_same(shop: Shop):
    line = shop.pending()
    instant = "2027-03-28T01:30:00Z"  # 02:30 in Oslo, when clocks jump over it
    answer = line.put({"service_start_time": instant})

    assert answer.status_code == 409
    assert answer.json()["code"] == "slot_unbookable"


def test_an_offset_is_turned_into_utc(shop: Shop):
    line = shop.pending()
    answer = line.put({"service_start_time": "2026-06-05T10:00:00.000+02:00"})

    assert answer.json()["data"]["service_start_time"] == wire(FRIDAY)
