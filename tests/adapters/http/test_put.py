"""PUT of one booking on both stores: what each state answers, and what is stored."""

from itertools import combinations
from typing import Any

import pytest

from domain.policy import Effect, Notice, Rules
from domain.structs import replace
from tests.adapters.http.api import Api, Body, Line, Shop, cancel, move, say, wire
from tests.examples import (
    CLIENT_MESSAGE,
    FRIDAY,
    HOUR,
    MONDAY,
    NEXT_MONDAY,
    OTHER_UPLOAD,
    POLICY,
    SATURDAY,
    SUNDAY,
    THURSDAY,
    UPLOAD,
    VEHICLE,
    WEDNESDAY,
)

LATE = WEDNESDAY + HOUR
"""Too late, by an hour, to move or cancel Thursday's booking alone."""

MEMBERS: Body = {
    "service_start_time": wire(FRIDAY),
    "status": "CANCELLED",
    "cancellation_reason": "Sold the car.",
    "attachments": [{"upload_id": str(UPLOAD)}],
    "message": {"text": "Hello."},
}
SUBSETS = [names for size in range(6) for names in combinations(MEMBERS, size)]
DENYING = replace(
    POLICY,
    rules=Rules(
        reschedule_notice=Notice(effect=Effect.DENY),
        cancel_notice=Notice(effect=Effect.DENY),
    ),
)


def outcome(answer: Any) -> tuple[int, str]:
    """Return what an answer says in two words."""
    body = answer.json()
    if answer.is_success:
        return answer.status_code, body["data"]["result"]["outcome"]
    return answer.status_code, body["code"]


@pytest.mark.parametrize("names", SUBSETS, ids="+".join)
def test_each_of_the_32_combinations_is_legal_or_not(
    shop: Shop, names: tuple[str, ...]
):
    line = shop.pending()
    before = shop.api.log_length()
    answer = line.put({name: MEMBERS[name] for name in names})

    expected = set[tuple[str, str]]()
    if not names:
        expected.add(("", "nothing_to_do"))
    if {"service_start_time", "status"} <= set(names):
        expected.add(("", "conflicting_actions"))
    if "cancellation_reason" in names and "status" not in names:
        expected.add(("/cancellation_reason", "reason_without_cancel"))
    if expected:
        found = {(e["pointer"], e["code"]) for e in answer.json()["errors"]}
        assert (answer.status_code, found) == (422, expected)
    elif "attachments" in names:
        assert outcome(answer) == (409, "upload_unusable")
        assert [e["pointer"] for e in answer.json()["errors"]] == [
            "/attachments/0/upload_id"
        ]
    else:
        assert answer.status_code == 200
    assert (shop.api.log_length() > before) == answer.is_success


def test_17_combinations_are_wrong_whatever_the_booking(shop: Shop):
    line = shop.pending()
    answers = [line.put({name: MEMBERS[name] for name in names}) for names in SUBSETS]

    assert [answer.status_code for answer in answers].count(422) == 17


def test_the_example_of_the_page_is_wrong_in_four_ways(shop: Shop):
    before = shop.api.log_length()
    answer = shop.pending().put(
        {
            "service_start_time": "2026-02-12T10:00:00Z",
            "status": "string_value",
            "cancellation_reason": 59.9139,
            "attachments": [{}],
            "message": {},
        }
    )

    assert answer.status_code == 422
    assert {(e["pointer"], e["code"]) for e in answer.json()["errors"]} == {
        ("/status", "status_not_settable"),
        ("/cancellation_reason", "type"),
        ("/attachments/0/upload_id", "required"),
        ("/message/text", "required"),
    }
    assert shop.api.log_length() == before + 1


@pytest.mark.parametrize(
    ("state", "late", "body", "expected", "status"),
    [
        ("pending", False, move(FRIDAY), (200, "rescheduled"), "PENDING"),
        ("confirmed", False, move(FRIDAY), (200, "rescheduled"), "CONFIRMED"),
        ("cancelled", False, move(FRIDAY), (409, "booking_closed"), "CANCELLED"),
        ("pending", True, move(FRIDAY), (202, "change_requested"), "PENDING"),
        ("confirmed", True, move(FRIDAY), (202, "change_requested"), "CONFIRMED"),
        ("cancelled", True, move(FRIDAY), (409, "booking_closed"), "CANCELLED"),
        ("pending", False, move(THURSDAY), (200, "unchanged"), "PENDING"),
        ("confirmed", True, move(THURSDAY), (200, "unchanged"), "CONFIRMED"),
        ("cancelled", False, move(THURSDAY), (409, "booking_closed"), "CANCELLED"),
        ("pending", False, move(SUNDAY), (409, "slot_unbookable"), "PENDING"),
        ("confirmed", True, move(SUNDAY), (409, "slot_unbookable"), "CONFIRMED"),
        ("pending", False, cancel(), (200, "cancelled"), "CANCELLED"),
        ("confirmed", False, cancel(), (200, "cancelled"), "CANCELLED"),
        ("pending", True, cancel(), (200, "cancelled"), "CANCELLED"),
        ("confirmed", True, cancel(), (202, "change_requested"), "CONFIRMED"),
        ("cancelled", True, cancel(), (200, "unchanged"), "CANCELLED"),
        ("pending", True, say(), (200, "message_appended"), "PENDING"),
        ("confirmed", True, say(), (200, "message_appended"), "CONFIRMED"),
        ("cancelled", True, say(), (200, "message_appended"), "CANCELLED"),
    ],
)
def test_each_state_answers_as_the_table_says(  # noqa: PLR0917 - a row of the table
    shop: Shop,
    state: str,
    late: bool,
    body: Body,
    expected: tuple[int, str],
    status: str,
):
    line: Line = getattr(shop, state)()
    if late:
        shop.api.now = LATE
    before = shop.api.log_length()

    assert outcome(line.put(body)) == expected
    assert line.data()["status"] == status
    changes = expected[0] != 409 and expected[1] != "unchanged"
    assert shop.api.log_length() == before + changes


@pytest.mark.parametrize("state", ["pending", "confirmed"])
def test_a_taken_slot_is_never_asked_for(shop: Shop, state: str):
    shop.pending(FRIDAY)
    line: Line = getattr(shop, state)()
    shop.api.now = LATE
    answer = line.put(move(FRIDAY, **say()))

    assert outcome(answer) == (409, "slot_taken")
    assert answer.json()["errors"][0]["pointer"] == "/service_start_time"
    assert line.data()["pending_change_request"] is None


@pytest.mark.parametrize(
    ("state", "body", "expected"),
    [
        ("pending", move(FRIDAY), (409, "policy_denied")),
        ("confirmed", move(FRIDAY), (409, "policy_denied")),
        ("confirmed", cancel(), (409, "policy_denied")),
        ("pending", cancel(), (200, "cancelled")),
    ],
)
def test_what_policy_denies_is_refused_with_the_decision(
    api: Api, state: str, body: Body, expected: tuple[int, str]
):
    shop = Shop(api, DENYING)
    line: Line = getattr(shop, state)()
    api.now = LATE
    answer = line.put(body)

    assert outcome(answer) == expected
    if expected[0] == 409:
        decision = answer.json()["policy_decision"]
        assert decision["verdict"] == "DENY"
        assert decision["policy_version"] == 1
        assert decision["rules"][0]["effect"] == "DENY"


def test_a_move_is_answered_with_the_booking_and_what_happened(shop: Shop):
    line = shop.confirmed()
    answer = line.put(move(FRIDAY, **say("See you.", client_message_id=str(UPLOAD))))
    body = answer.json()
    data, result = body["data"], body["data"]["result"]

    assert answer.headers["etag"] == f'"{data["revision"]}"'
    assert answer.headers["cache-control"] == "private, no-store"
    assert "location" not in answer.headers
    assert data["id"] == line.id
    assert data["status"] == "CONFIRMED"
    assert data["service_start_time"] == wire(FRIDAY)
    assert data["service_end_time"] == wire(FRIDAY + HOUR)
    assert data["local_start"] == "2026-06-05T10:00:00+02:00"
    assert data["vehicle"]["make"] == VEHICLE.make
    assert data["reschedule_count"] == 1
    assert data["pending_change_request"] is None
    assert result["outcome"] == "rescheduled"
    assert result["changed"] == ["service_start_time", "message"]
    assert result["message"]["text"] == "See you."
    assert result["message"]["author"] == {"role": "owner"}
    assert result["policy_decision"]["verdict"] == "ALLOW"
    assert body["meta"] == {
        "request_id": answer.headers["x-request-id"],
        "generated_at": wire(MONDAY),
        "position": f"1:{shop.api.log_length()}",
    }


def test_what_is_answered_to_a_put_is_what_a_get_shows(shop: Shop):
    line = shop.confirmed()
    changed = line.put(move(FRIDAY)).json()["data"]
    changed.pop("result")

    assert line.data() == changed


def test_an_asked_workshop_is_pointed_to_and_the_confirmed_slot_survives(shop: Shop):
    line = shop.confirmed()
    shop.api.now = LATE
    answer = line.put(move(FRIDAY, **say()))
    data = answer.json()["data"]
    request = data["result"]["change_request"]

    assert answer.status_code == 202
    assert answer.headers["location"] == f"{line.path}/change-requests/{request['id']}"
    assert data["service_start_time"] == wire(THURSDAY)
    assert data["pending_change_request"] == request
    assert request["kind"] == "RESCHEDULE"
    assert request["status"] == "PENDING"
    assert request["from"] == {"start": wire(THURSDAY)}
    assert request["to"] == {"start": wire(FRIDAY)}
    assert request["blocked_by"] == ["reschedule_notice"]
    assert request["expires_at"] == wire(THURSDAY)
    assert data["result"]["message"]["change_request_id"] == request["id"]
    shown = shop.api.ask("GET", answer.headers["location"], line.owner)
    assert shown.json()["data"] == request
    assert shown.headers["cache-control"] == "private, no-store"


def test_an_open_request_holds_its_slot(shop: Shop):
    line = shop.confirmed()
    shop.api.now = LATE
    line.put(move(FRIDAY))

    assert outcome(shop.pending(SATURDAY).put(move(FRIDAY))) == (409, "slot_taken")


def test_the_same_wish_is_asked_once(shop: Shop):
    line = shop.confirmed()
    shop.api.now = LATE
    first = line.put(cancel("One reason."))
    before = shop.api.log_length()
    again = line.put(cancel("Another reason."))

    assert outcome(again) == (202, "change_requested")
    assert again.headers["location"] == first.headers["location"]
    assert shop.api.log_length() == before


def test_another_wish_supersedes_the_first(shop: Shop):
    line = shop.confirmed()
    shop.api.now = LATE
    first = line.put(move(FRIDAY)).headers["location"]
    second = line.put(move(SATURDAY)).headers["location"]

    assert shop.api.ask("GET", first, line.owner).json()["data"]["status"] == (
        "SUPERSEDED"
    )
    assert second.endswith(line.data()["pending_change_request"]["id"])
    assert outcome(shop.pending(NEXT_MONDAY).put(move(FRIDAY))) == (200, "rescheduled")


def test_a_message_of_the_same_name_is_one_message(shop: Shop):
    line = shop.pending()
    named = {"client_message_id": str(CLIENT_MESSAGE).upper()}
    first = line.put(say("First.", **named)).json()["data"]["result"]
    before = shop.api.log_length()
    again = line.put(say("Second.", **named)).json()["data"]["result"]

    assert again["message"] == first["message"]
    assert (again["outcome"], again["changed"]) == ("message_appended", [])
    assert shop.api.log_length() == before


def test_nothing_of_a_refused_call_is_stored(shop: Shop):
    line = shop.confirmed()
    before, seen = shop.api.log_length(), line.data()
    answer = line.put(move(SUNDAY, **say("Never said.")))

    assert outcome(answer) == (409, "slot_unbookable")
    assert (shop.api.log_length(), line.data()) == (before, seen)


def test_each_unusable_upload_is_pointed_to(shop: Shop):
    answer = shop.pending().put(
        {
            "attachments": [
                {"upload_id": str(UPLOAD)},
                {"upload_id": str(OTHER_UPLOAD), "caption": "Dent"},
            ]
        }
    )

    assert outcome(answer) == (409, "upload_unusable")
    assert [error["pointer"] for error in answer.json()["errors"]] == [
        "/attachments/0/upload_id",
        "/attachments/1/upload_id",
    ]


def test_a_conflict_is_a_problem_like_all_others(shop: Shop):
    line = shop.cancelled()
    body = line.put(move(FRIDAY)).json()

    assert body["type"] == "/problems/booking_closed"
    assert body["instance"] == line.path
    assert body["error"] == {"code": "booking_closed", "message": body["detail"]}
    assert "policy_decision" not in body
    assert "idempotent_replay" not in body


def test_html_in_a_message_is_text(shop: Shop):
    answer = shop.pending().put(say("<script>alert(1)</script>"))

    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    text = answer.json()["data"]["result"]["message"]["text"]
    assert text == "<script>alert(1)</script>"
