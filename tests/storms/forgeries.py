"""What breaks the small storm that never was: answers, keys and log that differ."""

from typing import Any

import msgspec

from tests.storms import forging
from tests.storms.forging import OWNER, STAFF, Storm, slot
from tests.storms.storm.facts import Kept
from tests.storms.storm.ledger import Sent, Try

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


def told(it: Storm, outcome: str) -> dict[str, Any]:
    body = sent(it, outcome).tries[0].body
    assert body is not None
    return body


def bend(it: Storm, number: int, **changes: Any) -> None:
    it.facts[number] = msgspec.structs.replace(it.facts[number], **changes)
