"""A workshop's policy over HTTP: shown, replaced as a whole, tried before it holds."""

from typing import Any

import pytest

from tests.adapters.http.api import Body, Shop, cancel, move, wire
from tests.adapters.http.desk import (
    Person,
    auditor,
    elsewhere,
    manager,
    outcome,
    refusal,
    staff,
    step,
)
from tests.examples import DAY, FRIDAY, HOUR, LATE, MONDAY, SATURDAY, THURSDAY

POLICY = "/api/ws/policy"
SIMULATE = f"{POLICY}/simulate"


def shown(person: Person) -> Body:
    return dict(person.get(POLICY).json()["data"])


def with_rule(policy: Body, rule: str, **changed: Any) -> Body:
    """Return `policy` with one rule changed."""
    rules = policy["rules"]
    return policy | {"rules": rules | {rule: rules[rule] | changed}}


def test_a_policy_is_shown_whole_with_its_version(shop: Shop):
    answer = staff(shop).get(POLICY)
    data = answer.json()["data"]

    assert answer.status_code == 200
    assert answer.headers["etag"] == '"1"'
    assert (data["version"], data["time_zone"], data["bays"]) == (1, "Europe/Oslo", 1)
    assert data["rules"]["reschedule_notice"] == {"hours": 24, "effect": "REQUEST"}
    assert auditor(shop).get(POLICY).json()["data"] == data


def test_what_was_shown_can_be_sent_back_and_changes_nothing(shop: Shop):
    length, before = shop.api.log_length(), shown(manager(shop))
    answer = manager(shop).put(POLICY, before)

    assert answer.json()["data"] == before
    assert answer.headers["etag"] == '"1"'
    assert shop.api.log_length() == length


def test_a_policy_is_replaced_and_holds_at_once(shop: Shop):
    line, boss = shop.confirmed(), manager(shop)
    strict = with_rule(shown(boss), "reschedule_notice", hours=100, effect="DENY")
    answer = boss.put(POLICY, strict, {"if-match": '"1"'})
    denied = line.put(move(FRIDAY))

    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert shown(boss) == answer.json()["data"] == strict | {"version": 2}
    assert refusal(denied) == (409, "policy_denied")
    assert denied.json()["policy_decision"]["policy_version"] == 2


def test_what_is_left_out_is_the_default(shop: Shop):
    answer = manager(shop).put(POLICY, {"time_zone": "Europe/London"})
    data = answer.json()["data"]

    assert data["services"] == [
        {"id": 1, "name": "Service", "minutes": 60, "buffer": 0}
    ]
    assert data["opening_hours"]["fri"] == [["08:00", "16:00"]]
    assert data["opening_hours"]["sat"] == []


def test_a_policy_that_others_changed_is_not_replaced(shop: Shop):
    boss = manager(shop)
    before = shown(boss)
    boss.put(POLICY, before | {"bays": 2})
    late = boss.put(POLICY, before | {"bays": 3}, {"if-match": '"1"'})

    assert refusal(late) == (412, "precondition_failed")
    assert shown(boss)["bays"] == 2


def test_a_policy_sent_again_under_its_key_is_one_change(shop: Shop):
    boss, key = manager(shop), {"idempotency-key": "once", "if-match": '"1"'}
    body = shown(boss) | {"bays": 2}
    first, again = boss.put(POLICY, body, key), boss.put(POLICY, body, key)

    assert again.json()["data"] == first.json()["data"]
    assert again.json()["meta"] == first.json()["meta"] | {"idempotent_replay": True}
    assert refusal(boss.put(POLICY, body | {"bays": 3}, key)) == (
        422,
        "idempotency_key_reused",
    )


def test_all_in_which_a_policy_contradicts_itself_is_told_with_pointers(shop: Shop):
    body = shown(manager(shop)) | {
        "time_zone": "Mars/Base",
        "bays": 0,
        "opening_hours": {"mon": [["08:00", "12:00"], ["11:00", "16:00"]]},
    }
    answer = manager(shop).put(POLICY, body)

    assert refusal(answer) == (422, "invalid_body")
    assert {(e["pointer"], e["code"]) for e in answer.json()["errors"]} == {
        ("/time_zone", "format"),
        ("/bays", "format"),
        ("/opening_hours/mon/1", "format"),
    }
    assert shown(manager(shop))["version"] == 1


@pytest.mark.parametrize(("method", "path"), [("PUT", POLICY), ("POST", SIMULATE)])
def test_only_a_manager_changes_or_tries_a_policy(shop: Shop, method: str, path: str):
    for person in (staff(shop), auditor(shop)):
        assert refusal(person.ask(method, path, {})) == (403, "forbidden")


def test_a_workshop_that_is_not_there_has_no_policy(shop: Shop):
    nobodys = elsewhere(shop, "manager")
    body = {"time_zone": "Europe/Oslo"}
    period = {"from": wire(MONDAY), "to": wire(FRIDAY)}

    assert refusal(nobodys.get(POLICY)) == (404, "not_found")
    assert refusal(nobodys.put(POLICY, body)) == (404, "not_found")
    simulated = nobodys.post(SIMULATE, {"policy": body} | period)
    assert refusal(simulated) == (404, "not_found")


def simulated(shop: Shop, policy: Body, **period: Any) -> Body:
    length = shop.api.log_length()
    body = {"policy": policy, "from": wire(MONDAY), "to": wire(SATURDAY)} | period
    answer = manager(shop).post(SIMULATE, body)
    assert answer.status_code == 200, answer.text
    assert shop.api.log_length() == length
    return dict(answer.json()["data"])


def test_a_candidate_tells_which_decisions_would_flip_and_by_which_rule(shop: Shop):
    moved, asked = shop.confirmed(FRIDAY), shop.confirmed(THURSDAY)
    waiting = shop.pending(FRIDAY + 2 * HOUR)
    moved.put(move(SATURDAY))
    waiting.put(cancel())
    shop.api.now = LATE
    asked.put(move(SATURDAY + 2 * HOUR))
    shop.api.now = SATURDAY
    policy = shown(manager(shop))

    assert simulated(shop, policy) == {"decisions": 3, "flipped": 0, "flips": []}
    stricter = with_rule(policy, "max_reschedules", limit=0, effect="DENY")
    assert simulated(shop, stricter)["flips"] == [
        {
            "booking_id": moved.id,
            "version": 3,
            "type": "booking.rescheduled",
            "at": wire(MONDAY),
            "from": "ALLOW",
            "to": "DENY",
            "rules": ["max_reschedules"],
        },
        {
            "booking_id": asked.id,
            "version": 3,
            "type": "booking.change_requested",
            "at": wire(LATE),
            "from": "REQUEST",
            "to": "DENY",
            "rules": ["max_reschedules"],
        },
    ]
    laxer = with_rule(policy, "reschedule_notice", hours=1)
    (flip,) = simulated(shop, laxer)["flips"]
    assert (flip["booking_id"], flip["from"], flip["to"]) == (
        asked.id,
        "REQUEST",
        "ALLOW",
    )


def test_a_period_has_its_first_moment_and_not_its_last(shop: Shop):
    line = shop.confirmed(FRIDAY)
    line.put(move(SATURDAY))
    policy = shown(manager(shop))

    def decisions(**period: str) -> Any:
        return simulated(shop, policy, **period)["decisions"]

    assert decisions() == 1
    assert decisions(to="2026-06-01T08:00:00.000001Z") == 1
    assert decisions(**{"from": wire(MONDAY - DAY), "to": wire(MONDAY)}) == 0
    assert decisions(**{"from": "2026-06-01T08:00:00.000001Z"}) == 0


def test_a_workshops_own_moves_were_decided_by_no_policy(shop: Shop):
    line = shop.confirmed()
    boss = manager(shop)
    body = {"reason": "Broken."}

    assert outcome(boss.put(f"/api/ws/bookings/{line.id}", move(FRIDAY))) == (
        "rescheduled"
    )
    assert outcome(boss.post(step(line, "cancel"), body)) == "cancelled"
    assert simulated(shop, shown(boss))["decisions"] == 0


def test_what_is_wrong_with_a_simulation_is_told_with_pointers(shop: Shop):
    body = {"policy": {"bays": 0}, "from": "today", "when": 1}
    answer = manager(shop).post(SIMULATE, body)

    assert {(e["pointer"], e["code"]) for e in answer.json()["errors"]} == {
        ("/policy/time_zone", "required"),
        ("/from", "format"),
        ("/to", "required"),
        ("/when", "unknown_member"),
    }
