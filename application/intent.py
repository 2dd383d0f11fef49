"""What a PUT wants: its body, checked by itself, turned into commands.

A body is wrong or right whatever the booking. All errors are found at once; member
combinations are looked at only when every member is right by itself. Nothing is
coerced.
"""

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from application import checks, trees
from application.checks import BodyError, Check, Errors
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
    """A body that is right by itself; what is absent in it is None or empty.

    `override` is a manager's reason to move against the workshop's own policy.
    """

    start: datetime | None = None
    cancel: bool = False
    reason: str | None = None
    attachments: tuple[WantedUpload, ...] = ()
    message: WantedMessage | None = None
    override: str | None = None


def parse(body: Any) -> Intent:
    """Return what an owner's `body`, which is decoded JSON, wants.

    Raises `InvalidBody` with every error in it.
    """
    return _intent(checks.right(body, _OWNERS, together=_combination_errors))


def parse_workshops(body: Any) -> Intent:
    """Return what the `body` of a workshop's PUT wants. Raises as `parse`."""
    return _intent(checks.right(body, _WORKSHOPS, together=_combination_errors))


def _intent(values: Mapping[str, Any]) -> Intent:
    return Intent(
        start=values.get("service_start_time"),
        cancel="status" in values,
        reason=values.get("cancellation_reason"),
        attachments=values.get("attachments", ()),
        message=values.get("message"),
        override=values.get("override"),
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
            at=at,
            by=by,
            start=intent.start,
            change_request_id=new_id(),
            override=_personal(intent.override),
        )
    if intent.cancel:
        yield commands.Cancel(
            at=at,
            by=by,
            change_request_id=new_id(),
            personal=_personal(intent.reason),
        )


def _personal(reason: str | None) -> Reason | None:
    return None if reason is None else Reason(reason=reason)


def _message(
    intent: Intent, at: datetime, by: Actor, new_id: Callable[[], UUID]
) -> Iterator[BookingCommand]:
    said, attachments = intent.message, intent.attachments
    if said is None and not attachments:
        return
    yield commands.AppendMessage(
        at=at,
        by=by,
        message_id=new_id(),
        client_message_id=None if said is None else said.client_message_id,
        uploads=tuple(wanted.upload_id for wanted in attachments),
        personal=Words(
            text=None if said is None else said.text,
            captions=tuple(wanted.caption for wanted in attachments),
        ),
    )


def _combination_errors(values: Mapping[str, Any]) -> Iterator[BodyError]:
    present: AbstractSet[str] = values.keys()
    if not present:
        yield checks.nothing_to_do()
    if {"service_start_time", "status"} <= present:
        yield checks.conflicting("A booking is moved or cancelled, not both.")
    if "cancellation_reason" in present and "status" not in present:
        yield BodyError(
            pointer="/cancellation_reason",
            code="reason_without_cancel",
            detail='A reason goes with "status": "CANCELLED" only.',
        )
    if "override" in present and "service_start_time" not in present:
        yield BodyError(
            pointer="/override",
            code="override_without_move",
            detail="An override goes with a service_start_time only.",
        )


def _status(errors: Errors, value: Any, pointer: str) -> bool:
    text = checks.string(errors, value, pointer)
    if text is not None and text != "CANCELLED":
        checks.wrong(
            errors, pointer, "status_not_settable", 'Only "CANCELLED" can be set.'
        )
    return True


def reason(errors: Errors, value: Any, pointer: str) -> str | None:
    return checks.text(errors, value, pointer, 1, MAX_REASON)


def _message_text(errors: Errors, value: Any, pointer: str) -> str | None:
    return checks.text(errors, value, pointer, 1, MAX_TEXT)


def _caption(errors: Errors, value: Any, pointer: str) -> str | None:
    return checks.text(errors, value, pointer, 0, MAX_CAPTION)


MESSAGE: dict[str, Check] = {
    "text": _message_text,
    "client_message_id": checks.uuid,
}


def message(errors: Errors, value: Any, pointer: str) -> WantedMessage | None:
    members = checks.members(errors, value, pointer, MESSAGE, ("text",))
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


def _override(errors: Errors, value: Any, pointer: str) -> str | None:
    known: dict[str, Check] = {"reason": reason}
    return checks.members(errors, value, pointer, known, ("reason",)).get("reason")


_BOTH: dict[str, Check] = {
    "service_start_time": checks.time,
    "status": _status,
    "cancellation_reason": reason,
    "message": message,
}
_OWNERS: dict[str, Check] = _BOTH | {"attachments": _wanted_uploads}
_WORKSHOPS: dict[str, Check] = _BOTH | {"override": _override}
