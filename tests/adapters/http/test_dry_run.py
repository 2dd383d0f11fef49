"""`?dry_run=1` on both stores: what would be answered, and nothing of it is stored."""

from typing import Any

import pytest

from tests.adapters.http.api import Body, Line, Shop, cancel, move, say
from tests.adapters.http.desk import manager
from tests.adapters.http.test_put import LATE, outcome
from tests.examples import FRIDAY, MONDAY, SUNDAY, THURSDAY

ASKED = move(FRIDAY, message={"text": "Please."})


def tried(line: Line, body: Body, headers: dict[str, str] | None = None) -> Any:
    path = f"{line.path}?dry_run=1"
    return line.api.ask("PUT", path, line.owner, body, headers=headers)


@pytest.mark.parametrize("now", [MONDAY, LATE], ids=["in-time", "late"])
@pytest.mark.parametrize(
    "body",
    [
        ASKED,
        cancel(),
        say(),
        move(THURSDAY),
        move(SUNDAY),
        cancel(message={"text": "!"}),
    ],
    ids=["move", "cancel", "say", "same", "closed", "cancel-and-say"],
)
def test_it_is_answered_as_the_call_itself_would_be(shop: Shop, body: Body, now: Any):
    line = shop.confirmed()
    shop.api.now = now
    before, data = shop.api.log_length(), line.data()

    dry = tried(line, body)
    assert shop.api.log_length() == before
    assert line.data() == data

    real = line.put(body)
    assert outcome(dry) == outcome(real)
    if real.is_success:
        expected, found = (one.json()["data"]["result"] for one in (real, dry))
        assert found["changed"] == expected["changed"]
        assert found["policy_decision"] == expected["policy_decision"]


def test_it_shows_the_booking_as_it_is_and_no_new_ids(shop: Shop):
    line = shop.confirmed()
    shop.api.now = LATE
    dry = tried(line, ASKED)
    data = dry.json()["data"]

    assert dry.status_code == 202
    assert "location" not in dry.headers
    assert dry.headers["etag"] == f'"{data["revision"]}"'
    result = data.pop("result")
    assert data == line.data()
    assert result["change_request"]["id"] is None
    assert result["message"]["id"] is None
    assert result["message"]["text"] == "Please."
    assert data["pending_change_request"] is None


def test_a_request_that_is_there_keeps_its_id(shop: Shop):
    line = shop.confirmed()
    shop.api.now = LATE
    asked = line.put(ASKED).json()["data"]["result"]["change_request"]["id"]

    assert tried(line, ASKED).json()["data"]["result"]["change_request"]["id"] == asked


def test_its_key_is_neither_looked_at_nor_kept(shop: Shop):
    line = shop.confirmed()
    key = {"idempotency-key": "one"}

    assert outcome(tried(line, say("Hello."), key)) == (200, "message_appended")
    assert outcome(line.put(say("Bye."), key)) == (200, "message_appended")
    assert outcome(tried(line, cancel(), key)) == (200, "cancelled")


def test_a_stale_tag_is_told_of(shop: Shop):
    answer = tried(shop.confirmed(), cancel(), {"if-match": '"1"'})

    assert outcome(answer) == (412, "precondition_failed")


def test_a_workshop_can_try_as_well(shop: Shop):
    line = shop.confirmed()
    before = shop.api.log_length()
    path = f"/api/ws/bookings/{line.id}?dry_run=1"

    assert outcome(manager(shop).put(path, move(FRIDAY))) == (200, "rescheduled")
    assert shop.api.log_length() == before


@pytest.mark.parametrize("value", ["", "2", "true", "1&dry_run=0"])
def test_only_0_and_1_are_values_of_it(shop: Shop, value: str):
    line = shop.confirmed()
    path = f"{line.path}?dry_run={value}"
    answer = shop.api.ask("PUT", path, line.owner, cancel())

    assert outcome(answer) == (400, "invalid_parameter")
    assert line.data()["status"] == "CONFIRMED"
