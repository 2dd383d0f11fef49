"""What a PUT wants: its body, checked by itself, turned into commands.

A body is wrong or right whatever the booking. All errors are found at once; member
combinations are looked at only when every member is right by itself. Nothing is
coerced.
"""

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from application import checks, trees
from application.checks import BodyError, Check, Errors, InvalidBody
from domain import commands
from domain.commands import BookingCommand
from domain.identity import Actor
from domain.personal import Reason, Words

MAX_REASON = 500
MAX_TEXT = 4000
MAX_CAPTION = 200
MAX_ATTACHMENTS = 10


class WantedMessage(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    client_message_id: UUID | None = None


class WantedUpload(msgspec.Struct, frozen=True, kw_only=True):
    upload_id: UUID
    caption: str | None = None


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """A body that is right by itself; what is absent in it is None or empty."""

    start: datetime | None = None
    cancel: bool = False
    reason: str | None = None
    attachments: tuple[WantedUpload, ...] = ()
    message: WantedMessage | None = None


def parse(body: Any) -> Intent:
    """Return what `body`, which is decoded JSON, wants.

    Raises `InvalidBody` with every error in it.
    """
    errors: Errors = []
    values = checks.members(errors, body, "", _MEMBERS)
    if not errors:
        errors.extend(_combination_errors(values.keys()))
    if errors:
        raise InvalidBody(errors)
    return Intent(
        start=values.get("service_start_time"),
        cancel="status" in values,
        reason=values.get("cancellation_reason"),
        attachments=values.get("attachments", ()),
        message=values.get("message"),
    )


def wishes(
    intent: Intent, at: datetime, by: Actor, new_id: Callable[[], UUID]
) -> tuple[BookingCommand, ...]:
    """Return the commands: the action first, then the message beside it."""
    return (*_action(intent, at, by, new_id), *_message(intent, at, by, new_id))


def _action(
    intent: Intent, at: datetime, by: Actor, new_id: Callable[[], UUID]
) -> Iterator[BookingCommand]:
    if intent.start is not None:
        yield commands.Reschedule(
            at=at, by=by, start=intent.start, change_request_id=new_id()
        )
    if intent.cancel:
        reason = None if intent.reason is None else Reason(reason=intent.reason)
        yield commands.Cancel(at=at, by=by, change_request_id=new_id(), personal=reason)


def _message(
    intent: Intent, at: datetime, by: Actor, new_id: Callable[[], UUID]
) -> Iterator[BookingCommand]:
    message, attachments = intent.message, intent.attachments
    if message is None and not attachments:
        return
    yield commands.AppendMessage(
        at=at,
        by=by,
        message_id=new_id(),
        client_message_id=None if message is None else message.client_message_id,
        uploads=tuple(wanted.upload_id for wanted in attachments),
        personal=Words(
            text=None if message is None else message.text,
            captions=tuple(wanted.caption for wanted in attachments),
        ),
    )


def _combination_errors(present: AbstractSet[str]) -> Iterator[BodyError]:
    if not present:
        yield BodyError(
            pointer="", code="nothing_to_do", detail="At least one member is needed."
        )
    if {"service_start_time", "status"} <= present:
        yield BodyError(
            pointer="",
            code="conflicting_actions",
            detail="A booking is moved or cancelled, not both.",
        )
    if "cancellation_reason" in present and "status" not in present:
        yield BodyError(
            pointer="/cancellation_reason",
            code="reason_without_cancel",
            detail='A reason goes with "status": "CANCELLED" only.',
        )


def _status(errors: Errors, value: Any, pointer: str) -> bool:
    text = checks.string(errors, value, pointer)
    if text is not None and text != "CANCELLED":
        checks.wrong(
            errors, pointer, "status_not_settable", 'Only "CANCELLED" can be set.'
        )
    return True


def _reason(errors: Errors, value: Any, pointer: str) -> str | None:
    return checks.text(errors, value, pointer, 1, MAX_REASON)


def _message_text(errors: Errors, value: Any, pointer: str) -> str | None:
    return checks.text(errors, value, pointer, 1, MAX_TEXT)


def _caption(errors: Errors, value: Any, pointer: str) -> str | None:
    return checks.text(errors, value, pointer, 0, MAX_CAPTION)


def _wanted_message(errors: Errors, value: Any, pointer: str) -> WantedMessage | None:
    known: dict[str, Check] = {"text": _message_text, "client_message_id": checks.uuid}
    members = checks.members(errors, value, pointer, known, ("text",))
    if members.get("text") is None:
        return None
    return WantedMessage(**members)


def _wanted_uploads(
    errors: Errors, value: Any, pointer: str
) -> tuple[WantedUpload, ...]:
    if not trees.is_array(value):
        checks.wrong(errors, pointer, "type", "An array is needed.")
        return ()
    if not 1 <= len(value) <= MAX_ATTACHMENTS:
        checks.wrong(errors, pointer, "length", f"It has 1 to {MAX_ATTACHMENTS} items.")
        return ()
    uploads: list[WantedUpload] = []
    for index, item in enumerate(value):
        at = f"{pointer}/{index}"
        upload = _wanted_upload(errors, item, at)
        if upload is None:
            continue
        if any(upload.upload_id == other.upload_id for other in uploads):
            checks.wrong(errors, f"{at}/upload_id", "duplicate", "It is there twice.")
        uploads.append(upload)
    return tuple(uploads)


def _wanted_upload(errors: Errors, value: Any, pointer: str) -> WantedUpload | None:
    known: dict[str, Check] = {"upload_id": checks.uuid, "caption": _caption}
    members = checks.members(errors, value, pointer, known, ("upload_id",))
    if members.get("upload_id") is None:
        return None
    return WantedUpload(**members)


_MEMBERS: dict[str, Check] = {
    "service_start_time": checks.time,
    "status": _status,
    "cancellation_reason": _reason,
    "attachments": _wanted_uploads,
    "message": _wanted_message,
}
