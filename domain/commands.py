"""Wishes: what somebody wants of a booking or a workshop, with its time and author.

`at` is the moment the request was received; ids are drawn with the command and kept
when it is decided again.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from domain.events import Mark, Vehicle
from domain.identity import Actor
from domain.personal import Note, Plate, Reason, Words
from domain.policy import Policy


class Command(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime
    by: Actor


class Place(Command, frozen=True, kw_only=True):
    """Book `service_id` at `start`, for `owner`.

    A group that the caller named (`group_given`) must be one of the owner's already.
    """

    booking_id: int
    owner: str
    org_nr: int
    group_id: UUID
    service_id: int
    start: datetime
    vehicle: Vehicle
    personal: Plate
    group_given: bool = False


class Confirm(Command, frozen=True, kw_only=True):
    pass


class Start(Command, frozen=True, kw_only=True):
    pass


class Complete(Command, frozen=True, kw_only=True):
    pass


class RecordNoShow(Command, frozen=True, kw_only=True):
    pass


class SetMark(Command, frozen=True, kw_only=True):
    mark: Mark


class Reschedule(Command, frozen=True, kw_only=True):
    """Move to `start`; `change_request_id` is the request's, should it become one.

    A manager's `override`, with its reason, heeds neither rules nor target window.
    """

    start: datetime
    change_request_id: UUID
    override: Reason | None = None


class Cancel(Command, frozen=True, kw_only=True):
    change_request_id: UUID
    personal: Reason | None = None


class AppendMessage(Command, frozen=True, kw_only=True):
    """Add text, uploads or both to the booking's thread; captions are in `personal`."""

    message_id: UUID
    personal: Words
    uploads: tuple[UUID, ...] = ()
    client_message_id: UUID | None = None


class RequestCommand(Command, frozen=True, kw_only=True):
    """A command on the booking's change request `change_request_id`."""

    change_request_id: UUID


class Withdraw(RequestCommand, frozen=True, kw_only=True):
    pass


class Accept(RequestCommand, frozen=True, kw_only=True):
    """Take what the workshop proposed."""

    personal: Note | None = None


class Decline(RequestCommand, frozen=True, kw_only=True):
    """Do not take what the workshop proposed."""

    personal: Note | None = None


class Approve(RequestCommand, frozen=True, kw_only=True):
    personal: Note | None = None


class Reject(RequestCommand, frozen=True, kw_only=True):
    personal: Note


class Counter(RequestCommand, frozen=True, kw_only=True):
    """Propose `start` instead."""

    start: datetime
    personal: Note | None = None


class AddWorkshop(Command, frozen=True, kw_only=True):
    org_nr: int
    name: str
    policy: Policy


class ChangePolicy(Command, frozen=True, kw_only=True):
    policy: Policy


Step = Confirm | Start | Complete | RecordNoShow | SetMark
OnRequest = Withdraw | Accept | Decline | Approve | Reject | Counter
BookingCommand = Place | Step | Reschedule | Cancel | AppendMessage | OnRequest
WorkshopCommand = AddWorkshop | ChangePolicy
