"""An owner's side of change requests, on both stores: read, withdraw, answer."""

from typing import Any

import httpx

from tests.adapters.http.api import Line, Shop, move, wire
from tests.adapters.http.desk import staff
from tests.adapters.http.test_put import LATE, outcome
from tests.examples import FRIDAY, HOUR, NEXT_MONDAY, SATURDAY, THURSDAY, uuid


def asked(shop: Shop) -> tuple[Line, str]:
    """Return a booking whose move to Friday the workshop was asked for, and where."""
    line = shop.confirmed()
    shop.api.now = LATE
    return line, line.put(move(FRIDAY)).headers["location"]


def countered(shop: Shop, to: Any = SATURDAY) -> tuple[Line, str]:
    line, path = asked(shop)
    request_id = path.rsplit("/", 1)[1]
    answer = staff(shop).post(
        f"/api/ws/bookings/change-requests/{request_id}/decision",
        {"decision": "counter", "proposed_start_time": wire(to), "note": "Later?"},
    )
    assert outcome(answer) == (200, "countered")
    return line, path


def get(line: Line, path: str, by: str | None = None) -> httpx.Response:
    return line.api.ask("GET", path, by or line.owner)


def post(line: Line, path: str, body: object = None, **headers: str) -> httpx.Response:
    return line.api.ask("POST", path, line.owner, body, headers=headers)


def test_a_request_is_shown_until_it_is_withdrawn(shop: Shop):
    line, path = asked(shop)
    assert get(line, path).json()["data"]["status"] == "PENDING"

    answer = post(line, f"{path}/withdraw")
    data = answer.json()["data"]

    assert outcome(answer) == (200, "withdrawn")
    assert data["pending_change_request"] is None
    assert data["service_start_time"] == wire(THURSDAY)
    assert data["result"]["change_request"]["status"] == "WITHDRAWN"
    assert get(line, path).json()["data"]["status"] == "WITHDRAWN"
    assert outcome(post(line, f"{path}/withdraw")) == (200, "unchanged")


def test_a_counter_is_accepted(shop: Shop):
    line, path = countered(shop)
    shown = get(line, path).json()["data"]
    assert shown["to"] == {"start": wire(FRIDAY)}
    assert shown["counter"] == {
        "start": wire(SATURDAY),
        "note": "Later?",
        "at": wire(LATE),
    }

    answer = post(line, f"{path}/decision", {"decision": "accept", "note": "Fine."})
    data = answer.json()["data"]

    assert outcome(answer) == (200, "accepted")
    assert data["service_start_time"] == wire(SATURDAY)
    assert data["reschedule_count"] == 1
    assert data["result"]["changed"] == ["service_start_time"]
    assert data["result"]["change_request"]["decision"] == {
        "by": {"role": "owner"},
        "at": wire(LATE),
        "note": "Fine.",
    }
    again = post(line, f"{path}/decision", {"decision": "accept"})
    assert outcome(again) == (200, "unchanged")
    other = post(line, f"{path}/decision", {"decision": "decline"})
    assert outcome(other) == (409, "request_closed")


def test_a_counter_is_declined(shop: Shop):
    line, path = countered(shop)
    answer = post(line, f"{path}/decision", {"decision": "decline"})

    assert outcome(answer) == (200, "declined")
    assert answer.json()["data"]["result"]["change_request"]["status"] == "REJECTED"
    assert line.data()["service_start_time"] == wire(THURSDAY)


def test_what_was_not_countered_cannot_be_answered(shop: Shop):
    line, path = asked(shop)
    answer = post(line, f"{path}/decision", {"decision": "accept"})

    assert outcome(answer) == (409, "not_countered")


def test_one_that_ran_out_is_expired_before_anybody_swept(shop: Shop):
    line, path = asked(shop)
    shop.api.now = THURSDAY
    assert get(line, path).json()["data"]["status"] == "EXPIRED"
    assert line.data()["pending_change_request"] is None
    before = line.data()["revision"]

    assert outcome(post(line, f"{path}/withdraw")) == (409, "request_closed")
    assert get(line, path).json()["data"]["status"] == "EXPIRED"
    assert line.data()["revision"] == before


def test_all_of_a_booking_are_listed_oldest_first(shop: Shop):
    line, path = asked(shop)
    shop.api.now = LATE + HOUR
    second = line.put(move(SATURDAY)).headers["location"]
    listed = get(line, f"{line.path}/change-requests?limit=1").json()
    rest = get(
        line,
        f"{line.path}/change-requests?limit=1&cursor={listed['meta']['next_cursor']}",
    ).json()

    assert [one["status"] for one in listed["data"]] == ["SUPERSEDED"]
    assert path.endswith(listed["data"][0]["id"])
    assert [one["status"] for one in rest["data"]] == ["PENDING"]
    assert second.endswith(rest["data"][0]["id"])
    assert rest["meta"]["next_cursor"] is None


def test_nobody_else_sees_or_answers_them(shop: Shop):
    line, path = asked(shop)
    other = shop.pending(NEXT_MONDAY, owner="somebody else")

    for where in (path, f"{line.path}/change-requests"):
        assert outcome(get(line, where, "somebody else")) == (404, "not_found")
    request_id = path.rsplit("/", 1)[1]
    through = f"{other.path}/change-requests/{request_id}"
    assert outcome(post(other, f"{through}/withdraw")) == (404, "not_found")
    unknown = f"{line.path}/change-requests/{uuid(1)}/withdraw"
    assert outcome(post(line, unknown)) == (404, "not_found")
    assert get(line, path).json()["data"]["status"] == "PENDING"


def test_a_decision_is_held_to_its_tag_and_key(shop: Shop):
    line, path = countered(shop)
    accept = {"decision": "accept"}
    stale = post(line, f"{path}/decision", accept, **{"if-match": '"1"'})
    assert outcome(stale) == (412, "precondition_failed")

    key = {"idempotency-key": "accept-1"}
    first, again = (post(line, f"{path}/decision", accept, **key) for _ in range(2))
    assert outcome(first) == outcome(again) == (200, "accepted")
    assert again.json()["meta"]["idempotent_replay"] is True
