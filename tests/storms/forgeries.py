"""What breaks the small storm that never was, one law after the other."""

from datetime import timedelta
from typing import Any

import msgspec

from tests.storms import forging
from tests.storms.forging import NOW, OWNER, STAFF, Storm, slot
from tests.storms.storm.facts import Kept
from tests.storms.storm.ledger import Sent, Try
from tests.storms.storm.people import ASKING, EASY, STRICT

PLACED, CONFIRMED, ASKS, SAYS, REJECTED, SECOND, MOVED = range(7)


def sent(it: Storm, outcome: str) -> Sent:
    return next(
        one
        for one in it.ledger.sent
        if outcome in {one.tries[0].result.get("outcome"), one.tries[0].code}
    )


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


def say_it_too_late(it: Storm) -> None:
    late = NOW + timedelta(days=31, hours=3, minutes=1)
    kind, event = forging.said()
    it.store(124, kind, event | {"attachments": []}, at=late)


def miss_it_early(it: Storm) -> None:
    it.call(123, "no_show", ("booking.no_show_recorded", {}), who=STAFF)


def told(it: Storm, outcome: str) -> dict[str, Any]:
    body = sent(it, outcome).tries[0].body
    assert body is not None
    return body


def bend(it: Storm, number: int, **changes: Any) -> None:
    it.facts[number] = msgspec.structs.replace(it.facts[number], **changes)
