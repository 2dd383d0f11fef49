"""The desk's lists: in the platform's shape, filtered, paged, and one workshop's."""

from typing import Any

import pytest

from adapters import clock
from tests.adapters.http.api import Body, Shop, move, wire
from tests.adapters.http.desk import (
    Person,
    auditor,
    elsewhere,
    refusal,
    request_id,
    staff,
)
from tests.examples import (
    DAY,
    FRIDAY,
    HOUR,
    LATE,
    MONDAY,
    SATURDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    uuid,
)

LIST = "/api/ws/bookings"
REQUESTS = f"{LIST}/change-requests"


def listed(person: Person, query: str = "") -> Body:
    answer = person.get(LIST + query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def ids(body: Body) -> list[int]:
    return [item["id"] for item in body["items"]]


def test_a_list_has_the_platforms_shape(shop: Shop):
    line = shop.pending()
    body = listed(staff(shop))
    (item,) = body["items"]

    assert item == {
        "id": line.id,
        "status": "PENDING",
        "start_time": wire(THURSDAY),
        "end_time": wire(THURSDAY + HOUR),
        "group_id": line.data()["group_id"],
        "service": {"id": 1, "name": "Service", "minutes": 60},
        "vehicle": {
            "plate": "AB12345",
            "make": "Volvo",
            "model": "240",
            "year": 1988,
        },
        "change_request_id": None,
    }
    assert {name: body["meta"][name] for name in ("total", "page", "page_size")} == {
        "total": 1,
        "page": 1,
        "page_size": 50,
    }


def test_a_list_begins_with_the_next_car_and_pages_add_up_to_it(shop: Shop):
    days = [FRIDAY, TUESDAY, THURSDAY, WEDNESDAY, SATURDAY]
    lines = {start: shop.pending(start) for start in days}
    pages = [listed(staff(shop), f"?page_size=2&page={page}") for page in (1, 2, 3, 4)]

    assert [ids(page) for page in pages] == [
        [lines[TUESDAY].id, lines[WEDNESDAY].id],
        [lines[THURSDAY].id, lines[FRIDAY].id],
        [lines[SATURDAY].id],
        [],
    ]
    assert {page["meta"]["total"] for page in pages} == {5}


def test_a_list_is_filtered_by_status_as_the_clock_has_it(shop: Shop):
    waiting, accepted = shop.pending(THURSDAY), shop.confirmed(FRIDAY)
    gone = shop.cancelled(SATURDAY)

    def of(*statuses: str) -> list[int]:
        return ids(listed(staff(shop), f"?status={','.join(statuses)}"))

    assert of("PENDING") == [waiting.id]
    assert of("PENDING", "CONFIRMED") == [waiting.id, accepted.id]
    assert of("CANCELLED") == [gone.id]
    assert of("NO_SHOW") == []
    shop.api.now = THURSDAY
    assert of("PENDING") == []
    assert of("CANCELLED") == [waiting.id, gone.id]
    (first, _second) = listed(staff(shop), "?status=CANCELLED")["items"]
    assert first["status"] == "CANCELLED"


def test_a_list_is_filtered_by_a_period(shop: Shop):
    lines = [shop.pending(start) for start in (TUESDAY, WEDNESDAY, THURSDAY)]
    period = f"?from={wire(WEDNESDAY)}&to={wire(THURSDAY)}"

    assert ids(listed(staff(shop), period)) == [lines[1].id]
    assert listed(staff(shop), period)["meta"]["total"] == 1


def test_a_list_shows_which_bookings_wait_for_a_decision(shop: Shop):
    line = shop.confirmed()
    shop.api.now = LATE
    line.put(move(FRIDAY))
    (item,) = listed(staff(shop))["items"]

    assert item["change_request_id"] == request_id(line)
    shop.api.now = THURSDAY
    (item,) = listed(staff(shop))["items"]
    assert item["change_request_id"] is None


def test_a_group_is_shown_together_to_its_workshop(shop: Shop):
    group = clock.new_id()
    second, first = (
        shop.pending(start, group_id=group) for start in (FRIDAY, THURSDAY)
    )
    shop.pending(SATURDAY)
    path = f"{LIST}/group/{group}"
    body = staff(shop).get(path).json()

    assert body["data"]["group_id"] == str(group)
    assert body["data"]["bookings"] == [first.data(), second.data()]
    assert body["meta"]["total"] == 2
    paged = staff(shop).get(f"{path}?page=2&page_size=1").json()
    assert [one["id"] for one in paged["data"]["bookings"]] == [second.id]
    foreign = elsewhere(shop, "staff")
    assert refusal(foreign.get(path)) == (404, "not_found")
    assert refusal(staff(shop).get(f"{LIST}/group/{uuid(99)}")) == (404, "not_found")


def test_requests_are_listed_oldest_first_by_their_status_a_page_at_a_time(shop: Shop):
    lines = [shop.confirmed(THURSDAY + hours * HOUR) for hours in (-2, 0, 2)]
    asked = list[str]()
    for minutes, line in enumerate(lines):
        shop.api.now = LATE + minutes * HOUR
        line.put(move(FRIDAY + 2 * minutes * HOUR))
        asked.append(request_id(line))
    decide = f"{REQUESTS}/{asked[1]}/decision"
    staff(shop).post(decide, {"decision": "reject", "note": "No."})

    def of(query: str = "") -> Any:
        return staff(shop).get(REQUESTS + query).json()

    def found(query: str = "") -> list[str]:
        return [one["id"] for one in of(query)["data"]]

    assert found() == asked
    assert found("?status=PENDING") == [asked[0], asked[2]]
    assert found("?status=REJECTED,COUNTERED") == [asked[1]]
    first = of("?limit=2")
    rest = found(f"?limit=2&cursor={first['meta']['next_cursor']}")
    assert [one["id"] for one in first["data"]] + rest == asked
    shop.api.now = THURSDAY + DAY
    assert found("?status=PENDING") == []
    assert found("?status=EXPIRED") == [asked[0], asked[2]]
    assert {one["status"] for one in of("?status=EXPIRED")["data"]} == {"EXPIRED"}


@pytest.mark.parametrize("path", [LIST, REQUESTS])
def test_another_workshops_list_has_nothing_of_ours(shop: Shop, path: str):
    line = shop.confirmed()
    shop.api.now = LATE
    line.put(move(FRIDAY))
    body = elsewhere(shop, "manager").get(path).json()

    assert body.get("items", body.get("data")) == []


def test_an_auditor_sees_nothing_personal(shop: Shop):
    shop.pending()
    (item,) = listed(auditor(shop))["items"]

    assert item["vehicle"] == {
        "plate": None,
        "make": "Volvo",
        "model": "240",
        "year": 1988,
    }


def test_an_auditor_of_all_workshops_names_the_one_that_they_look_at(shop: Shop):
    line = shop.pending()
    of_all = Person(shop, "auditor", None)

    assert refusal(of_all.get(LIST)) == (400, "invalid_parameter")
    assert refusal(of_all.get(f"{LIST}?org_nr=1")) == (400, "invalid_parameter")
    assert ids(listed(of_all, f"?org_nr={shop.org_nr}")) == [line.id]
    assert of_all.get(f"{LIST}/{line.id}").status_code == 200
    other = f"{LIST}?org_nr=999999999"
    assert refusal(auditor(shop).get(other)) == (404, "not_found")


@pytest.mark.parametrize(
    "query",
    ["status=pending", "page=0", "page_size=201", "from=2026", "page=1&page=2"],
)
def test_a_query_value_of_ours_is_right_or_refused(shop: Shop, query: str):
    assert refusal(staff(shop).get(f"{LIST}?{query}")) == (400, "invalid_parameter")


def test_what_is_not_ours_in_a_query_is_ignored(shop: Shop):
    assert listed(staff(shop), f"?sort=plate&now={MONDAY}")["items"] == []
