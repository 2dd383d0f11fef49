"""Booking a time on both stores: what it makes, what refuses it, what is free."""

from typing import Any

import httpx
import pytest

from adapters import clock
from domain.policy import OpenLimit, Rules
from domain.structs import replace
from tests.adapters.http.api import Api, Body, Shop, wire
from tests.adapters.http.test_put import outcome
from tests.examples import (
    DAY,
    FRIDAY,
    HOUR,
    MONDAY,
    POLICY,
    SATURDAY,
    SUNDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
)

PATH = "/api/co/bookings"
CAR = {"plate": "AB 12345", "make": "Volvo", "model": "240", "year": 1988}


def wanted(shop: Shop, start: Any = THURSDAY, **beside: Any) -> Body:
    return {
        "org_nr": shop.org_nr,
        "service_id": 1,
        "service_start_time": wire(start),
        "vehicle": CAR,
    } | beside


def place(shop: Shop, body: Body, headers: dict[str, str] | None = None) -> Any:
    return shop.api.ask("POST", PATH, shop.owner, body, headers=headers)


def free_times(shop: Shop, query: str, by: str | None = None) -> httpx.Response:
    path = f"/api/co/workshops/{shop.org_nr}/availability?{query}"
    return shop.api.ask("GET", path, by or shop.owner)


def starts(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200
    return [one["start"] for one in answer.json()["data"]]


def period(since: Any, until: Any, service: int = 1) -> str:
    return f"service_id={service}&from={wire(since)}&to={wire(until)}"


def test_it_waits_for_the_workshop_and_can_be_read(shop: Shop):
    said = {"text": "The brakes squeal."}
    answer = place(shop, wanted(shop, message=said))
    data = answer.json()["data"]

    assert outcome(answer) == (201, "placed")
    assert answer.headers["location"] == f"/api/co/bookings/{data['id']}"
    assert answer.headers["etag"] == '"1"'
    assert data["id"] % 1024 == shop.org_nr % 1024
    assert data["status"] == "PENDING"
    assert data["vehicle"] == CAR
    assert data["result"]["message"]["text"] == "The brakes squeal."
    shown = shop.api.ask("GET", answer.headers["location"], shop.owner).json()["data"]
    assert shown == {k: v for k, v in data.items() if k != "result"}


def test_a_start_is_had_once(shop: Shop):
    assert place(shop, wanted(shop)).status_code == 201

    assert outcome(place(shop, wanted(shop))) == (409, "slot_taken")


def test_a_workshop_that_is_unknown_is_not_found(shop: Shop):
    unknown = wanted(shop) | {"org_nr": 999_999_999}

    assert outcome(place(shop, unknown)) == (404, "not_found")


def test_a_service_that_is_not_offered_is_refused(shop: Shop):
    answer = place(shop, wanted(shop) | {"service_id": 77})

    assert outcome(answer) == (409, "service_unknown")
    assert answer.json()["errors"][0]["pointer"] == "/service_id"


def test_a_group_is_one_of_the_owners_at_this_workshop(shop: Shop):
    first = place(shop, wanted(shop)).json()["data"]
    again = place(shop, wanted(shop, FRIDAY, group_id=first["group_id"].upper()))
    foreign = str(clock.new_id())

    assert again.json()["data"]["group_id"] == first["group_id"]
    answer = place(shop, wanted(shop, WEDNESDAY, group_id=foreign))
    assert outcome(answer) == (409, "group_unknown")


def test_another_owners_group_is_unknown(shop: Shop):
    others = shop.pending(owner="somebody else").data()["group_id"]
    answer = place(shop, wanted(shop, FRIDAY, group_id=others))

    assert outcome(answer) == (409, "group_unknown")


def test_too_many_that_wait_are_refused_until_one_lapses(api: Api):
    rules = Rules(open_bookings=OpenLimit(limit=2))
    shop = Shop(api, replace(POLICY, rules=rules))
    assert place(shop, wanted(shop, TUESDAY)).status_code == 201
    assert place(shop, wanted(shop, WEDNESDAY)).status_code == 201

    assert outcome(place(shop, wanted(shop))) == (409, "too_many_open")

    api.now = TUESDAY
    assert outcome(place(shop, wanted(shop))) == (201, "placed")


def test_the_same_key_makes_one_booking(shop: Shop):
    key = {"idempotency-key": "place-1"}
    first, again = (place(shop, wanted(shop), key) for _ in range(2))

    assert again.status_code == 201
    assert again.json()["data"] == first.json()["data"]
    assert again.json()["meta"]["idempotent_replay"] is True
    assert again.headers["location"] == first.headers["location"]
    other = place(shop, wanted(shop, FRIDAY), key)
    assert outcome(other) == (422, "idempotency_key_reused")


def test_all_errors_are_told_and_nothing_is_stored(shop: Shop):
    before = shop.api.log_length()
    body = {"org_nr": "1", "service_start_time": wire(THURSDAY), "vehicle": {}}
    answer = place(shop, body | {"owner_id": "kari"})

    assert answer.status_code == 422
    found = {(e["pointer"], e["code"]) for e in answer.json()["errors"]}
    assert found == {
        ("/org_nr", "type"),
        ("/service_id", "required"),
        ("/vehicle/plate", "required"),
        ("/owner_id", "unknown_member"),
    }
    assert shop.api.log_length() == before


def test_what_is_free_is_listed_and_can_be_had(shop: Shop):
    query = period(THURSDAY, THURSDAY + 3 * HOUR)
    listed = free_times(shop, query)
    first = listed.json()["data"][0]

    assert first == {
        "start": wire(THURSDAY),
        "end": wire(THURSDAY + HOUR),
        "bays": POLICY.bays,
    }
    assert listed.json()["meta"]["position"].startswith("1:")
    for start in starts(listed):
        assert place(shop, wanted(shop) | {"service_start_time": start}).is_success
        break
    assert wire(THURSDAY) not in starts(free_times(shop, query))


def test_a_time_whose_booking_lapsed_is_free_before_anybody_swept(shop: Shop):
    shop.pending(THURSDAY)
    query = period(THURSDAY, THURSDAY + 2 * HOUR)
    assert wire(THURSDAY + HOUR) not in starts(free_times(shop, query))

    shop.api.now = THURSDAY
    anew = replace(
        POLICY, rules=replace(POLICY.rules, target_window=no_lead(POLICY.rules))
    )
    shop.change_policy(anew)
    assert wire(THURSDAY) in starts(free_times(shop, query))
    assert outcome(place(shop, wanted(shop, THURSDAY))) == (201, "placed")


def no_lead(rules: Rules) -> Any:
    return replace(rules.target_window, lead_minutes=0)


def test_a_closed_day_has_no_times(api: Api):
    shop = Shop(api, replace(POLICY, holidays=(SUNDAY.date().isoformat(),)))
    assert starts(free_times(shop, period(SATURDAY, SUNDAY)))
    assert starts(free_times(shop, period(SUNDAY, SUNDAY + 12 * HOUR))) == []


@pytest.mark.parametrize(
    "query",
    [
        "",
        "service_id=1",
        f"service_id=1&from={wire(FRIDAY)}&to={wire(THURSDAY)}",
        f"service_id=1&from={wire(MONDAY)}&to={wire(MONDAY + 32 * DAY)}",
        f"service_id=x&from={wire(MONDAY)}&to={wire(FRIDAY)}",
        f"service_id=1&from=today&to={wire(SATURDAY)}",
    ],
)
def test_what_is_looked_for_is_said_whole_and_right(shop: Shop, query: str):
    answer = free_times(shop, query)

    assert outcome(answer) == (400, "invalid_parameter")


def test_a_service_and_a_workshop_must_be_there(shop: Shop):
    unknown = free_times(shop, period(THURSDAY, FRIDAY, service=77))
    nowhere = "/api/co/workshops/999999999/availability?"
    foreign = shop.api.ask("GET", nowhere + period(THURSDAY, FRIDAY), shop.owner)

    assert outcome(unknown) == (409, "service_unknown")
    assert outcome(foreign) == (404, "not_found")
