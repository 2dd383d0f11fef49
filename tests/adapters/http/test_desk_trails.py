"""What a booking leaves behind it, as its workshop and its auditors see it."""

from typing import Any

import pytest

from tests.adapters.http.api import Line, Shop, cancel, codes, move, say, wire
from tests.adapters.http.desk import (
    Person,
    at_desk,
    auditor,
    decision_of,
    manager,
    refusal,
    staff,
    step,
)
from tests.examples import FRIDAY, HOUR, LATE, MONDAY, THURSDAY

MISSING = "/api/ws/bookings/999999999999999999"
SECRETS = ("AB12345", "My number is 5550199.", "We know.", "Sold the car.", "Not yet.")


@pytest.fixture
def lived(shop: Shop) -> Line:
    """Return a booking with a thread, a request that was rejected, and a cancel."""
    line = shop.confirmed()
    line.put(say(SECRETS[1]))
    staff(shop).post(step(line, "message"), {"text": SECRETS[2]})
    shop.api.now = LATE
    line.put(cancel(SECRETS[3]))
    staff(shop).post(decision_of(line), {"decision": "reject", "note": SECRETS[4]})
    manager(shop).put(at_desk(line), cancel(SECRETS[3]))
    return line


def entries(person: Person, line: Line, query: str = "") -> Any:
    answer = person.get(f"{at_desk(line)}/history{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def test_a_history_tells_a_workshop_who_did_what_by_which_rules(
    shop: Shop, lived: Line
):
    told = entries(staff(shop), lived)

    assert [(one["type"], one["actor"]) for one in told] == [
        ("booking.placed", {"role": "owner", "id": shop.owner}),
        ("booking.confirmed", {"role": "staff", "id": "staff-1"}),
        ("booking.message_appended", {"role": "owner", "id": shop.owner}),
        ("booking.message_appended", {"role": "staff", "id": "staff-1"}),
        ("booking.change_requested", {"role": "owner", "id": shop.owner}),
        ("booking.change_rejected", {"role": "staff", "id": "staff-1"}),
        ("booking.cancelled", {"role": "manager", "id": "manager-1"}),
    ]
    judged = [one["type"] for one in told if one["policy_decision"] is not None]
    assert judged == ["booking.change_requested"]


def test_a_history_is_told_a_page_at_a_time(shop: Shop, lived: Line):
    path = f"{at_desk(lived)}/history"
    versions, query = list[int](), "?limit=3"
    while True:
        body = staff(shop).get(path + query).json()
        versions += [one["version"] for one in body["data"]]
        cursor = body["meta"]["next_cursor"]
        if cursor is None:
            break
        query = f"?limit=3&cursor={cursor}"

    assert versions == [1, 2, 3, 4, 5, 6, 7]


def test_a_thread_is_read_in_order_a_page_at_a_time(shop: Shop, lived: Line):
    path = f"{at_desk(lived)}/messages"
    first = staff(shop).get(f"{path}?limit=1").json()
    rest = staff(shop).get(f"{path}?cursor={first['meta']['next_cursor']}").json()

    assert [one["text"] for one in first["data"] + rest["data"]] == [
        SECRETS[1],
        SECRETS[2],
    ]
    assert rest["meta"]["next_cursor"] is None


def test_an_auditor_sees_all_that_happened_and_nothing_personal(
    shop: Shop, lived: Line
):
    paths = ("", "/history", "/messages")
    of_staff = [staff(shop).get(at_desk(lived) + path) for path in paths]
    of_auditor = [auditor(shop).get(at_desk(lived) + path) for path in paths]
    listed = auditor(shop).get("/api/ws/bookings/change-requests")

    assert codes(of_auditor) == [200, 200, 200]
    for secret in (*SECRETS, shop.owner):
        assert any(secret in answer.text for answer in of_staff)
        assert not any(secret in answer.text for answer in (*of_auditor, listed))
    assert [one["type"] for one in entries(auditor(shop), lived)] == [
        one["type"] for one in entries(staff(shop), lived)
    ]
    who = [one["actor"]["id"] for one in entries(auditor(shop), lived)]
    assert who == [*(None, "staff-1", None, "staff-1", None, "staff-1", "manager-1")]
    (asked,) = listed.json()["data"]
    assert (asked["status"], asked["reason"], asked["decision"]["note"]) == (
        "REJECTED",
        None,
        None,
    )


def test_an_auditor_of_all_workshops_reads_each_booking(shop: Shop, lived: Line):
    of_all = Person(shop, "auditor", None)

    assert codes(
        [of_all.get(at_desk(lived) + path) for path in ("", "/history", "/messages")]
    ) == [200, 200, 200]


@pytest.mark.parametrize("path", ["", "/history", "/messages"])
def test_a_booking_that_is_not_there_left_nothing(shop: Shop, path: str):
    assert refusal(staff(shop).get(MISSING + path)) == (404, "not_found")


def test_a_booking_is_shown_as_it_was(shop: Shop):
    line = shop.confirmed()
    line.put(move(FRIDAY))
    shop.api.now = LATE

    def start(query: str = "") -> Any:
        shown = staff(shop).get(at_desk(line) + query).json()["data"]
        return shown["service_start_time"]

    assert start() == wire(FRIDAY)
    assert start(f"?as_of={wire(MONDAY)}") == wire(FRIDAY)
    assert start(f"?as_of={wire(MONDAY - HOUR)}") == wire(THURSDAY)
    before = f"{at_desk(line)}?as_of=2020-01-01T00:00:00Z"
    assert refusal(staff(shop).get(before)) == (404, "not_found")
