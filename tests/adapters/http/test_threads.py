"""What was said and done about a booking, on both stores: in pages, in order."""

from typing import Any

from tests.adapters.http.api import Line, Shop, move, say, wire
from tests.adapters.http.desk import manager, staff
from tests.adapters.http.test_put import LATE, outcome
from tests.examples import FRIDAY, HOUR, LAST_WEEK, MONDAY, SATURDAY, THURSDAY


def read(line: Line, what: str, query: str = "") -> Any:
    answer = line.api.ask("GET", f"{line.path}/{what}{query}", line.owner)
    assert answer.status_code == 200
    return answer.json()


def texts(page: Any) -> list[str]:
    return [message["text"] for message in page["data"]]


def test_both_sides_stand_in_the_thread_in_their_order(shop: Shop):
    line = shop.confirmed()
    line.put(say("Are you there?"))
    told = staff(shop).post(f"/api/ws/bookings/message/{line.id}", {"text": "Yes."})
    line.put(say("Good."))
    page = read(line, "messages")

    assert outcome(told) == (200, "message_appended")
    assert texts(page) == ["Are you there?", "Yes.", "Good."]
    roles = [message["author"] for message in page["data"]]
    assert roles == [{"role": "owner"}, {"role": "staff"}, {"role": "owner"}]
    assert page["meta"]["next_cursor"] is None


def test_a_long_thread_comes_in_pages(shop: Shop):
    line = shop.confirmed()
    for number in range(5):
        line.put(say(f"{number}"))
    found, cursor = [], ""
    while cursor is not None:
        page = read(line, "messages", f"?limit=2{cursor and '&cursor='}{cursor}")
        found += texts(page)
        cursor = page["meta"]["next_cursor"]

    assert found == ["0", "1", "2", "3", "4"]


def test_the_history_says_who_changed_what_by_which_rule(shop: Shop):
    line = shop.confirmed()
    shop.api.now = LATE
    line.put(move(FRIDAY, message={"text": "Please."}))
    override = {"reason": "She cannot come otherwise."}
    manager(shop).put(f"/api/ws/bookings/{line.id}", move(SATURDAY, override=override))
    told = read(line, "history")["data"]

    assert [entry["version"] for entry in told] == list(range(1, 7))
    assert [entry["type"] for entry in told] == [
        "booking.placed",
        "booking.confirmed",
        "booking.change_requested",
        "booking.message_appended",
        "booking.change_superseded",
        "booking.rescheduled",
    ]
    assert [entry["actor"]["role"] for entry in told] == [
        *("owner", "staff", "owner", "owner", "manager", "manager"),
    ]
    assert {entry["actor"]["id"] for entry in told} == {None}
    assert told[2]["policy_decision"]["verdict"] == "REQUEST"
    assert told[5]["override"] == override
    moved = {
        "field": "service_start_time",
        "from": wire(THURSDAY),
        "to": wire(SATURDAY),
    }
    assert moved in told[5]["changes"]
    assert told[5]["policy_decision"]["rules"][0]["id"] == "reschedule_notice"


def test_the_history_comes_in_pages(shop: Shop):
    line = shop.confirmed()
    first = read(line, "history", "?limit=1")
    rest = read(line, "history", f"?cursor={first['meta']['next_cursor']}")

    assert [e["version"] for e in first["data"] + rest["data"]] == [1, 2]
    assert rest["meta"]["next_cursor"] is None


def test_another_owners_thread_and_history_are_not_found(shop: Shop):
    line = shop.confirmed()

    for what in ("messages", "history"):
        answer = line.api.ask("GET", f"{line.path}/{what}", "somebody else")
        assert outcome(answer) == (404, "not_found")


def test_a_booking_is_shown_as_it_was(shop: Shop):
    line = shop.confirmed()
    line.put(move(FRIDAY))
    shop.api.now = MONDAY + HOUR

    def as_of(when: Any) -> Any:
        return line.api.ask("GET", f"{line.path}?as_of={wire(when)}", line.owner)

    then = as_of(MONDAY - HOUR)
    assert then.json()["data"]["service_start_time"] == wire(THURSDAY)
    assert then.headers["etag"] == '"2"'
    assert as_of(MONDAY).json()["data"]["service_start_time"] == wire(FRIDAY)
    assert outcome(as_of(LAST_WEEK - HOUR)) == (404, "not_found")
    assert outcome(as_of(MONDAY + 2 * HOUR)) == (400, "invalid_parameter")
    foreign = line.api.ask("GET", f"{line.path}?as_of={wire(MONDAY)}", "another")
    assert outcome(foreign) == (404, "not_found")
