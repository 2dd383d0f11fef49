"""Bookings that a workshop makes, and what its people change, on both stores."""

from typing import Any

import pytest

from tests.adapters.http.api import Shop, cancel, move, say
from tests.adapters.http.desk import (
    at_desk,
    elsewhere,
    manager,
    new_booking,
    outcome,
    refusal,
    staff,
)
from tests.examples import (
    FRIDAY,
    HOUR,
    LATE,
    MINUTE,
    MONDAY,
    SATURDAY,
    SUNDAY,
    THURSDAY,
    uuid,
)

NEW = "/api/ws/bookings"


def overriding(reason: str = "No other day.") -> dict[str, Any]:
    return {"override": {"reason": reason}}


def test_a_workshop_books_for_an_owner_who_sees_it_confirmed(shop: Shop):
    said = {"text": "As agreed by phone."}
    answer = staff(shop).post(NEW, new_booking(shop, FRIDAY, message=said))
    data = answer.json()["data"]
    place = answer.headers["location"]

    assert (answer.status_code, outcome(answer)) == (201, "placed")
    assert (data["status"], data["result"]["message"]["text"]) == (
        "CONFIRMED",
        "As agreed by phone.",
    )
    assert place == f"/api/ws/bookings/{data['id']}"
    assert staff(shop).get(place).status_code == 200
    owners = shop.api.ask("GET", f"/api/co/bookings/{data['id']}", shop.owner)
    assert owners.json()["data"]["vehicle"]["plate"] == "AB 12345"


def test_a_booking_joins_a_group_of_the_owners(shop: Shop):
    group = shop.pending().data()["group_id"]
    joined = staff(shop).post(NEW, new_booking(shop, FRIDAY, group_id=group))
    unknown = staff(shop).post(NEW, new_booking(shop, SATURDAY, group_id=str(uuid(99))))

    assert joined.json()["data"]["group_id"] == group
    assert refusal(unknown) == (409, "group_unknown")


def test_a_workshop_is_not_held_to_how_many_may_wait(shop: Shop):
    for hours in range(5):
        shop.pending(THURSDAY - 2 * HOUR + hours * (HOUR + 15 * MINUTE))

    assert staff(shop).post(NEW, new_booking(shop, FRIDAY)).status_code == 201


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"service_id": 77}, "service_unknown"),
        ({"service_start_time": "2026-06-07T08:00:00Z"}, "slot_unbookable"),
        ({"service_start_time": "2026-06-04T08:00:00Z"}, "slot_taken"),
    ],
)
def test_what_cannot_be_had_is_refused(shop: Shop, changed: Any, code: str):
    shop.confirmed()
    length = shop.api.log_length()
    body = new_booking(shop, FRIDAY, **changed)

    assert refusal(staff(shop).post(NEW, body)) == (409, code)
    assert shop.api.log_length() == length


def test_a_booking_sent_again_under_its_key_is_one_booking(shop: Shop):
    body, key = new_booking(shop, FRIDAY), {"idempotency-key": "once"}
    first = staff(shop).post(NEW, body, headers=key)
    again = staff(shop).post(NEW, body, headers=key)

    assert again.status_code == 201
    assert again.json()["data"] == first.json()["data"]
    assert again.headers["location"] == first.headers["location"]
    assert again.json()["meta"]["idempotent_replay"] is True


def test_a_manager_moves_without_being_judged(shop: Shop):
    line = shop.confirmed()
    shop.api.now = LATE
    answer = manager(shop).put(at_desk(line), move(FRIDAY))
    data = answer.json()["data"]

    assert outcome(answer) == "rescheduled"
    assert data["result"]["policy_decision"] is None
    assert data["reschedule_count"] == 0
    assert line.data()["service_start_time"] == "2026-06-05T08:00:00Z"


def test_a_manager_is_held_to_the_window_unless_they_override_it(shop: Shop):
    line, boss = shop.confirmed(), manager(shop)
    closed = boss.put(at_desk(line), move(SUNDAY))
    overridden = boss.put(at_desk(line), move(SUNDAY, **overriding()))
    entries = boss.get(f"{at_desk(line)}/history").json()["data"]

    assert refusal(closed) == (409, "slot_unbookable")
    assert outcome(overridden) == "rescheduled"
    assert overridden.json()["data"]["result"]["policy_decision"] is not None
    assert entries[-1]["override"] == {"reason": "No other day."}
    assert entries[-1]["actor"] == {"role": "manager", "id": "manager-1"}


def test_an_override_beats_neither_the_past_nor_the_bays(shop: Shop):
    line, boss = shop.confirmed(), manager(shop)
    shop.confirmed(FRIDAY)
    past = boss.put(at_desk(line), move(MONDAY - MINUTE, **overriding()))
    taken = boss.put(at_desk(line), move(FRIDAY, **overriding()))

    assert refusal(past) == (409, "slot_unbookable")
    assert refusal(taken) == (409, "slot_taken")


def test_an_override_goes_with_a_move(shop: Shop):
    line = shop.confirmed()
    answer = manager(shop).put(at_desk(line), cancel(**overriding()))

    assert refusal(answer) == (422, "override_without_move")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/override"]


def test_to_move_and_to_cancel_are_a_managers(shop: Shop):
    line = shop.pending()
    length = shop.api.log_length()

    for body in (move(FRIDAY), cancel(), move(FRIDAY, **overriding())):
        assert refusal(staff(shop).put(at_desk(line), body)) == (403, "forbidden")
        missing = staff(shop).put("/api/ws/bookings/999999999999999999", body)
        assert refusal(missing) == (404, "not_found")
        foreign = elsewhere(shop, "staff")
        assert refusal(foreign.put(at_desk(line), body)) == (404, "not_found")
    assert shop.api.log_length() == length
    assert outcome(staff(shop).put(at_desk(line), say())) == "message_appended"


def test_a_manager_cancels_what_the_owner_could_not(shop: Shop):
    line = shop.confirmed()
    shop.api.now = LATE

    assert outcome(manager(shop).put(at_desk(line), cancel())) == "cancelled"
    assert line.data()["cancellation"]["by"] == {"role": "manager"}


def test_a_wrong_body_is_told_before_all_that_depends_on_the_booking(shop: Shop):
    body = {"service_start_time": "soon", "attachments": [], "override": {}}
    answer = staff(shop).put("/api/ws/bookings/999999999999999999", body)

    assert answer.status_code == 422
    assert {(e["pointer"], e["code"]) for e in answer.json()["errors"]} == {
        ("/service_start_time", "format"),
        ("/attachments", "unknown_member"),
        ("/override/reason", "required"),
    }


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (move(FRIDAY), "rescheduled"),
        (move(THURSDAY), "unchanged"),
        (move(SUNDAY, **overriding()), "rescheduled"),
        (cancel(), "cancelled"),
        (say(), "message_appended"),
    ],
)
def test_a_dry_run_tells_and_stores_nothing(shop: Shop, body: Any, name: str):
    line, boss = shop.confirmed(), manager(shop)
    length, before = shop.api.log_length(), line.data()
    dry = boss.put(f"{at_desk(line)}?dry_run=1", body, {"idempotency-key": "k"})

    assert outcome(dry) == name
    assert (shop.api.log_length(), line.data()) == (length, before)
    real = boss.put(at_desk(line), body, {"idempotency-key": "k"})
    assert "idempotent_replay" not in real.json()["meta"]
    assert outcome(real) == name
    assert (
        real.json()["data"]["result"]["policy_decision"]
        == dry.json()["data"]["result"]["policy_decision"]
    )
