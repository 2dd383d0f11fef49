"""What an owner wants of a booking: moved, asked for, cancelled, or refused."""

from tests.properties import terms as policies
from tests.properties.diary import Diary, cancelled, expiry, must_be_changeable
from tests.properties.records import Act, Booked, Refused, Request, Sent
from tests.properties.terms import Judged


def move(diary: Diary, sent: Sent, booking: Booked) -> Act:
    start, now = sent.body["service_start_time"], sent.now
    must_be_changeable(booking)
    if start == booking.start:
        return Act()
    wish = booking.request
    if wish and wish.kind == "RESCHEDULE" and wish.target == start:
        return Act("change_requested", request=wish)
    bay = diary.slot(sent.number, booking.org_nr, start, now)
    judged = diary.judged_move(booking, start, now)
    if judged.verdict == "ALLOW":
        return diary.moved(booking, start, bay, judged, by_owner=True)
    return _ask(diary, sent, booking, judged, (start, bay))


def cancel(diary: Diary, sent: Sent, booking: Booked) -> Act:
    if booking.status == "CANCELLED":
        return Act()
    must_be_changeable(booking)
    if booking.request and booking.request.kind == "CANCEL":
        return Act("change_requested", request=booking.request)
    reason = sent.body.get("cancellation_reason")
    judged = policies.judge_cancel(
        diary.terms_of(booking),
        start=booking.start,
        marked=bool(booking.marks),
        has_reason=reason is not None,
        now=sent.now,
    )
    if booking.status == "PENDING":
        # What was never accepted can always be withdrawn.
        judged = Judged("ALLOW", judged.failed)
    if judged.verdict == "ALLOW":
        return cancelled(booking, reason, sent.role, sent.now, judged.verdict)
    return _ask(diary, sent, booking, judged)


def _ask(
    diary: Diary,
    sent: Sent,
    booking: Booked,
    judged: Judged,
    target: tuple[int, int] | None = None,
) -> Act:
    """Ask for the start and bay of `target`, or to cancel."""
    if judged.verdict == "DENY":
        reason = "reason" in judged.failed
        raise Refused("reason_required" if reason else "policy_denied")
    terms = diary.terms_of(booking)
    start, bay = target or (None, None)
    request = Request(
        id=sent.new_request,
        number=sent.number,
        kind="CANCEL" if target is None else "RESCHEDULE",
        asked=start,
        target=start,
        bay=bay,
        minutes=terms.minutes,
        buffer=terms.buffer,
        expires=expiry(terms, sent.now, booking.start, start),
        reason=sent.body.get("cancellation_reason"),
        rules=judged.failed,
    )

    def do() -> None:
        diary.requests[request.id] = booking.request = request

    return Act(
        "change_requested",
        request=request,
        verdict=judged.verdict,
        supersedes=True,
        steps=1,
        do=do,
    )
