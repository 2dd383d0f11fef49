"""The judge of a storm sees what is wrong, whichever law it breaks."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.storms import forged_lives, forgeries, forging
from tests.storms.forging import ASKED, MESSAGE, NOW, OWNER, UPLOAD, Storm
from tests.storms.storm import judge
from tests.storms.storm.facts import Found
from tests.storms.storm.ledger import Sent, Shown, Try

change = msgspec.structs.replace


def judged(it: Storm, found: Found | None = None) -> list[str]:
    return judge.judge(it.ledger, found or it.found(), it.seen(), it.shown())


def test_nothing_is_wrong_where_all_is_well():
    assert judged(forging.storm()) == []


@pytest.mark.parametrize(
    ("forge", "law"),
    [
        (forgeries.lose_the_last, "rescheduled was told, and there is []"),
        (
            forgeries.store_it_twice,
            "rescheduled was told, and there is ['booking.resch",
        ),
        (forgeries.store_what_was_refused, "409 slot_taken was told, and there is ["),
        (
            forgeries.store_what_was_unchanged,
            "unchanged was told, and there is ['booking.conf",
        ),
        (forgeries.store_half, "half of it happened"),
        (forgeries.store_what_did_not_happen, "it was told that it did not happen"),
        (forgeries.lose_a_request, "request request-9 was told, and is not there"),
        (forgeries.store_what_nobody_asked_for, "was asked for by nobody"),
        (
            forgeries.let_another_have_done_it,
            "it was owner-1, and the log says owner-2",
        ),
        (forgeries.tell_another_position, "position 1 was told, and it is 7"),
        (forgeries.tell_another_state, "was told, and the log says ('PENDING'"),
        (forgeries.tell_another_revision, "was told, and the log says ('PENDING'"),
        (forgeries.change_again_by_the_same_key, "its key made a change again"),
        (forgeries.replay_otherwise, "it is answered otherwise than at first"),
        (forgeries.forget_a_refusal, "409 is not kept"),
        (forgeries.keep_nothing_of_an_event, "it happened, and its answer is not kept"),
        (forgeries.keep_another_answer, "it happened, and its answer is not kept"),
        (forged_lives.decide_twice, "request request-1 was closed twice"),
        (forged_lives.ask_twice, "a second request is open beside request-2"),
        (forged_lives.place_in_a_taken_bay, "bay 1 is held by booking 124 too"),
        (forged_lives.hold_a_taken_bay, "bay 1 is held by booking 125 too"),
        (forged_lives.complete_what_was_not_begun, "booking.completed while CONFIRMED"),
        (forged_lives.move_after_the_end, "it was moved while CANCELLED"),
        (
            forged_lives.grant_what_should_be_asked,
            "it was judged ALLOW, and is REQUEST",
        ),
        (forged_lives.grant_a_cancel_so_late, "it was judged ALLOW, and is REQUEST"),
        (forged_lives.ask_for_a_cancel_so_early, "it was judged REQUEST, and is ALLOW"),
        (forged_lives.grant_what_is_denied, "it was judged ALLOW, and is DENY"),
        (forged_lives.move_without_a_decision, "booking.rescheduled has no decision"),
        (forged_lives.heed_no_verdict, "booking.rescheduled follows from REQUEST"),
        (
            forged_lives.place_too_many,
            "owner-1 has 4 bookings that wait, and may have 3",
        ),
        (forged_lives.say_twice, "message name-1 of owner-1 is there twice"),
        (
            forged_lives.use_an_upload_twice,
            "upload upload-1 is used in 123 and 124 too",
        ),
        (
            forged_lives.answer_what_has_run_out,
            "booking.change_rejected after its request had run",
        ),
        (
            forged_lives.let_the_clock_cancel_early,
            "booking.cancelled is nothing that the clock did",
        ),
        (forgeries.change_another_revision, 'it was to change "7" only, and changed 1'),
        (
            forgeries.store_an_upload,
            "200  was told, and there is ['booking.confirmed']",
        ),
        (forgeries.change_again_with_another_body, "its key made a change again"),
        (forgeries.replay_another_problem, "it is answered otherwise than at first"),
        (
            forged_lives.counter_a_cancel,
            "request request-2 was countered, and is a CANCEL",
        ),
        (
            forged_lives.grant_to_whom_it_is_not,
            "request request-2, PENDING, was granted by owner",
        ),
        (forged_lives.grant_another_slot, "was granted another slot than was held"),
        (forged_lives.mark_twice, "it has PARTS_ORDERED twice"),
        (forged_lives.let_time_go_back, "is earlier than what is before it"),
        (forged_lives.say_it_too_late, "something was said after its thread closed"),
        (forged_lives.miss_it_early, "nobody came before its start"),
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
    forgeries.bend(it, forgeries.CONFIRMED, **changes)

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
    (one,) = forgeries.sent(it, "rescheduled").tries
    one.status = one.body = None
    never = Try(request_id="never", address="here")
    it.ledger.note(
        Sent(
            who=OWNER, role="owner", method="PUT", path="/", key="never", tries=[never]
        )
    )

    assert judged(it) == []
