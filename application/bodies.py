"""The shapes that clients read: bookings, change requests, messages, results.

Here personal data are opened; without the owner's key they are null. Owners see the
roles of a workshop's people, never their ids. Times are in UTC but for `local_start`.
"""

from datetime import datetime

import msgspec

from application.answers import Answered, Result
from application.opening import Opener, opener
from application.queries import Seen
from application.sealing import Vault
from application.shapes import (
    AttachmentBody,
    BookingBody,
    ByBody,
    CancellationBody,
    ChangeRequestBody,
    CounterBody,
    DecisionBody,
    MessageBody,
    OwnerBody,
    PolicyBody,
    ResultBody,
    ServiceBody,
    StartBody,
    VehicleBody,
    WorkshopBody,
)
from domain import calendar, clock
from domain.allowed import AllowedActions, allowed_actions
from domain.booking import Booking, Cancellation
from domain.changes import (
    ChangeRequest,
    Counter,
    RequestAnswer,
)
from domain.events import Attachment
from domain.personal import Plate, Words
from domain.policy import Policy, Service
from domain.structs import replace
from domain.thread import Message

CELL = 1


def seen(
    found: Seen, vault: Vault, now: datetime, opens: Opener | None = None
) -> BookingBody:
    """Return a booking as GET shows it at `now`, opened by its owner's key."""
    booking = clock.at(found.stored.booking, now)
    return _booking(
        booking,
        name=found.workshop.name,
        time_zone=found.workshop.policy.time_zone,
        allowed=allowed_actions(booking, found.workshop.policy, now),
        opens=opens or opener(booking, found.owner_key, vault),
    )


def with_owner(shown: BookingBody, found: Seen) -> BookingBody:
    """Return a booking with whose it is."""
    return replace(shown, owner=OwnerBody(id=found.stored.booking.owner))


def with_workshop(shown: BookingBody, found: Seen) -> BookingBody:
    """Return a booking with what its workshop offers today, and when."""
    policy = found.workshop.policy
    expanded = replace(
        shown.workshop,
        time_zone=policy.time_zone,
        services=tuple(map(service, policy.services)),
        opening_hours=policy.opening_hours,
        holidays=policy.holidays,
    )
    return replace(shown, workshop=expanded)


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
    return ChangeRequestBody(
        id=request.id,
        booking_id=booking_id,
        kind=request.kind,
        status=request.status,
        from_=StartBody(start=request.from_start),
        to=None if request.asked is None else StartBody(start=request.asked.start),
        reason=opens.reason(request.personal),
        requested_by=ByBody(role=request.requested_by.role),
        requested_at=request.requested_at,
        expires_at=request.expires_at,
        blocked_by=request.blocked_by,
        counter=_counter(request.counter, opens),
        decision=_decision(request.answer, opens),
    )


def _counter(counter: Counter | None, opens: Opener) -> CounterBody | None:
    if counter is None:
        return None
    return CounterBody(
        start=counter.slot.start, note=opens.note(counter.personal), at=counter.at
    )


def _decision(answer: RequestAnswer | None, opens: Opener) -> DecisionBody | None:
    if answer is None:
        return None
    return DecisionBody(
        by=ByBody(role=answer.by.role),
        at=answer.at,
        note=opens.note(answer.personal),
    )


def policy(document: Policy, version: int) -> PolicyBody:
    names = Policy.__struct_fields__
    return PolicyBody(
        **{name: getattr(document, name) for name in names}, version=version
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
        vehicle=vehicle(booking, opens),
        service=service(booking.service),
        revision=booking.revision,
        reschedule_count=booking.reschedule_count,
        cancellation=cancellation(booking.cancellation, opens),
        pending_change_request=(
            None if request is None else change_request(request, booking.id, opens)
        ),
        allowed_actions=allowed,
        result=result,
    )


def vehicle(booking: Booking, opens: Opener) -> VehicleBody:
    plate = opens.plain(booking.personal)
    return VehicleBody(
        plate=plate.plate if isinstance(plate, Plate) else None,
        make=booking.vehicle.make,
        model=booking.vehicle.model,
        year=booking.vehicle.year,
    )


def service(of: Service) -> ServiceBody:
    return ServiceBody(id=of.id, name=of.name, minutes=of.minutes)


def cancellation(of: Cancellation | None, opens: Opener) -> CancellationBody | None:
    if of is None:
        return None
    return CancellationBody(
        reason=opens.reason(of.personal), by=ByBody(role=of.by.role), at=of.at
    )


def _result(result: Result, booking_id: int, opens: Opener) -> ResultBody:
    request = message = None
    if result.change_request is not None:
        request = change_request(result.change_request, booking_id, opens)
        if request.id in result.unstored:
            request = replace(request, id=None)
    if result.message is not None:
        message = message_body(result.message, opens)
        if message.id in result.unstored:
            message = replace(message, id=None)
        if message.change_request_id in result.unstored:
            message = replace(message, change_request_id=None)
    return ResultBody(
        outcome=result.outcome.value,
        changed=result.changed,
        change_request=request,
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
