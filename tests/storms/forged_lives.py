"""What breaks the small storm that never was: lives that the contract forbids."""

from datetime import timedelta

from tests.storms import forging
from tests.storms.forging import NOW, STAFF, Storm, slot
from tests.storms.storm.people import ASKING, EASY, STRICT


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


def grant_a_cancel_so_late(it: Storm) -> None:
    cancelled = {"decision": forging.decided("ALLOW")}
    it.call(123, "cancelled", ("booking.cancelled", cancelled))


def ask_for_a_cancel_so_early(it: Storm) -> None:
    """Ask, more than a thousand hours before the start."""
    it.call(125, "placed", forging.placed(ASKING, 1000), status=201)
    it.call(125, "confirmed", ("booking.confirmed", {}), who=STAFF)
    kind, event = forging.asked(6)
    asked = {"change_request_id": "request-2", "kind": "CANCEL", "target": None}
    it.call(125, "change_requested", (kind, event | asked), status=202)


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
