"""A message of a booking's thread: written once, never changed."""

from datetime import datetime
from uuid import UUID

import msgspec

from domain.events import Attachment, MessageAppended, Origin
from domain.identity import Actor
from domain.personal import Sealed, Words


class Message(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    client_message_id: UUID | None
    author: Actor
    personal: Words | Sealed | None
    attachments: tuple[Attachment, ...]
    change_request_id: UUID | None
    created_at: datetime


def appended(event: MessageAppended, origin: Origin) -> Message:
    return Message(
        id=event.message_id,
        client_message_id=event.client_message_id,
        author=origin.actor,
        personal=event.personal,
        attachments=event.attachments,
        change_request_id=event.change_request_id,
        created_at=origin.at,
    )
