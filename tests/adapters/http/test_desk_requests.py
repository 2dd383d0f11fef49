"""Change requests at the desk: what is said to them, and what comes of it."""

from typing import Any

import httpx
import pytest

from tests.adapters.http.api import Body, Line, Shop, cancel, codes, move, say, wire
from tests.adapters.http.desk import (
    decision_of,
    elsewhere,
    manager,
    outcome,
    refusal,
    request_id,
    staff,
)
from tests.examples import DAY, FRIDAY, HOUR, LATE, SATURDAY, SUNDAY, THURSDAY, uuid

APPROVE = {"decision": "approve"}
REJECT = {"decision": "reject", "note": "The parts are here."}


def counter(to: Any, **beside: Any) -> Body:
    return {"decision": "counter", "proposed_start_time": wire(to)} | beside


@pytest.fixture
def asked(shop: Shop) -> Line:
    """Return Thursday's booking, whose owner asks too late for Friday."""
    line = shop.confirmed()
    shop.api.now = LATE
    assert line.put(move(FRIDAY)).status_code == 202
    return line


def shown(line: Line, request: str) -> Body:
    path = f"{line.path}/change-requests/{request}"
    return dict(line.api.ask("GET", path, line.owner).json()["data"])


def reply(line: Line, request: str, body: Body) -> httpx.Response:
    path = f"{line.path}/change-requests/{request}/decision"
    return line.api.ask("POST", path, line.owner, body)


def test_an_approval_swaps_the_slots_at_once(shop: Shop, asked: Line):
    request, length = request_id(asked), shop.api.log_length()
    answer = staff(shop).post(
        decision_of(asked), APPROVE | {"note": "Gladly.", "decision": "approve"}
    )
    data = answer.json()["data"]

    assert outcome(answer) == "approved"
    assert shop.api.log_length() == length + 1
    assert data["service_start_time"] == wire(FRIDAY)
    assert data["result"]["changed"] == ["service_start_time"]
    assert (data["reschedule_count"], data["pending_change_request"]) == (1, None)
    assert shown(asked, request)["status"] == "APPROVED"
    assert shown(asked, request)["decision"] == {
        "by": {"role": "staff"},
        "at": wire(LATE),
        "note": "Gladly.",
    }
    assert staff(shop).get(f"/api/ws/bookings/{asked.id}").status_code == 200


def test_what_was_freed_can_be_had_by_another(shop: Shop, asked: Line):
    staff(shop).post(decision_of(asked), APPROVE)

    assert outcome(shop.confirmed(FRIDAY + 2 * HOUR).put(move(SATURDAY))) == (
        "rescheduled"
    )
    with pytest.raises(AssertionError):
        shop.pending(FRIDAY)
    assert shop.pending(THURSDAY).data()["status"] == "PENDING"


def test_an_approved_cancel_is_the_owners(shop: Shop):
    line = shop.confirmed()
    shop.api.now = LATE
    line.put(cancel("The car is sold."))
    answer = staff(shop).post(decision_of(line), APPROVE)

    assert outcome(answer) == "approved"
    assert answer.json()["data"]["result"]["changed"] == ["status"]
    assert line.data()["cancellation"] == {
        "reason": "The car is sold.",
        "by": {"role": "owner"},
        "at": wire(LATE),
    }


def test_a_rejection_says_why_and_leaves_the_booking(shop: Shop, asked: Line):
    request, path = request_id(asked), decision_of(asked)
    without = staff(shop).post(path, {"decision": "reject"})
    answer = staff(shop).post(path, REJECT)

    assert refusal(without) == (422, "required")
    assert without.json()["errors"][0]["pointer"] == "/note"
    assert outcome(answer) == "rejected"
    assert asked.data()["service_start_time"] == wire(THURSDAY)
    assert shown(asked, request)["decision"]["note"] == "The parts are here."


def test_a_counter_waits_for_the_owner_who_takes_it(shop: Shop, asked: Line):
    request, path = request_id(asked), decision_of(asked)
    countered = staff(shop).post(path, counter(SATURDAY, note="Or Saturday?"))
    again = staff(shop).post(path, counter(SATURDAY, note="Or Saturday?"))
    other = staff(shop).post(path, counter(SATURDAY + HOUR))
    approved = staff(shop).post(path, APPROVE)

    assert (outcome(countered), outcome(again)) == ("countered", "unchanged")
    assert refusal(other) == refusal(approved) == (409, "request_countered")
    assert shown(asked, request)["counter"] == {
        "start": wire(SATURDAY),
        "note": "Or Saturday?",
        "at": wire(LATE),
    }
    assert outcome(reply(asked, request, {"decision": "accept"})) == "accepted"
    assert asked.data()["service_start_time"] == wire(SATURDAY)
    assert asked.data()["reschedule_count"] == 1


def test_an_owner_declines_a_counter(shop: Shop, asked: Line):
    request = request_id(asked)
    staff(shop).post(decision_of(asked), counter(SATURDAY))
    answer = reply(asked, request, {"decision": "decline", "note": "No."})

    assert outcome(answer) == "declined"
    assert shown(asked, request)["status"] == "REJECTED"
    assert asked.data()["service_start_time"] == wire(THURSDAY)


def test_a_workshop_may_still_reject_what_it_countered(shop: Shop, asked: Line):
    path = decision_of(asked)
    staff(shop).post(path, counter(SATURDAY))

    assert outcome(staff(shop).post(path, REJECT)) == "rejected"


def test_a_counter_is_for_a_time_that_can_be_had(shop: Shop, asked: Line):
    shop.pending(SATURDAY)
    taken = staff(shop).post(decision_of(asked), counter(SATURDAY))
    closed = staff(shop).post(decision_of(asked), counter(SUNDAY))

    assert refusal(taken) == (409, "slot_taken")
    assert refusal(closed) == (409, "slot_unbookable")
    for answer in (taken, closed):
        pointers = [error["pointer"] for error in answer.json()["errors"]]
        assert pointers == ["/proposed_start_time"]
    assert shown(asked, request_id(asked))["status"] == "PENDING"


def test_a_cancel_cannot_be_countered(shop: Shop):
    line = shop.confirmed()
    shop.api.now = LATE
    line.put(cancel())
    answer = staff(shop).post(decision_of(line), counter(SATURDAY))

    assert refusal(answer) == (409, "not_counterable")


def test_the_same_decision_again_is_none_and_another_comes_too_late(
    shop: Shop, asked: Line
):
    path = decision_of(asked)
    answers = [staff(shop).post(path, APPROVE), manager(shop).post(path, APPROVE)]
    late = [
        staff(shop).post(path, REJECT),
        staff(shop).post(path, counter(SATURDAY)),
    ]

    assert [outcome(answer) for answer in answers] == ["approved", "unchanged"]
    assert [refusal(answer) for answer in late] == [(409, "request_closed")] * 2


def test_of_two_decisions_at_once_one_wins(shop: Shop, asked: Line):
    path = decision_of(asked)
    people = staff(shop), manager(shop)
    answers = shop.api.ask_at_once(
        people[0].asked("POST", path, APPROVE), people[1].asked("POST", path, REJECT)
    )

    assert sorted(codes(answers)) == [200, 409]
    (lost,) = (answer for answer in answers if answer.status_code == 409)
    assert lost.json()["code"] == "request_closed"


def test_an_expired_request_is_closed_though_nobody_wrote_it(shop: Shop, asked: Line):
    path = decision_of(asked)
    shop.api.now = THURSDAY

    assert refusal(staff(shop).post(path, APPROVE)) == (409, "request_closed")


def test_a_slow_workshop_makes_no_owner_late(shop: Shop):
    line = shop.confirmed(FRIDAY + DAY)
    shop.api.now = FRIDAY + HOUR
    line.put(move(FRIDAY + DAY + HOUR))
    shop.api.now = FRIDAY + DAY - HOUR

    assert outcome(staff(shop).post(decision_of(line), APPROVE)) == "approved"


def test_another_workshops_request_is_as_good_as_none(shop: Shop, asked: Line):
    path, length = decision_of(asked), shop.api.log_length()
    unknown = f"/api/ws/bookings/change-requests/{uuid(99)}/decision"

    assert refusal(elsewhere(shop, "manager").post(path, APPROVE)) == (
        404,
        "not_found",
    )
    assert refusal(staff(shop).post(unknown, APPROVE)) == (404, "not_found")
    assert shop.api.log_length() == length


def test_a_decision_is_held_to_a_revision_and_kept_under_its_key(
    shop: Shop, asked: Line
):
    path, key = decision_of(asked), {"idempotency-key": "once"}
    stale = staff(shop).post(path, APPROVE, {"if-match": '"1"'})
    first = staff(shop).post(path, APPROVE, key)
    asked.put(say())
    again = staff(shop).post(path, APPROVE, key)

    assert refusal(stale) == (412, "precondition_failed")
    assert outcome(again) == "approved"
    assert again.json()["meta"] == first.json()["meta"] | {"idempotent_replay": True}
