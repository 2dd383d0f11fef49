"""What a workshop does with its bookings, and what both sides say to requests."""

from collections.abc import Callable

from tests.properties import terms as policies
from tests.properties.diary import (
    Diary,
    cancelled,
    close,
    expiry,
    must_be_changeable,
    must_be_confirmed,
)
from tests.properties.records import Act, Booked, Refused, Request, Sent

OUTCOMES = {
    "approve": "approved",
    "accept": "accepted",
    "reject": "rejected",
    "decline": "declined",
    "withdraw": "withdrawn",
}
ENDS = {"approve": "APPROVED", "accept": "APPROVED", "withdraw": "WITHDRAWN"}


def move(diary: Diary, sent: Sent, booking: Booked) -> Act:
    start, override = sent.body["service_start_time"], "override" in sent.body
    must_be_changeable(booking)
    if start == booking.start:
        return Act()
    bay = diary.slot(sent.number, booking.org_nr, start, sent.now, override=override)
    judged = diary.judged_move(booking, start, sent.now) if override else None
    return diary.moved(booking, start, bay, judged)


def cancel(_diary: Diary, sent: Sent, booking: Booked) -> Act:
    if booking.status == "CANCELLED":
        return Act()
    must_be_changeable(booking)
    reason = sent.body.get("cancellation_reason", sent.body.get("reason"))
    return cancelled(booking, reason, sent.role, sent.now, None)


def confirm(_diary: Diary, _sent: Sent, booking: Booked) -> Act:
    if booking.status == "CONFIRMED":
        return Act()
    must_be_changeable(booking)
    return step(booking, "confirmed", "CONFIRMED")


def start(_diary: Diary, _sent: Sent, booking: Booked) -> Act:
    if booking.status == "IN_PROGRESS":
        return Act()
    must_be_confirmed(booking)
    return step(booking, "in_progress", "IN_PROGRESS", supersedes=True)


def complete(_diary: Diary, _sent: Sent, booking: Booked) -> Act:
    if booking.status == "COMPLETED":
        return Act()
    must_be_confirmed(booking)
    if booking.status == "CONFIRMED":
        raise Refused("not_started")
    return step(booking, "completed", "COMPLETED")


def no_show(_diary: Diary, sent: Sent, booking: Booked) -> Act:
    if booking.status == "NO_SHOW":
        return Act()
    must_be_confirmed(booking)
    must_be_changeable(booking)
    if sent.now < booking.start:
        raise Refused("too_early")
    return step(booking, "no_show", "NO_SHOW", supersedes=True)


def mark(_diary: Diary, sent: Sent, booking: Booked) -> Act:
    must_be_confirmed(booking)
    mark = sent.body["mark"]
    if mark in booking.marks:
        return Act()
    return Act("marked", steps=1, do=lambda: booking.marks.add(mark))


def on_request(diary: Diary, sent: Sent, booking: Booked) -> Act:
    assert sent.request is not None
    request = diary.requests[sent.request]
    end = ENDS.get(sent.what, "REJECTED")
    if request is not booking.request:
        decided = request.decision
        # Without a decision it was withdrawn, which is its owner's to do.
        is_same = decided is None or side_of(decided["role"]) == side_of(sent.role)
        if sent.what != "counter" and request.status == end and is_same:
            return Act(request=request)
        raise Refused("request_closed")
    countered = request.status == "COUNTERED"
    if sent.what == "counter":
        return _counter(diary, sent, booking, request)
    if sent.what == "approve" and countered:
        raise Refused("request_countered")
    if sent.what in {"accept", "decline"} and not countered:
        raise Refused("not_countered")
    if end == "APPROVED" and request.target is not None:
        terms = diary.terms_of(booking)
        if not policies.is_open(request.target, request.minutes, terms):
            raise Refused("slot_unbookable")
    return _ended(sent, booking, request, end)


def side_of(role: str) -> str:
    return "owner" if role == "owner" else "workshop"


def _ended(sent: Sent, booking: Booked, request: Request, end: str) -> Act:
    changed: tuple[str, ...] = ()
    if end == "APPROVED":
        moves = request.kind == "RESCHEDULE"
        changed = ("service_start_time" if moves else "status",)

    def do() -> None:
        request.status, booking.request = end, None
        if end != "WITHDRAWN":
            request.decision = {
                "role": sent.role,
                "at": sent.now,
                "note": sent.body.get("note"),
            }
        if end == "APPROVED":
            _grant(booking, request, sent.now)

    return Act(OUTCOMES[sent.what], changed=changed, request=request, steps=1, do=do)


def _grant(booking: Booked, request: Request, now: int) -> None:
    if request.target is None:
        # A granted cancel is the owner's own.
        close(booking, request.reason, "owner", now)
        return
    assert request.bay is not None
    booking.start, booking.bay = request.target, request.bay
    booking.minutes, booking.buffer = request.minutes, request.buffer
    booking.moves += 1


def _counter(diary: Diary, sent: Sent, booking: Booked, request: Request) -> Act:
    start = sent.body["proposed_start_time"]
    if request.kind == "CANCEL":
        raise Refused("not_counterable")
    if request.counter is not None:
        if request.counter["start"] == start:
            return Act(request=request)
        raise Refused("request_countered")
    bay = diary.slot(sent.number, booking.org_nr, start, sent.now)
    terms = diary.terms_of(booking)

    def do() -> None:
        request.status, request.target, request.bay = "COUNTERED", start, bay
        request.minutes, request.buffer = terms.minutes, terms.buffer
        request.expires = expiry(terms, sent.now, booking.start, start)
        request.counter = {
            "start": start,
            "note": sent.body.get("note"),
            "at": sent.now,
        }

    return Act("countered", request=request, steps=1, do=do)


def step(
    booking: Booked, outcome: str, status: str, *, supersedes: bool = False
) -> Act:
    def do() -> None:
        booking.status = status

    return Act(outcome, ("status",), supersedes=supersedes, steps=1, do=do)


STEPS: dict[str, Callable[[Diary, Sent, Booked], Act]] = {
    "confirm": confirm,
    "start": start,
    "complete": complete,
    "no_show": no_show,
    "mark": mark,
    "cancel": cancel,
}
