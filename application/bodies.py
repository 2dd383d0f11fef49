"""The shapes that clients read: bookings, change requests, messages, results.

Here personal data are opened; without the owner's key they are null. Owners see the
roles of a workshop's people, never their ids. Times are in UTC but for `local_start`.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from application import codec
from application.answers import Answered, Result
from application.queries import Seen
from application.sealing import Box, Vault
from domain import calendar, identity
from domain.allowed import AllowedActions, allowed_actions
from domain.booking import Booking, Cancellation
from domain.changes import ChangeRequest, Kind, RequestStatus
from domain.events import Attachment
from domain.identity import Role
from domain.personal import Plain, Plate, Reason, Sealed, Words
from domain.rules import PolicyDecision
from domain.thread import Message

CELL = 1


class WorkshopBody(msgspec.Struct, frozen=True, kw_only=True):
    org_nr: int
    name: str


class VehicleBody(msgspec.Struct, frozen=True, kw_only=True):
    plate: str | None
    make: str | None
    model: str | None
    year: int | None


class ServiceBody(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: str
    minutes: int


class ByBody(msgspec.Struct, frozen=True, kw_only=True):
    role: Role


class CancellationBody(msgspec.Struct, frozen=True, kw_only=True):
    reason: str | None
    by: ByBody
    at: datetime


class StartBody(msgspec.Struct, frozen=True, kw_only=True):
    start: datetime


class ChangeRequestBody(msgspec.Struct, frozen=True, kw_only=True):
    """`counter` and `decision` are null until a workshop answers."""

    id: UUID
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
    counter: None = None
    decision: None = None


class AttachmentBody(msgspec.Struct, frozen=True, kw_only=True):
    upload_id: UUID
    caption: str | None
    content_type: str
    size: int


class MessageBody(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
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
    """A booking; `result` is there in answers to calls that change it."""

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


class Opener:
    """Opens what is sealed under one owner's key; without a key all is null."""

    def __init__(self, stream_id: str, box: Box | None) -> None:
        self._stream_id = stream_id
        self._box = box

    def plain(self, personal: Plain | Sealed | None) -> Plain | None:
        if not isinstance(personal, Sealed):
            return personal
        if self._box is None:
            return None
        return codec.unseal(personal, self._stream_id, self._box)


def opener(booking: Booking, owner_key: bytes | None, vault: Vault) -> Opener:
    box = None if owner_key is None else vault.box(booking.owner, owner_key)
    return Opener(identity.booking_stream(booking.id), box)


def seen(found: Seen, vault: Vault, now: datetime) -> BookingBody:
    """Return a booking as GET shows it at `now`."""
    booking = found.stored.booking
    return _booking(
        booking,
        name=found.workshop.name,
        time_zone=found.workshop.policy.time_zone,
        allowed=allowed_actions(booking, found.workshop.policy, now),
        opens=opener(booking, found.owner_key, vault),
    )


def answered(found: Answered, vault: Vault) -> BookingBody | None:
    """Return the booking with the result of a call, or None for a refusal."""
    shown, result = found.answer.shown, found.answer.result
    if shown is None or result is None:
        return None
    opens = opener(shown.booking, found.owner_key, vault)
    return _booking(
        shown.booking,
        name=shown.workshop_name,
        time_zone=shown.time_zone,
        allowed=shown.allowed,
        opens=opens,
        result=_result(result, shown.booking.id, opens),
    )


def change_request(
    request: ChangeRequest, booking_id: int, opens: Opener
) -> ChangeRequestBody:
    reason = opens.plain(request.personal)
    return ChangeRequestBody(
        id=request.id,
        booking_id=booking_id,
        kind=request.kind,
        status=request.status,
        from_=StartBody(start=request.from_start),
        to=None if request.target is None else StartBody(start=request.target.start),
        reason=reason.reason if isinstance(reason, Reason) else None,
        requested_by=ByBody(role=request.requested_by.role),
        requested_at=request.requested_at,
        expires_at=request.expires_at,
        blocked_by=request.blocked_by,
    )


def position(of: int) -> str:
    """Return a position as clients see it: opaque, and unique over cells."""
    return f"{CELL}:{of}"


def _booking(
    booking: Booking,
    *,
    name: str,
    time_zone: str,
    allowed: AllowedActions,
    opens: Opener,
    result: ResultBody | msgspec.UnsetType = msgspec.UNSET,
) -> BookingBody:
    request = booking.open_request
    return BookingBody(
        id=booking.id,
        group_id=booking.group_id,
        status=booking.status.value,
        service_start_time=booking.slot.start,
        service_end_time=booking.slot.end,
        time_zone=time_zone,
        local_start=calendar.local(booking.slot.start, time_zone),
        workshop=WorkshopBody(org_nr=booking.org_nr, name=name),
        vehicle=_vehicle(booking, opens),
        service=ServiceBody(
            id=booking.service.id,
            name=booking.service.name,
            minutes=booking.service.minutes,
        ),
        revision=booking.revision,
        reschedule_count=booking.reschedule_count,
        cancellation=_cancellation(booking.cancellation, opens),
        pending_change_request=(
            None if request is None else change_request(request, booking.id, opens)
        ),
        allowed_actions=allowed,
        result=result,
    )


def _vehicle(booking: Booking, opens: Opener) -> VehicleBody:
    plate = opens.plain(booking.personal)
    return VehicleBody(
        plate=plate.plate if isinstance(plate, Plate) else None,
        make=booking.vehicle.make,
        model=booking.vehicle.model,
        year=booking.vehicle.year,
    )


def _cancellation(
    cancellation: Cancellation | None, opens: Opener
) -> CancellationBody | None:
    if cancellation is None:
        return None
    reason = opens.plain(cancellation.personal)
    return CancellationBody(
        reason=reason.reason if isinstance(reason, Reason) else None,
        by=ByBody(role=cancellation.by.role),
        at=cancellation.at,
    )


def _result(result: Result, booking_id: int, opens: Opener) -> ResultBody:
    request = result.change_request
    message = None if result.message is None else message_body(result.message, opens)
    return ResultBody(
        outcome=result.outcome.value,
        changed=result.changed,
        change_request=(
            None if request is None else change_request(request, booking_id, opens)
        ),
        message=message,
        attachments=() if message is None else message.attachments,
        policy_decision=result.decision,
    )


def message_body(message: Message, opens: Opener) -> MessageBody:
    plain = opens.plain(message.personal)
    words = plain if isinstance(plain, Words) else Words()
    captions = words.captions or (None,) * len(message.attachments)
    return MessageBody(
        id=message.id,
        client_message_id=message.client_message_id,
        author=ByBody(role=message.author.role),
        text=words.text,
        attachments=tuple(
            _attachment(attachment, caption)
            for attachment, caption in zip(message.attachments, captions, strict=True)
        ),
        change_request_id=message.change_request_id,
        created_at=message.created_at,
    )


def _attachment(attachment: Attachment, caption: str | None) -> AttachmentBody:
    return AttachmentBody(
        upload_id=attachment.upload_id,
        caption=caption,
        content_type=attachment.content_type,
        size=attachment.size,
    )
