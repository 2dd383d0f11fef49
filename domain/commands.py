"""Wishes: what somebody wants of a booking or a workshop, with its time and author.

`at` is the moment the request was received; ids are drawn with the command and kept
when it is decided again.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from domain.events import Vehicle
from domain.identity import Actor
from domain.personal import Plate, Reason, Words
from domain.policy import Policy


class Command(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime
    by: Actor


class Place(Command, frozen=True, kw_only=True):
    """Book `service_id` at `start`, for `owner`; `plate` is the vehicle's."""

    booking_id: int
    owner: str
    org_nr: int
    group_id: UUID
    service_id: int
    start: datetime
    vehicle: Vehicle
    personal: Plate


class Confirm(Command, frozen=True, kw_only=True):
    pass


class Reschedule(Command, frozen=True, kw_only=True):
    """Move to `start`; `change_request_id` is the request's, should it become one."""

    start: datetime
    change_request_id: UUID


class Cancel(Command, frozen=True, kw_only=True):
    change_request_id: UUID
    personal: Reason | None = None


class AppendMessage(Command, frozen=True, kw_only=True):
    """Add text, uploads or both to the booking's thread; captions are in `personal`."""

    message_id: UUID
    personal: Words
    uploads: tuple[UUID, ...] = ()
    client_message_id: UUID | None = None


class AddWorkshop(Command, frozen=True, kw_only=True):
    org_nr: int
    name: str
    policy: Policy


class ChangePolicy(Command, frozen=True, kw_only=True):
    policy: Policy


BookingCommand = Place | Confirm | Reschedule | Cancel | AppendMessage
WorkshopCommand = AddWorkshop | ChangePolicy
