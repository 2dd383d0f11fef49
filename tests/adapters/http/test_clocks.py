"""Processes whose clocks differ, or jump, on both stores: each goes by its own.

The API of a test is asked at whatever time its clock shows, so one that is turned back
and forth is as good as two processes.
"""

from collections.abc import Callable
from datetime import datetime
from itertools import cycle, islice
from typing import Any

import httpx

from application.verify import verify
from tests import stores
from tests.adapters.http.api import Api, Line, Shop, cancel, move, say, wire
from tests.adapters.http.desk import at_desk, manager, staff, step
from tests.adapters.http.test_put import LATE, outcome
from tests.examples import (
    DAY,
    FRIDAY,
    HOUR,
    MINUTE,
    MONDAY,
    NEXT_MONDAY,
    SATURDAY,
    THURSDAY,
    TUESDAY,
    uuid,
)

KEY = {"idempotency-key": "once"}


def times(shop: Shop, line: Line) -> list[datetime]:
    """Return when each event of a booking was, in the order of its stream."""
    told = staff(shop).get(f"{at_desk(line)}/history?limit=100").json()["data"]
    return [datetime.fromisoformat(one["at"]) for one in told]


def must_be_right(api: Api) -> None:
    with stores.snapshot(api.url) as snapshot:
        report = verify(snapshot)
    assert report.is_sound, report.differences


def withdraw(line: Line) -> httpx.Response:
    open_one = line.data()["pending_change_request"]
    return line.api.ask("POST", path_of(line, open_one), line.owner)


def path_of(line: Line, request: Any) -> str:
    return f"{line.path}/change-requests/{request['id']}/withdraw"


def test_when_a_clock_is_turned_back_no_event_is_before_the_last_one(shop: Shop):
    line = shop.confirmed()
    shop.api.now = LATE
    asked = line.put(move(FRIDAY))
    shop.api.now = TUESDAY

    said = line.put(say(), {"if-match": asked.headers["etag"]})
    moved = line.put(move(SATURDAY), {"if-match": asked.headers["etag"]})

    assert outcome(asked) == (202, "change_requested")
    assert outcome(said) == (200, "message_appended")
    # On Tuesday it is in time, and what was asked for is superseded.
    assert outcome(moved) == (200, "rescheduled")
    assert said.json()["meta"]["generated_at"] == wire(TUESDAY)
    assert said.json()["data"]["result"]["message"]["created_at"] == wire(LATE)
    assert times(shop, line)[-4:] == [LATE] * 4
    must_be_right(shop.api)


def test_a_request_runs_out_by_the_clock_of_whoever_is_asked(shop: Shop):
    line = shop.confirmed()
    shop.api.now = LATE
    asked = line.put(move(FRIDAY))
    shop.api.now = THURSDAY
    ahead = line.get()
    shop.api.now = LATE + MINUTE
    stale = line.put(say(), {"if-match": ahead.headers["etag"]})
    behind = withdraw(line)
    shop.api.now = THURSDAY

    assert ahead.json()["data"]["pending_change_request"] is None
    assert ahead.headers["etag"] != asked.headers["etag"]
    # What the one shows has not happened yet by the other's clock.
    assert outcome(stale) == (412, "precondition_failed")
    assert outcome(behind) == (200, "withdrawn")
    assert line.get().headers["etag"] == behind.headers["etag"]
    must_be_right(shop.api)


def test_what_ran_out_is_over_for_all_once_it_is_written(shop: Shop):
    line = shop.confirmed()
    shop.api.now = LATE
    asked = line.put(move(FRIDAY)).json()["data"]["pending_change_request"]
    shop.api.now = THURSDAY + MINUTE
    said = line.put(say())
    shop.api.now = LATE + MINUTE
    late = line.api.ask("POST", path_of(line, asked), line.owner)
    held = line.put(say(), {"if-match": said.headers["etag"]})

    assert outcome(late) == (409, "request_closed")
    assert outcome(held) == (200, "message_appended")
    after = THURSDAY + MINUTE
    assert times(shop, line)[-4:] == [LATE, THURSDAY, after, after]
    must_be_right(shop.api)


def test_what_a_clock_ahead_has_cancelled_stays_so(shop: Shop):
    line = shop.pending()
    shop.api.now = THURSDAY
    assert outcome(line.put(move(FRIDAY))) == (409, "booking_closed")
    shop.api.now = MONDAY

    assert line.data()["status"] == "CANCELLED"
    assert outcome(line.put(move(FRIDAY))) == (409, "booking_closed")
    assert outcome(line.put(cancel())) == (200, "unchanged")
    assert outcome(line.put(say())) == (200, "message_appended")
    assert times(shop, line)[-2:] == [THURSDAY, THURSDAY]
    must_be_right(shop.api)


def test_a_first_answer_is_given_again_by_a_clock_before_it(shop: Shop):
    line = shop.confirmed()
    shop.api.now = LATE
    first = line.put(move(FRIDAY), KEY)
    shop.api.now = MONDAY
    again = line.put(move(FRIDAY), KEY)

    assert outcome(first) == outcome(again) == (202, "change_requested")
    assert again.json()["meta"]["idempotent_replay"] is True
    assert again.json()["meta"]["generated_at"] == wire(LATE)


def decide(shop: Shop, line: Line, decision: str) -> httpx.Response:
    """Decide the open request, if there is one for whoever looks."""
    open_one = line.data()["pending_change_request"] or {"id": uuid(1)}
    path = f"/api/ws/bookings/change-requests/{open_one['id']}/decision"
    return staff(shop).post(path, {"decision": decision, "note": "So it is."})


ACTS: list[Callable[[Shop, Line, datetime], httpx.Response]] = [
    lambda _shop, line, to: line.put(move(to)),
    lambda _shop, line, _to: line.put(say()),
    lambda _shop, line, to: line.put(move(to, **say())),
    lambda shop, line, _to: staff(shop).post(step(line, "confirm")),
    lambda _shop, line, _to: line.get(),
    lambda _shop, line, to: line.put(move(to), KEY),
    lambda shop, line, _to: decide(shop, line, "approve"),
    lambda shop, line, _to: decide(shop, line, "reject"),
    lambda shop, line, to: manager(shop).put(
        at_desk(line), move(to, override={"reason": "The lift is broken."})
    ),
    lambda _shop, line, to: line.api.ask(
        "PUT", f"{line.path}?dry_run=1", line.owner, move(to)
    ),
    lambda _shop, line, _to: line.api.ask(
        "GET", f"{line.path}?as_of={wire(line.api.now)}", line.owner
    ),
    lambda _shop, line, _to: line.api.ask("GET", "/api/co/bookings", line.owner),
    lambda _shop, line, to: line.put(move(to)),
]
SKEWS = [MINUTE * 0, -10 * MINUTE, 3 * DAY, 10 * MINUTE, -3 * DAY]
AWAY = [0 * DAY, DAY, 4 * DAY, DAY + HOUR, 2 * DAY, HOUR, 5 * DAY]
EXPECTED = {200, 202, 404, 409, 422}


def test_whatever_the_clocks_show_nothing_breaks_and_no_time_goes_back(shop: Shop):
    lines = [shop.pending(NEXT_MONDAY), *map(shop.confirmed, (THURSDAY, SATURDAY))]
    # Their numbers have no factor in common, so that each meets each.
    walk = zip(cycle(ACTS), cycle(SKEWS), cycle(AWAY), cycle(lines), strict=False)
    seen = set[int]()
    for n, (act, skew, away, line) in enumerate(islice(walk, 390)):
        shop.api.now = MONDAY + n * 20 * MINUTE + skew
        seen.add(act(shop, line, THURSDAY + n // 72 * DAY + away).status_code)

    assert {200, 202, 409} <= seen <= EXPECTED
    for line in lines:
        assert times(shop, line) == sorted(times(shop, line))
    must_be_right(shop.api)
