"""The shapes of what clients read; `bodies` makes them. Times are in UTC.

Of `local_start` the offset is the workshop's.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from domain.allowed import AllowedActions
from domain.changes import (
    Kind,
    RequestStatus,
)
from domain.identity import Role
from domain.policy import Policy, Week
from domain.rules import PolicyDecision


class ServiceBody(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: str
    minutes: int


class WorkshopBody(msgspec.Struct, frozen=True, kw_only=True):
    """A workshop; a list that is to expand it says what it offers today, and when."""

    org_nr: int
    name: str
    time_zone: str | msgspec.UnsetType = msgspec.UNSET
    services: tuple[ServiceBody, ...] | msgspec.UnsetType = msgspec.UNSET
    opening_hours: Week | msgspec.UnsetType = msgspec.UNSET
    holidays: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET


class OwnerBody(msgspec.Struct, frozen=True, kw_only=True):
    id: str


class VehicleBody(msgspec.Struct, frozen=True, kw_only=True):
    plate: str | None
    make: str | None
    model: str | None
    year: int | None


class ByBody(msgspec.Struct, frozen=True, kw_only=True):
    role: Role


class CancellationBody(msgspec.Struct, frozen=True, kw_only=True):
    reason: str | None
    by: ByBody
    at: datetime


class StartBody(msgspec.Struct, frozen=True, kw_only=True):
    start: datetime


class CounterBody(msgspec.Struct, frozen=True, kw_only=True):
    """What the workshop proposes instead."""

    start: datetime
    note: str | None
    at: datetime


class DecisionBody(msgspec.Struct, frozen=True, kw_only=True):
    by: ByBody
    at: datetime
    note: str | None


class ChangeRequestBody(msgspec.Struct, frozen=True, kw_only=True):
    """`counter` and `decision` are null until there is one; a dry run has no id."""

    id: UUID | None
    booking_id: int
    kind: Kind
    status: RequestStatus
    from_: StartBody = msgspec.field(name="from")
    to: StartBody | None
    reason: str | None
    requested_by: ByBody
    requested_at: datetime
    expires_at: datetime
    blocked_by: tuple[str, ...]
    counter: CounterBody | None
    decision: DecisionBody | None


class AttachmentBody(msgspec.Struct, frozen=True, kw_only=True):
    upload_id: UUID
    caption: str | None
    content_type: str
    size: int


class MessageBody(msgspec.Struct, frozen=True, kw_only=True):
    """A message of a thread; one that a dry run would append has no id."""

    id: UUID | None
    client_message_id: UUID | None
    author: ByBody
    text: str | None
    attachments: tuple[AttachmentBody, ...]
    change_request_id: UUID | None
    created_at: datetime


class ResultBody(msgspec.Struct, frozen=True, kw_only=True):
    outcome: str
    changed: tuple[str, ...]
    change_request: ChangeRequestBody | None
    message: MessageBody | None
    attachments: tuple[AttachmentBody, ...]
    policy_decision: PolicyDecision | None


class BookingBody(msgspec.Struct, frozen=True, kw_only=True):
    """A booking; `result` is there in answers to calls that change it.

    `owner` is there in lists that are to expand it.
    """

    id: int
    group_id: UUID
    status: str
    service_start_time: datetime
    service_end_time: datetime
    time_zone: str
    local_start: datetime
    workshop: WorkshopBody
    vehicle: VehicleBody
    service: ServiceBody
    revision: int
    reschedule_count: int
    cancellation: CancellationBody | None
    pending_change_request: ChangeRequestBody | None
    allowed_actions: AllowedActions
    result: ResultBody | msgspec.UnsetType = msgspec.UNSET
    owner: OwnerBody | msgspec.UnsetType = msgspec.UNSET


class PolicyBody(Policy, frozen=True, kw_only=True):
    """A workshop's policy, with its version."""

    version: int
