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


class UploadUnusable(Refusal):
    """`pointers` are those of the unusable uploads."""

    code = "upload_unusable"
    detail = "An upload is unknown, incomplete, another's, or used elsewhere."

    def __init__(self, indexes: tuple[int, ...]) -> None:
        super().__init__()
        self.pointers = tuple(f"/attachments/{index}/upload_id" for index in indexes)


class SlotUnbookable(Refusal):
    code = "slot_unbookable"
    detail = "That time cannot be booked."
    pointers = ("/service_start_time",)


class SlotTaken(Refusal):
    code = "slot_taken"
    detail = "No bay is free for all of that time."
    pointers = ("/service_start_time",)


class PolicyDenied(Refusal):
    code = "policy_denied"
    detail = "The workshop's policy denies this change."

    def __init__(self, decision: PolicyDecision) -> None:
        super().__init__()
        self.decision = decision


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
    ThreadClosed,
    BookingClosed,
    UploadUnusable,
    SlotUnbookable,
    SlotTaken,
    PolicyDenied,
)


def first(refusals: list[Refusal]) -> Refusal:
    return min(refusals, key=lambda refusal: ORDER.index(type(refusal)))


class Missing(Exception):
    """A command for a booking or workshop that does not exist."""
