"""`Idempotency-Key` and `If-Match` on both stores."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.adapters.http.api import Ask, Line, Shop, cancel, codes, move, say
from tests.examples import FRIDAY, HOUR, SATURDAY, SUNDAY, WEDNESDAY, uuid

KEY = {"idempotency-key": "k-1"}
FIRST, SECOND = ({"x-request-id": str(uuid(n))} for n in (201, 202))


def replayed(first: Any, again: Any) -> None:
    """See that `again` is the first answer, and says so."""
    expected = first.json()
    if first.is_success:
        expected["meta"]["idempotent_replay"] = True
    else:
        expected["idempotent_replay"] = True
    assert again.json() == expected
    assert again.status_code == first.status_code
    for name in ("etag", "location", "content-type"):
        assert again.headers.get(name) == first.headers.get(name)
    assert again.headers["x-request-id"] != first.headers["x-request-id"]


@pytest.mark.parametrize(
    ("body", "late", "status"),
    [
        (move(FRIDAY, **say()), False, 200),
        (cancel(), False, 200),
        (say(), False, 200),
        (move(FRIDAY, **say()), True, 202),
        (move(SUNDAY), False, 409),
    ],
)
def test_the_same_request_gets_the_first_answer_again(
    shop: Shop, body: dict[str, Any], late: bool, status: int
):
    line = shop.confirmed()
    if late:
        shop.api.now = WEDNESDAY + HOUR
    first = line.put(body, KEY | FIRST)
    before = shop.api.log_length()
    shop.api.now += HOUR
    again = line.put(body, KEY | SECOND)

    assert first.status_code == status
    assert "idempotent_replay" not in first.text
    replayed(first, again)
    assert again.headers["x-request-id"] == str(uuid(202))
    assert shop.api.log_length() == before


def test_a_first_answer_is_given_again_whatever_happened_since(shop: Shop):
    line = shop.pending()
    first = line.put(move(FRIDAY), KEY)
    line.put(cancel())

    replayed(first, line.put(move(FRIDAY), KEY))


def test_members_in_another_order_are_the_same_request(shop: Shop):
    line = shop.pending()
    first = line.put(cancel(**say()), KEY)
    again = line.put(dict(reversed(cancel(**say()).items())), KEY)

    replayed(first, again)


def test_the_same_key_for_another_request_is_refused(shop: Shop):
    line = shop.pending()
    line.put(say("One."), KEY)
    before = shop.api.log_length()
    answer = line.put(say("Two."), KEY)

    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency_key_reused"
    assert shop.api.log_length() == before


def test_a_key_belongs_to_its_booking(shop: Shop):
    shop.pending().put(say("One."), KEY)

    assert shop.pending(FRIDAY).put(say("Two."), KEY).status_code == 200


def test_twins_get_one_answer(shop: Shop):
    line = shop.pending()
    before = shop.api.log_length()
    ask = Ask(
        method="PUT", path=line.path, by=line.owner, json=say("Once."), headers=KEY
    )
    answers = shop.api.ask_at_once(*[ask] * 8)

    assert codes(answers) == [200] * 8
    messages = {answer.json()["data"]["result"]["message"]["id"] for answer in answers}
    assert len(messages) == 1
    replays = [a.json()["meta"].get("idempotent_replay", False) for a in answers]
    assert sorted(replays) == [False] + [True] * 7
    assert shop.api.log_length() == before + 1


def test_what_was_not_found_or_was_stale_is_asked_anew(shop: Shop):
    line = shop.pending()
    missing = shop.api.ask(
        "PUT", line.path, "somebody else", say(), headers=KEY
    ).status_code
    stale = line.put(say(), KEY | {"if-match": '"999"'}).status_code
    found = line.put(say(), KEY)

    assert (missing, stale, found.status_code) == (404, 412, 200)
    assert "idempotent_replay" not in found.json()["meta"]


def test_a_replay_comes_before_the_precondition(shop: Shop):
    line = shop.pending()
    held = {"if-match": line.get().headers["etag"]}
    first = line.put(move(FRIDAY), KEY | held)

    replayed(first, line.put(move(FRIDAY), KEY | held))


@pytest.mark.parametrize("key", ["x" * 255, "!", "~", '"quoted"', "a,b"])
def test_a_key_is_any_visible_ascii(shop: Shop, key: str):
    headers = {"idempotency-key": key}
    line = shop.pending()

    replayed(line.put(say(), headers), line.put(say(), headers))


@pytest.mark.parametrize(
    "key", ["", "x" * 256, "a b", "a\tb", "\x7f", "\xe6"], ids=ascii
)
def test_a_key_that_is_none_is_refused(shop: Shop, key: str):
    wrong(shop.pending(), {"idempotency-key": key})


@pytest.mark.parametrize("written", ["{}", "*", 'W/"x", {}', '"x",{}', ' {} , "y"'])
def test_a_tag_that_holds_lets_the_call_happen(shop: Shop, written: str):
    line = shop.pending()
    tag = line.get().headers["etag"]
    answer = line.put(move(FRIDAY), {"if-match": written.format(tag)})

    assert answer.status_code == 200
    assert answer.headers["etag"] != tag


@pytest.mark.parametrize("written", ['"999"', "W/{}", '"x", W/{}', '""'])
def test_a_tag_that_holds_no_more_stops_the_call(shop: Shop, written: str):
    line = shop.pending()
    tag, before = line.get().headers["etag"], shop.api.log_length()
    answer = line.put(move(FRIDAY), {"if-match": written.format(tag)})

    assert answer.status_code == 412
    assert answer.json()["code"] == "precondition_failed"
    assert shop.api.log_length() == before


def test_a_message_does_not_break_a_tag_and_a_request_does(shop: Shop):
    line = shop.confirmed()
    held = {"if-match": line.get().headers["etag"]}
    line.put(say())
    shop.api.now = WEDNESDAY + HOUR

    assert line.put(move(FRIDAY), held).status_code == 202
    assert line.put(move(SATURDAY), held).status_code == 412


@pytest.mark.parametrize(
    "written",
    ["", ",", "1", "abc", '"1', '1"', '"a" "b"', "*, *", '*, "1"', 'w/"1"', '"\t"'],
    ids=ascii,
)
def test_a_tag_that_is_none_is_refused(shop: Shop, written: str):
    wrong(shop.pending(), {"if-match": written})


def wrong(line: Line, headers: Mapping[str, str]) -> None:
    """See that the headers are refused, and that nothing is stored."""
    before = line.api.log_length()
    answer = line.put(say(), headers)

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_parameter"
    assert line.api.log_length() == before
