"""GETs on both stores: one booking, lists in pages, and what is one owner's alone."""

import base64
from typing import Any

import pytest

from adapters import clock
from tests.adapters.http.api import Api, Line, Shop, cancel, move, say
from tests.examples import (
    DAY,
    FRIDAY,
    HOUR,
    MONDAY,
    ORG_NR,
    SATURDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    uuid,
)

LIST = "/api/co/bookings"
WEEK = [TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY]


def listed(shop: Shop, query: str = "") -> Any:
    answer = shop.api.ask("GET", LIST + query, shop.owner)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    return answer.json()


def ids(bookings: list[dict[str, Any]]) -> list[int]:
    return [booking["id"] for booking in bookings]


def test_a_booking_is_shown_with_its_tag_and_position(shop: Shop):
    line = shop.pending()
    answer = line.get()

    assert answer.status_code == 200
    assert answer.headers["etag"] == f'"{answer.json()["data"]["revision"]}"'
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.json()["data"]["vehicle"]["plate"] == "AB12345"
    assert "result" not in answer.json()["data"]
    assert answer.json()["meta"]["position"] == f"1:{shop.api.log_length()}"


def test_a_tag_that_still_holds_is_no_304(shop: Shop):
    line = shop.pending()
    tag = line.get().headers["etag"]
    answer = shop.api.ask("GET", line.path, line.owner, headers={"if-none-match": tag})

    assert answer.status_code == 200


def test_what_may_be_done_depends_on_the_clock(shop: Shop):
    line = shop.confirmed()
    early = line.data()["allowed_actions"]
    shop.api.now = WEDNESDAY + HOUR
    late = line.data()["allowed_actions"]

    assert early["reschedule"] == {
        "mode": "direct",
        "until": "2026-06-03T08:00:00Z",
    }
    assert late["reschedule"] == {"mode": "request", "until": None}


def _but_for_the_request(problem: dict[str, Any]) -> dict[str, Any]:
    own = ("request_id", "generated_at", "instance")
    return {name: value for name, value in problem.items() if name not in own}


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("GET", None),
        ("PUT", move(FRIDAY)),
        ("PUT", cancel()),
        ("PUT", say()),
    ],
)
def test_anothers_booking_is_as_good_as_none(
    shop: Shop, method: str, body: dict[str, Any] | None
):
    line = shop.confirmed()
    before = shop.api.log_length()
    another = shop.api.ask(method, line.path, "somebody else", body)
    missing = shop.api.ask(method, f"{LIST}/999999999999999999", line.owner, body)

    assert another.status_code == missing.status_code == 404
    assert _but_for_the_request(another.json()) == _but_for_the_request(missing.json())
    assert dict(another.headers).keys() == dict(missing.headers).keys()
    assert shop.api.log_length() == before


def test_a_change_request_is_its_owners_alone_and_of_one_booking(shop: Shop):
    line, other = shop.confirmed(), shop.pending(SATURDAY)
    shop.api.now = WEDNESDAY + HOUR
    place = line.put(move(FRIDAY)).headers["location"]

    def status(path: str, by: str = line.owner) -> int:
        return shop.api.ask("GET", path, by).status_code

    assert status(place) == 200
    assert status(place, "somebody else") == 404
    assert status(place.replace(line.path, other.path)) == 404
    assert status(f"{line.path}/change-requests/{uuid(99)}") == 404


def test_a_list_begins_with_the_newest_start(shop: Shop):
    lines = [shop.pending(start) for start in WEEK]
    shop.pending(MONDAY + 8 * DAY, owner="somebody else")
    body = listed(shop, "?grouped=0")

    assert ids(body["data"]) == [line.id for line in reversed(lines)]
    assert body["data"][0] == lines[-1].data()
    assert body["meta"]["next_cursor"] is None
    assert body["meta"]["position"] == lines[-1].get().json()["meta"]["position"]


@pytest.mark.parametrize("query", ["", "?grouped=1", "?grouped=1&unknown=%FF&x"])
def test_a_list_is_grouped_unless_asked_otherwise(shop: Shop, query: str):
    group = clock.new_id()
    first = shop.pending(TUESDAY, group_id=group)
    alone = shop.pending(WEDNESDAY)
    second = shop.pending(THURSDAY, group_id=group)
    groups = listed(shop, query)["data"]

    assert [ids(each["bookings"]) for each in groups] == [
        [second.id, first.id],
        [alone.id],
    ]
    assert groups[0]["group_id"] == str(group)


def test_pages_add_up_to_the_list(shop: Shop):
    lines = [shop.pending(start) for start in WEEK]
    found, query = list[int](), "?grouped=0&limit=2"
    pages = 0
    while True:
        body = listed(shop, query)
        pages += 1
        found += ids(body["data"])
        if body["meta"]["next_cursor"] is None:
            break
        query = f"?grouped=0&limit=2&cursor={body['meta']['next_cursor']}"

    assert found == [line.id for line in reversed(lines)]
    assert pages == 3


def test_a_page_is_not_moved_by_what_happens_before_it(shop: Shop):
    lines = [shop.pending(start) for start in WEEK]
    cursor = listed(shop, "?limit=2")["meta"]["next_cursor"]
    lines[-1].put(cancel())
    shop.pending(SATURDAY)

    assert ids(listed(shop, f"?grouped=0&limit=2&cursor={cursor}")["data"]) == [
        lines[2].id,
        lines[1].id,
    ]


def test_who_has_no_bookings_has_an_empty_list(api: Api):
    body = api.ask("GET", LIST, "nobody").json()

    assert body["data"] == []
    assert body["meta"]["next_cursor"] is None
    assert body["meta"]["position"] == "1:0"


def _cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=-1",
        "limit=1.5",
        "limit=01",
        "limit=%D9%A3",
        "limit=",
        "limit=1&limit=2",
        "limit=9999999999",
        "grouped=yes",
        "grouped=",
        "grouped=0&grouped=0",
        "cursor=",
        "cursor=x",
        "cursor=%00",
        "cursor=%C3%A6",
        f"cursor={_cursor('1 0')}",
        f"cursor={_cursor('1 1')}=",
        f"cursor={_cursor('1 1 ')}",
        f"cursor={_cursor('999999999999999999 1')}",
        f"cursor={_cursor('-999999999999999999 1')}",
        f"cursor={_cursor('1 9999999999999999999')}",
        f"cursor={_cursor(chr(0x664) + ' 1')}",
    ],
)
def test_a_query_value_of_ours_is_right_or_refused(api: Api, query: str):
    answer = api.ask("GET", f"{LIST}?{query}", "nobody")

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_parameter"


@pytest.mark.parametrize(
    "place", ["0 1", "-62135596800000000 1", "253402300799999999 999999999999999999"]
)
def test_a_cursor_may_stand_at_either_end_of_time(api: Api, place: str):
    answer = api.ask("GET", f"{LIST}?cursor={_cursor(place)}", "nobody")

    assert answer.status_code == 200


def test_a_workshops_people_have_no_list_of_an_owner(api: Api):
    token = api.token("staff-1", role="staff", workshop=ORG_NR)
    answer = api.ask("GET", LIST, None, headers={"authorization": f"Bearer {token}"})

    assert answer.status_code == 403


def test_a_get_shows_what_an_answered_put_did(shop: Shop):
    line: Line = shop.pending()
    for start in (FRIDAY, SATURDAY, WEDNESDAY):
        line.put(move(start))

        assert line.data()["service_start_time"] == f"{start:%Y-%m-%dT%H:%M:%SZ}"


def test_health_needs_no_token(api: Api):
    assert api.ask("GET", "/health/live", None).status_code == 200
    assert api.ask("GET", "/health/ready", None).status_code == 200


def test_the_services_are_those_that_were_given(api: Api):
    """The framework copies its state, stores and all, unless it is told not to."""
    assert api.used is api.given
