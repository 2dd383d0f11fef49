"""Refusals: what state, clock, capacity or policy forbids, each with a stable code.

Of several refusals the first in `ORDER` is given. Everything else that can go wrong is
a fault, not a refusal.
"""

from typing import ClassVar

from domain.rules import PolicyDecision


class Refusal(Exception):
    """A command that must not happen. `pointers` name members of the body, if any."""

    code: ClassVar[str]
    detail: ClassVar[str]
    pointers: tuple[str, ...] = ()
    decision: PolicyDecision | None = None

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail or self.detail)


class ThreadClosed(Refusal):
    code = "thread_closed"
    detail = "The thread closed 30 days after the end of the service."


class BookingClosed(Refusal):
    code = "booking_closed"
    detail = "The booking is closed."


class BookingInProgress(Refusal):
    code = "booking_in_progress"
    detail = "Work on the booking has begun."


class UploadUnusable(Refusal):
    """`pointers` are those of the unusable uploads."""

    code = "upload_unusable"
    detail = "An upload is unknown, incomplete, another's, or used elsewhere."

    def __init__(self, indexes: tuple[int, ...]) -> None:
        super().__init__()
        self.pointers = tuple(f"/attachments/{index}/upload_id" for index in indexes)


class UploadComplete(Refusal):
    code = "upload_complete"
    detail = "The upload has other bytes already."


class SlotUnbookable(Refusal):
    code = "slot_unbookable"
    detail = "That time cannot be booked."
    pointers: tuple[str, ...] = ("/service_start_time",)


class SlotTaken(Refusal):
    code = "slot_taken"
    detail = "No bay is free for all of that time."
    pointers: tuple[str, ...] = ("/service_start_time",)


class TooManyOpen(Refusal):
    code = "too_many_open"
    detail = "Too many of the owner's bookings wait for this workshop to confirm them."


class ReasonRequired(Refusal):
    code = "reason_required"
    detail = "The workshop wants a reason with a cancel."
    pointers = ("/cancellation_reason",)

    def __init__(self, decision: PolicyDecision) -> None:
        super().__init__()
        self.decision = decision


class PolicyDenied(Refusal):
    code = "policy_denied"
    detail = "The workshop's policy denies this change."

    def __init__(self, decision: PolicyDecision) -> None:
        super().__init__()
        self.decision = decision


class NotConfirmed(Refusal):
    code = "not_confirmed"
    detail = "The booking is not confirmed yet."


class NotStarted(Refusal):
    code = "not_started"
    detail = "Work on the booking has not begun."


class TooEarly(Refusal):
    code = "too_early"
    detail = "The booking has not begun yet."


class RequestClosed(Refusal):
    code = "request_closed"
    detail = "The change request is closed."


class RequestCountered(Refusal):
    code = "request_countered"
    detail = "The owner is to answer what was proposed; it can only be rejected."


class NotCountered(Refusal):
    code = "not_countered"
    detail = "The workshop has not proposed another time."


class NotCounterable(Refusal):
    code = "not_counterable"
    detail = "Another time cannot be proposed for a cancel."


class GroupUnknown(Refusal):
    code = "group_unknown"
    detail = "The owner has no such group at this workshop."
    pointers = ("/group_id",)


class ServiceUnknown(Refusal):
    code = "service_unknown"
    detail = "The workshop has no such service."
    pointers = ("/service_id",)


class AlreadyPlaced(Refusal):
    code = "already_placed"
    detail = "A booking with this id exists."


class WorkshopExists(Refusal):
    code = "workshop_exists"
    detail = "A workshop with this organisation number exists."


ORDER: tuple[type[Refusal], ...] = (
    WorkshopExists,
    AlreadyPlaced,
    ServiceUnknown,
    GroupUnknown,
    ThreadClosed,
    BookingClosed,
    BookingInProgress,
    RequestClosed,
    RequestCountered,
    NotCountered,
    NotCounterable,
    NotConfirmed,
    NotStarted,
    TooEarly,
    UploadUnusable,
    UploadComplete,
    SlotUnbookable,
    SlotTaken,
    TooManyOpen,
    ReasonRequired,
    PolicyDenied,
)


def first(refusals: list[Refusal]) -> Refusal:
    return min(refusals, key=lambda refusal: ORDER.index(type(refusal)))


class Missing(Exception):
    """A command for a booking or workshop that does not exist."""
