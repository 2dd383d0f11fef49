"""The judge of a storm sees what is wrong, whichever law it breaks."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.storms import forging
from tests.storms.forging import ASKED, MESSAGE, NOW, OWNER, STAFF, UPLOAD, Storm, slot
from tests.storms.storm import judge
from tests.storms.storm.facts import Found, Kept
from tests.storms.storm.ledger import Sent, Shown, Try
from tests.storms.storm.people import ASKING, EASY, STRICT

change = msgspec.structs.replace
PLACED, CONFIRMED, ASKS, SAYS, REJECTED, SECOND, MOVED = range(7)


def judged(it: Storm, found: Found | None = None) -> list[str]:
    return judge.judge(it.ledger, found or it.found(), it.seen(), it.shown())


def sent(it: Storm, outcome: str) -> Sent:
    return next(
        one
        for one in it.ledger.sent
        if outcome in {one.tries[0].result.get("outcome"), one.tries[0].code}
    )


def test_nothing_is_wrong_where_all_is_well():
    assert judged(forging.storm()) == []


def lose_the_last(it: Storm) -> None:
    it.facts.pop()


def store_it_twice(it: Storm) -> None:
    moved = it.facts[MOVED]
    it.store(124, moved.kind, moved.event, request=moved.request_id)


def store_what_was_refused(it: Storm) -> None:
    request = sent(it, "slot_taken").tries[0].request_id
    moved = {"slot": slot(7), "decision": forging.decided("ALLOW")}
    it.store(124, "booking.rescheduled", moved, request=request)


def store_what_was_unchanged(it: Storm) -> None:
    request = sent(it, "unchanged").tries[0].request_id
    it.store(124, "booking.confirmed", {}, request=request)


def store_half(it: Storm) -> None:
    """Let the answer of a request and its message be lost, and the message too."""
    lost = sent(it, "change_requested")
    lost.tries[0].status = lost.tries[0].body = None
    bend(it, SAYS, request_id="another")


def store_what_did_not_happen(it: Storm) -> None:
    """Say that it did not happen, though it did."""
    (one,) = sent(it, "rescheduled").tries
    one.status, one.body = 503, {"code": "unavailable", "detail": "It did not happen."}


def lose_a_request(it: Storm) -> None:
    """Tell of a request that is nowhere, as of one that is known already."""
    whole = it.call(124, "change_requested", status=202)
    told = whole.tries[0].result
    told["change_request"] = {"id": "request-9"}


def store_what_nobody_asked_for(it: Storm) -> None:
    it.store(124, "booking.confirmed", {}, who=STAFF, request="unknown")


def let_another_have_done_it(it: Storm) -> None:
    bend(it, MOVED, sub="owner-2")


def tell_another_position(it: Storm) -> None:
    told(it, "rescheduled")["meta"]["position"] = "0:1"


def tell_another_state(it: Storm) -> None:
    told(it, "rescheduled")["data"]["status"] = "CONFIRMED"


def tell_another_revision(it: Storm) -> None:
    told(it, "rescheduled")["data"]["revision"] += 1


def change_again_by_the_same_key(it: Storm) -> None:
    again = sent(it, "rescheduled")
    request = it.next_request()
    moved = {"slot": slot(5), "decision": forging.decided("ALLOW")}
    it.store(124, "booking.rescheduled", moved, request=request)
    body = it.told(124, "rescheduled", request, changed=[])
    again.tries.append(Try(request_id=request, address="there", status=200, body=body))


def replay_otherwise(it: Storm) -> None:
    again = sent(it, "rescheduled")
    body = msgspec.json.decode(msgspec.json.encode(again.tries[0].body))
    body["meta"]["idempotent_replay"] = True
    body["data"]["revision"] = 9
    again.tries.append(Try(request_id="late", address="here", status=200, body=body))


def forget_a_refusal(it: Storm) -> None:
    it.kept.pop((OWNER, "taken"))


def keep_nothing_of_an_event(it: Storm) -> None:
    """Lose the answer, and let nothing be kept of it though it happened."""
    (one,) = sent(it, "rescheduled").tries
    one.status = one.body = None
    it.kept.pop((OWNER, "move"))


def keep_another_answer(it: Storm) -> None:
    it.kept[OWNER, "move"] = [Kept(200, "another")]


def decide_twice(it: Storm) -> None:
    it.call(123, "rejected", forging.rejected(), who=STAFF)


def ask_twice(it: Storm) -> None:
    for request in ("request-2", "request-3"):
        kind, event = forging.asked(6)
        it.call(
            123,
            "change_requested",
            (kind, event | {"change_request_id": request}),
            status=202,
        )


def place_in_a_taken_bay(it: Storm) -> None:
    it.call(125, "placed", forging.placed(EASY, 2), status=201)


def hold_a_taken_bay(it: Storm) -> None:
    it.call(125, "placed", forging.placed(ASKING, 4), status=201)
    kind, event = forging.asked(4)
    it.call(
        123,
        "change_requested",
        (kind, event | {"change_request_id": "request-2"}),
        status=202,
    )


def complete_what_was_not_begun(it: Storm) -> None:
    it.call(123, "completed", ("booking.completed", {}), who=STAFF)


def move_after_the_end(it: Storm) -> None:
    cancelled = {"decision": forging.decided("ALLOW")}
    it.call(124, "cancelled", ("booking.cancelled", cancelled))
    moved = {"slot": slot(5), "decision": forging.decided("ALLOW")}
    it.call(124, "rescheduled", ("booking.rescheduled", moved))


def grant_what_should_be_asked(it: Storm) -> None:
    moved = {"slot": slot(5), "decision": forging.decided("ALLOW")}
    it.call(123, "rescheduled", ("booking.rescheduled", moved))


def grant_what_is_denied(it: Storm) -> None:
    it.call(125, "placed", forging.placed(STRICT, 1), status=201)
    moved = {"slot": slot(5), "decision": forging.decided("ALLOW")}
    it.call(125, "rescheduled", ("booking.rescheduled", moved))


def move_without_a_decision(it: Storm) -> None:
    it.call(124, "rescheduled", ("booking.rescheduled", {"slot": slot(5)}))


def heed_no_verdict(it: Storm) -> None:
    it.call(124, "marked", ("booking.confirmed", {}), who=STAFF)
    it.call(124, "marked", ("booking.marked", {"mark": "PARTS_ORDERED"}), who=STAFF)
    moved = {"slot": slot(5), "decision": forging.decided("REQUEST")}
    it.call(124, "rescheduled", ("booking.rescheduled", moved))


def place_too_many(it: Storm) -> None:
    for number in (125, 126, 127):
        it.call(number, "placed", forging.placed(EASY, number - 120), status=201)


def say_twice(it: Storm) -> None:
    kind, event = forging.said()
    again = event | {"message_id": "message-2", "attachments": []}
    it.call(123, "message_appended", (kind, again), changed=["message"])


def use_an_upload_twice(it: Storm) -> None:
    kind, event = forging.said()
    again = event | {"message_id": "message-2", "client_message_id": None}
    it.call(124, "message_appended", (kind, again), changed=["message"])


def answer_what_has_run_out(it: Storm) -> None:
    kind, event = forging.asked(6)
    event |= {"change_request_id": "request-2", "expires_at": forging.written(NOW)}
    it.call(123, "change_requested", (kind, event), status=202)
    late = {"change_request_id": "request-2"}
    it.call(123, "rejected", ("booking.change_rejected", late), who=STAFF)


def let_the_clock_cancel_early(it: Storm) -> None:
    it.store(124, "booking.cancelled", {}, who="system")


def change_another_revision(it: Storm) -> None:
    sent(it, "rescheduled").if_match = '"7"'


def store_an_upload(it: Storm) -> None:
    sent(it, "unchanged").path = "/api/co/bookings/124/uploads"
    store_what_was_unchanged(it)


def change_again_with_another_body(it: Storm) -> None:
    """Let the same key and another body, sent by the same, change something too."""
    moved = {"slot": slot(5), "decision": forging.decided("ALLOW")}
    it.call(124, "rescheduled", ("booking.rescheduled", moved), key="move")


def replay_another_problem(it: Storm) -> None:
    again = sent(it, "slot_taken")
    body = (again.tries[0].body or {}) | {"detail": "Yes.", "idempotent_replay": True}
    again.tries.append(Try(request_id="late", address="here", status=409, body=body))


def counter_a_cancel(it: Storm) -> None:
    kind, event = forging.asked(6)
    asked = event | {"change_request_id": "request-2", "kind": "CANCEL"}
    it.call(123, "change_requested", (kind, asked | {"target": None}), status=202)
    counter = {key: asked[key] for key in ("change_request_id", "target", "expires_at")}
    it.call(123, "countered", ("booking.change_countered", counter), who=STAFF)


def grant_to_whom_it_is_not(it: Storm) -> None:
    """Let an owner accept what nobody countered."""
    kind, event = forging.asked(6)
    request = {"change_request_id": "request-2"}
    it.call(123, "change_requested", (kind, event | request), status=202)
    granted = request | {"slot": slot(6)}
    it.call(123, "accepted", ("booking.change_approved", granted))


def grant_another_slot(it: Storm) -> None:
    kind, event = forging.asked(6)
    request = {"change_request_id": "request-2"}
    it.call(123, "change_requested", (kind, event | request), status=202)
    granted = request | {"slot": slot(7)}
    it.call(123, "approved", ("booking.change_approved", granted), who=STAFF)


def mark_twice(it: Storm) -> None:
    for _time in range(2):
        it.call(123, "marked", ("booking.marked", {"mark": "PARTS_ORDERED"}), who=STAFF)


def let_time_go_back(it: Storm) -> None:
    early = NOW - timedelta(hours=1)
    it.store(124, "booking.confirmed", {}, who="system", at=early)


def told(it: Storm, outcome: str) -> dict[str, Any]:
    body = sent(it, outcome).tries[0].body
    assert body is not None
    return body


def bend(it: Storm, number: int, **changes: Any) -> None:
    it.facts[number] = change(it.facts[number], **changes)


@pytest.mark.parametrize(
    ("forge", "law"),
    [
        (lose_the_last, "rescheduled was told, and there is []"),
        (store_it_twice, "rescheduled was told, and there is ['booking.resch"),
        (store_what_was_refused, "409 slot_taken was told, and there is ["),
        (store_what_was_unchanged, "unchanged was told, and there is ['booking.conf"),
        (store_half, "half of it happened"),
        (store_what_did_not_happen, "it was told that it did not happen"),
        (lose_a_request, "request request-9 was told, and is not there"),
        (store_what_nobody_asked_for, "was asked for by nobody"),
        (let_another_have_done_it, "it was owner-1, and the log says owner-2"),
        (tell_another_position, "position 1 was told, and it is 7"),
        (tell_another_state, "was told, and the log says ('PENDING'"),
        (tell_another_revision, "was told, and the log says ('PENDING'"),
        (change_again_by_the_same_key, "its key made a change again"),
        (replay_otherwise, "it is answered otherwise than at first"),
        (forget_a_refusal, "409 is not kept"),
        (keep_nothing_of_an_event, "it happened, and its answer is not kept"),
        (keep_another_answer, "it happened, and its answer is not kept"),
        (decide_twice, "request request-1 was closed twice"),
        (ask_twice, "a second request is open beside request-2"),
        (place_in_a_taken_bay, "bay 1 is held by booking 124 too"),
        (hold_a_taken_bay, "bay 1 is held by booking 125 too"),
        (complete_what_was_not_begun, "booking.completed while CONFIRMED"),
        (move_after_the_end, "it was moved while CANCELLED"),
        (grant_what_should_be_asked, "it was judged ALLOW, and is REQUEST"),
        (grant_what_is_denied, "it was judged ALLOW, and is DENY"),
        (move_without_a_decision, "booking.rescheduled has no decision"),
        (heed_no_verdict, "booking.rescheduled follows from REQUEST"),
        (place_too_many, "owner-1 has 4 bookings that wait, and may have 3"),
        (say_twice, "message name-1 of owner-1 is there twice"),
        (use_an_upload_twice, "upload upload-1 is used in 123 and 124 too"),
        (answer_what_has_run_out, "booking.change_rejected after its request had run"),
        (let_the_clock_cancel_early, "booking.cancelled is nothing that the clock did"),
        (change_another_revision, 'it was to change "7" only, and changed 1'),
        (store_an_upload, "200  was told, and there is ['booking.confirmed']"),
        (change_again_with_another_body, "its key made a change again"),
        (replay_another_problem, "it is answered otherwise than at first"),
        (counter_a_cancel, "request request-2 was countered, and is a CANCEL"),
        (grant_to_whom_it_is_not, "request request-2, PENDING, was granted by owner"),
        (grant_another_slot, "was granted another slot than was held"),
        (mark_twice, "it has PARTS_ORDERED twice"),
        (let_time_go_back, "is earlier than what is before it"),
    ],
)
def test_a_law_that_is_broken_is_named(forge: Callable[[Storm], None], law: str):
    it = forging.storm()
    forge(it)

    assert [line for line in judged(it) if law in line]


def test_what_is_told_at_once_is_told_in_the_end():
    it = forging.storm()
    it.ledger.blame("a GET showed less than was told")

    assert judged(it) == ["a GET showed less than was told"]


FREE = forging.slot(9)


@pytest.mark.parametrize(
    ("bent", "law"),
    [
        ({"deadlocks": 2}, "2 deadlocks"),
        ({"chains": {}}, "its row does not have the hash of its last event"),
        ({"bookings": {}}, "it has events and no row"),
        ({"slots": {}}, "its slot is None"),
        ({"slots": {(123, "hold"): FREE}}, "its hold is there, and should be free"),
        ({"requests": {}}, "request request-1 is None, and not REJECTED"),
        ({"requests": {ASKED: (123, "PENDING")}}, "and not REJECTED"),
        (
            {"requests": {"lost": (1, "PENDING")}},
            "request lost has a row and no events",
        ),
        ({"messages": {}}, "message 4 is None"),
        (
            {"messages": {(123, 9): (MESSAGE, OWNER)}},
            "message 9 has a row and no event",
        ),
        ({"uploads": {}}, "upload upload-1 is None, and used by"),
        ({"uploads": {UPLOAD: (123, None)}}, "upload upload-1 is (123, None)"),
        ({"uploads": {"lost": (123, MESSAGE)}}, "and the log says not"),
    ],
)
def test_rows_that_differ_from_the_log_are_named(bent: dict[str, Any], law: str):
    it = forging.storm()

    assert [line for line in judged(it, it.found(**bent)) if law in line]


@pytest.mark.parametrize(
    ("changes", "law"),
    [
        ({"status": "CONFIRMED"}, "its row says"),
        ({"revision": 1}, "its row says"),
        ({"version": 1}, "its row says"),
        ({"start": NOW}, "its row says"),
        ({"owner": "owner-2"}, "its row says"),
    ],
)
def test_a_row_that_stayed_behind_is_named(changes: dict[str, Any], law: str):
    it = forging.storm()
    rows = it.found().bookings
    bent = it.found(bookings=rows | {124: change(rows[124], **changes)})

    assert [line for line in judged(it, bent) if law in line]


def test_a_row_that_no_event_explains_is_named():
    it = forging.storm()
    rows = it.found().bookings
    bent = it.found(bookings=rows | {125: rows[124]})

    assert judged(it, bent) == ["booking 125: it has a row and no events"]


@pytest.mark.parametrize(
    ("changes", "law"),
    [
        ({"state": b"[]"}, "booking-123 3 does not name what is before it"),
        ({"prev": b"\0" * 32}, "booking-123 2 does not name what is before it"),
        ({"version": 3}, "booking-123 has 3 where 2 is due"),
        ({"position": 9}, "the log's positions are not 1, 2, 3 and so on"),
        ({"topic": "booking.started"}, "is called booking.started"),
    ],
)
def test_a_log_that_is_not_whole_is_named(changes: dict[str, Any], law: str):
    it = forging.storm()
    bend(it, CONFIRMED, **changes)

    assert [line for line in judged(it) if law in line]


def skipping(seen: Sequence[Any]) -> list[Any]:
    return [*seen[:2], *seen[3:]]


def doubling(seen: Sequence[Any]) -> list[Any]:
    return [*seen[:2], *seen[1:]]


def turning(seen: Sequence[Any]) -> list[Any]:
    return [seen[1], seen[0], *seen[2:]]


@pytest.mark.parametrize("see", [skipping, doubling, turning])
def test_a_follower_that_did_not_see_the_log_as_it_is_is_named(
    see: Callable[[Sequence[Any]], list[Any]],
):
    it = forging.storm()
    found = judge.judge(it.ledger, it.found(), see(it.seen()), it.shown())

    assert len(found) == 1
    assert found[0].startswith("who followed the log saw ")


def test_a_booking_that_is_shown_otherwise_is_named():
    it = forging.storm()
    shown = it.shown()
    seen = shown[123]
    shown[123] = Shown(seen.at, dict(seen.data or {}) | {"revision": 1})

    (found,) = judge.judge(it.ledger, it.found(), it.seen(), shown)

    assert found.startswith("booking 123: ")
    assert "is shown, and the log says" in found


def test_what_the_clock_did_later_was_not_to_be_seen_and_before_it_was():
    it = forging.storm()
    kind, event = forging.asked(6)
    runs_out = NOW + timedelta(hours=1)
    event |= {"change_request_id": "request-2", "expires_at": forging.written(runs_out)}
    it.call(123, "change_requested", (kind, event), status=202)
    early, late = it.shown(), it.shown(runs_out)
    expired = {"change_request_id": "request-2"}
    it.store(123, "booking.change_expired", expired, who="system", at=runs_out)

    assert judge.judge(it.ledger, it.found(), it.seen(), early) == []
    (found,) = judge.judge(it.ledger, it.found(), it.seen(), late)
    assert found.startswith("booking 123: ")
    assert judge.judge(it.ledger, it.found(), it.seen(), it.shown(runs_out)) == []


def test_a_call_without_an_answer_may_have_happened_or_not():
    it = forging.storm()
    (one,) = sent(it, "rescheduled").tries
    one.status = one.body = None
    never = Try(request_id="never", address="here")
    it.ledger.note(
        Sent(
            who=OWNER, role="owner", method="PUT", path="/", key="never", tries=[never]
        )
    )

    assert judged(it) == []
