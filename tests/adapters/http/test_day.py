"""A day at a workshop, through HTTP alone: an owner's app, and the workshop's desk."""

from typing import Any

import httpx

from tests.adapters.http.api import Shop, wire
from tests.adapters.http.desk import Person, auditor, manager, staff
from tests.adapters.http.test_put import LATE, outcome
from tests.examples import FRIDAY, HOUR, LAST_WEEK, SATURDAY, THURSDAY, WEDNESDAY
from tests.files import JPEG


class App:
    """What an owner's app sends."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def ask(
        self, method: str, path: str, body: object = None, content: Any = None
    ) -> httpx.Response:
        api, owner = self._shop.api, self._shop.owner
        return api.ask(method, f"/api/co/{path}", owner, body, content=content)

    def free_time(self, since: Any, until: Any) -> str:
        period = f"service_id=1&from={wire(since)}&to={wire(until)}"
        path = f"workshops/{self._shop.org_nr}/availability?{period}"
        start: str = self.ask("GET", path).json()["data"][0]["start"]
        return start

    def book(self, start: str) -> int:
        answer = self.ask(
            "POST",
            "bookings",
            {
                "org_nr": self._shop.org_nr,
                "service_id": 1,
                "service_start_time": start,
                "vehicle": {"plate": "AB 12345"},
                "message": {"text": "The brakes squeal."},
            },
        )
        assert outcome(answer) == (201, "placed")
        booking_id: int = answer.json()["data"]["id"]
        return booking_id

    def photo(self, booking_id: int) -> str:
        path = f"bookings/{booking_id}/uploads"
        made = self.ask("POST", path, {"name": "dent.jpg", "size": len(JPEG)})
        upload_id: str = made.json()["data"]["id"]
        sent = self.ask("PUT", f"{path}/{upload_id}", content=JPEG)
        assert sent.json()["data"]["content_type"] == "image/jpeg"
        return upload_id

    def put(self, booking_id: int, **body: Any) -> httpx.Response:
        return self.ask("PUT", f"bookings/{booking_id}", body)


def decide(by: Person, request_id: str, **body: Any) -> httpx.Response:
    return by.post(f"/api/ws/bookings/change-requests/{request_id}/decision", body)


def test_a_day(shop: Shop):
    api, app = shop.api, App(shop)
    desk, boss = staff(shop), manager(shop)
    api.now = LAST_WEEK

    # An owner finds a free time and books it; the workshop confirms.
    start = app.free_time(THURSDAY, THURSDAY + HOUR)
    booking = app.book(start)
    (line,) = desk.get("/api/ws/bookings?status=PENDING").json()["items"]
    assert line["id"] == booking
    assert outcome(desk.post(f"/api/ws/bookings/confirm/{booking}")) == (
        200,
        "confirmed",
    )

    # In time, the owner moves it alone.
    moved = app.put(booking, service_start_time=wire(WEDNESDAY))
    assert outcome(moved) == (200, "rescheduled")
    assert moved.json()["data"]["allowed_actions"]["reschedule"]["mode"] == "direct"

    # Too late, with a message and a photo, the workshop is asked.
    api.now = LATE - 24 * HOUR
    asked = app.put(
        booking,
        service_start_time=wire(FRIDAY),
        message={"text": "It got worse."},
        attachments=[{"upload_id": app.photo(booking), "caption": "the dent"}],
    )
    assert outcome(asked) == (202, "change_requested")
    request_id = asked.headers["location"].rpartition("/")[2]
    (seen,) = desk.get("/api/ws/bookings/change-requests?status=PENDING").json()["data"]
    assert (seen["id"], seen["blocked_by"]) == (request_id, ["reschedule_notice"])
    thread = desk.get(f"/api/ws/bookings/{booking}/messages").json()["data"]
    photo = thread[-1]["attachments"][0]["upload_id"]
    shown = desk.get(f"/api/ws/bookings/{booking}/uploads/{photo}")
    assert shown.content == JPEG

    # The workshop counters, the owner accepts: the slot is swapped in that commit.
    proposed = {"decision": "counter", "proposed_start_time": wire(SATURDAY)}
    assert outcome(decide(desk, request_id, **proposed)) == (200, "countered")
    path = f"bookings/{booking}/change-requests/{request_id}/decision"
    accepted = app.ask("POST", path, {"decision": "accept"})
    assert outcome(accepted) == (200, "accepted")
    assert accepted.json()["data"]["service_start_time"] == wire(SATURDAY)
    assert wire(WEDNESDAY) == app.free_time(WEDNESDAY, THURSDAY)

    # A manager moves it past the policy, and says why.
    why = {"reason": "The lift is broken."}
    override = boss.put(
        f"/api/ws/bookings/{booking}",
        {"service_start_time": wire(FRIDAY + HOUR), "override": why},
    )
    assert outcome(override) == (200, "rescheduled")

    # The owner cancels in time.
    gone = app.put(booking, status="CANCELLED", cancellation_reason="Sold the car.")
    assert outcome(gone) == (200, "cancelled")

    # The history explains each step and its rule.
    told = app.ask("GET", f"bookings/{booking}/history").json()["data"]
    assert [(one["type"].partition(".")[2], one["actor"]["role"]) for one in told] == [
        ("placed", "owner"),
        ("message_appended", "owner"),
        ("confirmed", "staff"),
        ("rescheduled", "owner"),
        ("change_requested", "owner"),
        ("message_appended", "owner"),
        ("change_countered", "staff"),
        ("change_approved", "owner"),
        ("rescheduled", "manager"),
        ("cancelled", "owner"),
    ]
    verdicts = [
        one["policy_decision"] and one["policy_decision"]["verdict"] for one in told
    ]
    assert verdicts == [
        *(None, None, None, "ALLOW", "REQUEST"),
        *(None, None, None, "ALLOW", "ALLOW"),
    ]
    (failed,) = [r for r in told[4]["policy_decision"]["rules"] if not r["passed"]]
    assert (failed["id"], failed["limit"]) == ("reschedule_notice", 24 * 3600)
    assert told[8]["override"] == why

    # An auditor reads the same, and nothing personal.
    masked = auditor(shop).get(f"/api/ws/bookings/{booking}/history").json()["data"]
    assert [one["type"] for one in masked] == [one["type"] for one in told]
    assert masked[8]["override"] == {"reason": None}
    assert masked[2]["actor"] == {"role": "staff", "id": desk.sub}
