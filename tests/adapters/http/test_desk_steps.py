"""The steps that a workshop takes with a booking, on both stores."""

from typing import Any

import pytest

from adapters import clock
from tests.adapters.http.api import Line, Shop, cancel, codes, move, say
from tests.adapters.http.desk import (
    at_desk,
    auditor,
    elsewhere,
    manager,
    new_booking,
    outcome,
    refusal,
    staff,
    step,
)
from tests.examples import FRIDAY, HOUR, LATE, MINUTE, THURSDAY, uuid

STATUS = "/api/ws/bookings/status"


def to_status(line: Line, status: str) -> dict[str, Any]:
    return {"id": line.id, "status": status}


def to_mark(line: Line, mark: str = "PARTS_ORDERED") -> dict[str, Any]:
    return {"id": line.id, "mark": mark}


def test_a_booking_is_led_through_its_life(shop: Shop):
    line, at_work = shop.pending(), staff(shop)

    for send, name, status in (
        (lambda: at_work.post(step(line, "confirm")), "confirmed", "CONFIRMED"),
        (
            lambda: at_work.post(STATUS, to_status(line, "IN_PROGRESS")),
            "in_progress",
            "IN_PROGRESS",
        ),
        (lambda: at_work.post(step(line, "complete")), "completed", "COMPLETED"),
    ):
        answer = send()
        assert outcome(answer) == name
        assert answer.json()["data"]["result"]["changed"] == ["status"]
        assert answer.json()["data"]["status"] == line.data()["status"] == status
        assert answer.headers["etag"] == f'"{line.data()["revision"]}"'
        length = shop.api.log_length()
        assert outcome(send()) == "unchanged"
        assert shop.api.log_length() == length


def test_whoever_does_not_come_is_noted_from_the_start_on(shop: Shop):
    line, at_work = shop.confirmed(), staff(shop)
    body = to_status(line, "NO_SHOW")
    shop.api.now = THURSDAY - MINUTE
    early = at_work.post(STATUS, body)
    shop.api.now = THURSDAY

    assert refusal(early) == (409, "too_early")
    assert outcome(at_work.post(STATUS, body)) == "no_show"
    assert line.data()["status"] == "NO_SHOW"


def test_a_mark_makes_later_moves_the_workshops_to_decide(shop: Shop):
    line, at_work = shop.confirmed(), staff(shop)
    first = at_work.post(STATUS, to_mark(line))
    again = at_work.post(STATUS, to_mark(line))
    asked = line.put(move(FRIDAY))

    assert (outcome(first), outcome(again)) == ("marked", "unchanged")
    assert asked.status_code == 202
    blocked_by = asked.json()["data"]["pending_change_request"]["blocked_by"]
    assert blocked_by == ["work_started"]


def test_a_step_from_a_wrong_state_is_refused(shop: Shop):
    at_work = staff(shop)
    waiting, accepted = shop.pending(), shop.confirmed(FRIDAY)
    gone, begun = shop.cancelled(FRIDAY + 2 * HOUR), shop.confirmed(FRIDAY + 4 * HOUR)
    at_work.post(STATUS, to_status(begun, "IN_PROGRESS"))
    length = shop.api.log_length()

    for path, body, code in (
        (step(waiting, "complete"), None, "not_confirmed"),
        (STATUS, to_status(waiting, "IN_PROGRESS"), "not_confirmed"),
        (STATUS, to_status(waiting, "NO_SHOW"), "not_confirmed"),
        (STATUS, to_mark(waiting), "not_confirmed"),
        (step(accepted, "complete"), None, "not_started"),
        (step(gone, "confirm"), None, "booking_closed"),
        (step(gone, "complete"), None, "booking_closed"),
        (STATUS, to_status(gone, "IN_PROGRESS"), "booking_closed"),
        (STATUS, to_mark(gone), "booking_closed"),
        (step(begun, "confirm"), None, "booking_in_progress"),
        (step(begun, "cancel"), {"reason": "No."}, "booking_in_progress"),
    ):
        assert refusal(at_work.post(path, body)) == (409, code)
    assert shop.api.log_length() == length


def test_what_the_clock_has_cancelled_cannot_be_confirmed(shop: Shop):
    line = shop.pending()
    shop.api.now = THURSDAY

    assert refusal(staff(shop).post(step(line, "confirm"))) == (409, "booking_closed")
    assert line.data()["cancellation"]["by"] == {"role": "system"}


def test_staff_decline_what_waits_and_managers_cancel_what_was_accepted(shop: Shop):
    waiting, accepted = shop.pending(), shop.confirmed(FRIDAY)
    why = {"reason": "The lift is broken."}
    declined = staff(shop).post(step(waiting, "cancel"), why)
    length = shop.api.log_length()
    forbidden = staff(shop).post(step(accepted, "cancel"), why)

    assert outcome(declined) == "cancelled"
    assert refusal(forbidden) == (403, "forbidden")
    assert shop.api.log_length() == length
    assert outcome(manager(shop).post(step(accepted, "cancel"), why)) == "cancelled"
    assert accepted.data()["cancellation"] == {
        "reason": "The lift is broken.",
        "by": {"role": "manager"},
        "at": "2026-06-01T08:00:00Z",
    }


def test_a_cancel_of_what_is_cancelled_changes_nothing(shop: Shop):
    line = shop.cancelled()
    answer = staff(shop).post(step(line, "cancel"), {"reason": "Too late."})

    assert outcome(answer) == "unchanged"
    assert line.data()["cancellation"]["by"] == {"role": "owner"}


def test_a_step_of_the_workshop_supersedes_an_open_request(shop: Shop):
    line = shop.confirmed()
    shop.api.now = LATE
    place = line.put(move(FRIDAY)).headers["location"]
    staff(shop).post(STATUS, to_status(line, "IN_PROGRESS"))
    asked = shop.api.ask("GET", place, line.owner).json()["data"]

    assert asked["status"] == "SUPERSEDED"
    assert line.data()["pending_change_request"] is None


def test_a_message_reaches_the_owner_once_however_often_it_is_sent(shop: Shop):
    line, at_work = shop.pending(), staff(shop)
    body = {"text": " Come at nine. ", "client_message_id": str(clock.new_id())}
    first = at_work.post(step(line, "message"), body)
    length = shop.api.log_length()
    again = at_work.post(step(line, "message"), body)
    thread = shop.api.ask("GET", f"{line.path}/messages", line.owner).json()["data"]

    assert outcome(first) == outcome(again) == "message_appended"
    assert again.json()["data"]["result"]["changed"] == []
    assert shop.api.log_length() == length
    assert [(one["text"], one["author"]) for one in thread] == [
        ("Come at nine.", {"role": "staff"})
    ]


def every_change(shop: Shop, line: Line) -> list[tuple[str, str, Any]]:
    """Return method, path and body of all that changes one booking at the desk."""
    request = uuid(5)
    return [
        ("PUT", at_desk(line), move(FRIDAY)),
        ("PUT", at_desk(line), cancel()),
        ("PUT", at_desk(line), say()),
        ("POST", step(line, "confirm"), None),
        ("POST", step(line, "complete"), None),
        ("POST", step(line, "cancel"), {"reason": "No."}),
        ("POST", step(line, "message"), {"text": "Hello."}),
        ("POST", STATUS, to_status(line, "IN_PROGRESS")),
        ("POST", STATUS, to_mark(line)),
        (
            "POST",
            f"/api/ws/bookings/change-requests/{request}/decision",
            {"decision": "approve"},
        ),
        ("POST", "/api/ws/bookings", new_booking(shop, FRIDAY)),
    ]


@pytest.mark.parametrize("role", ["staff", "manager"])
def test_another_workshops_people_change_nothing_and_see_nothing(shop: Shop, role: Any):
    line, foreign = shop.confirmed(), elsewhere(shop, role)
    length = shop.api.log_length()

    for method, path, body in every_change(shop, line):
        assert refusal(foreign.ask(method, path, body)) == (404, "not_found")
    for path in ("", "/history", "/messages"):
        assert refusal(foreign.get(at_desk(line) + path)) == (404, "not_found")
    assert shop.api.log_length() == length


def test_whoever_only_looks_on_and_owners_change_nothing(shop: Shop):
    line = shop.confirmed()
    length = shop.api.log_length()

    for method, path, body in every_change(shop, line):
        assert refusal(auditor(shop).ask(method, path, body)) == (403, "forbidden")
        owners = shop.api.ask(method, path, line.owner, body)
        assert refusal(owners) == (403, "forbidden")
    assert shop.api.log_length() == length


def test_a_step_is_held_to_a_revision_and_kept_under_its_key(shop: Shop):
    line, at_work = shop.pending(), staff(shop)
    path, key = step(line, "confirm"), {"idempotency-key": "once"}
    stale = at_work.post(path, headers={"if-match": '"7"'})
    first = at_work.post(path, headers=key | {"if-match": '"1"'})
    again = at_work.post(path, headers=key | {"if-match": '"1"'})
    reused = at_work.post(step(line, "complete"), headers=key)

    assert refusal(stale) == (412, "precondition_failed")
    assert again.json()["meta"] == first.json()["meta"] | {"idempotent_replay": True}
    assert again.json()["data"] == first.json()["data"]
    assert refusal(reused) == (422, "idempotency_key_reused")


def test_a_key_belongs_to_the_booking_that_the_body_names(shop: Shop):
    one, other = shop.confirmed(), shop.confirmed(FRIDAY)
    at_work, key = staff(shop), {"idempotency-key": "the-same"}
    answers = [
        at_work.post(STATUS, to_status(line, "IN_PROGRESS"), headers=key)
        for line in (one, other, one)
    ]

    assert codes(answers) == [200, 200, 200]
    assert [answer.json()["data"]["id"] for answer in answers] == [
        one.id,
        other.id,
        one.id,
    ]
    assert "idempotent_replay" not in answers[1].json()["meta"]
    assert answers[2].json()["meta"]["idempotent_replay"] is True


def test_a_booking_is_not_deleted(shop: Shop):
    line = shop.pending()
    answer = manager(shop).ask("DELETE", at_desk(line))

    assert refusal(answer) == (405, "method_not_allowed")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "OPTIONS", "PUT"}
