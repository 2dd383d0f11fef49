"""Bodies that make a booking or change it."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from adapters.http.schemas import texts
from application.intent import MAX_ATTACHMENTS


class WantedUpload(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """An upload of the caller's; none twice."""

    upload_id: UUID
    caption: texts.Caption | UnsetType = UNSET


class WantedMessage(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """A message to the other side; `client_message_id` makes it safe to send again."""

    text: texts.Text
    client_message_id: UUID | UnsetType = UNSET


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At least one member; a booking is moved or cancelled, not both.

    `cancellation_reason` goes with `"status": "CANCELLED"` only.
    """

    service_start_time: texts.Time | UnsetType = UNSET
    status: Literal["CANCELLED"] | UnsetType = UNSET
    cancellation_reason: texts.Reason | UnsetType = UNSET
    attachments: (
        Annotated[list[WantedUpload], Meta(min_length=1, max_length=MAX_ATTACHMENTS)]
        | UnsetType
    ) = UNSET
    message: WantedMessage | UnsetType = UNSET


class Override(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a manager moves a booking against the workshop's own rules."""

    reason: texts.Reason


class WorkshopChange(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """As an owner's, without attachments; `override` goes with a move only."""

    service_start_time: texts.Time | UnsetType = UNSET
    status: Literal["CANCELLED"] | UnsetType = UNSET
    cancellation_reason: texts.Reason | UnsetType = UNSET
    message: WantedMessage | UnsetType = UNSET
    override: Override | UnsetType = UNSET


class WantedVehicle(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    plate: texts.Plate
    make: texts.CarName | UnsetType = UNSET
    model: texts.CarName | UnsetType = UNSET
    year: texts.Year | UnsetType = UNSET


class NewBooking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`group_id` is that of an earlier booking at the same workshop."""

    org_nr: texts.OrgNr
    service_id: texts.ServiceId
    service_start_time: texts.Time
    vehicle: WantedVehicle
    message: WantedMessage | UnsetType = UNSET
    group_id: UUID | UnsetType = UNSET


class NewBookingForOwner(
    NewBooking, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """`owner_id` is the `sub` of the owner's tokens."""

    owner_id: texts.OwnerId
