"""The body of PUT as the documentation shows it; `application.intent` is what checks.

A test holds the two against each other.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from application.intent import MAX_ATTACHMENTS, MAX_CAPTION, MAX_REASON, MAX_TEXT


class WantedUpload(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """An upload of the caller's; none twice."""

    upload_id: UUID
    caption: Annotated[str, Meta(max_length=MAX_CAPTION)] | UnsetType = UNSET


class WantedMessage(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """A message to the workshop; `client_message_id` makes it safe to send again."""

    text: Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]
    client_message_id: UUID | UnsetType = UNSET


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At least one member; a booking is moved or cancelled, not both."""

    service_start_time: (
        Annotated[
            datetime,
            Meta(
                tz=True, description="RFC 3339 with offset, whole minutes, 2000 to 2100"
            ),
        ]
        | UnsetType
    ) = UNSET
    status: Literal["CANCELLED"] | UnsetType = UNSET
    cancellation_reason: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=MAX_REASON,
                description='Only together with `"status": "CANCELLED"`',
            ),
        ]
        | UnsetType
    ) = UNSET
    attachments: (
        Annotated[list[WantedUpload], Meta(min_length=1, max_length=MAX_ATTACHMENTS)]
        | UnsetType
    ) = UNSET
    message: WantedMessage | UnsetType = UNSET


EXAMPLES = {
    "move": {
        "service_start_time": "2026-02-12T10:00:00Z",
        "message": {"text": "I will be ten minutes late."},
    },
    "cancel": {
        "status": "CANCELLED",
        "cancellation_reason": "The car is sold.",
        "message": {"text": "Thank you all the same."},
    },
    "write": {
        "message": {
            "text": "The brakes squeal.",
            "client_message_id": "0193a1b2-1234-7abc-8def-0123456789ab",
        }
    },
}
