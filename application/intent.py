"""What a PUT wants: its body, checked by itself, turned into commands.

A body is wrong or right whatever the booking. All errors are found at once; member
combinations are looked at only when every member is right by itself. Nothing is
coerced.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from application import trees
from domain import commands
from domain.commands import BookingCommand
from domain.identity import Actor
from domain.personal import Reason, Words

MAX_REASON = 500
MAX_TEXT = 4000
MAX_CAPTION = 200
MAX_ATTACHMENTS = 10
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:00(\.0+)?"
    r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
)
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
# Unicode's category Cc but for tab and newline.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class BodyError(msgspec.Struct, frozen=True, kw_only=True):
    """One error of a body; `pointer` is a JSON pointer to the member."""

    pointer: str
    code: str
    detail: str


class InvalidBody(Exception):
    """A body that is wrong whatever the state: all its errors."""

    def __init__(self, errors: list[BodyError]) -> None:
        super().__init__(", ".join(f"{e.pointer} {e.code}" for e in errors))
        self.errors = errors


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
    values = _members(errors, body, "", _MEMBERS)
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


Errors = list[BodyError]
Check = Callable[[Errors, Any, str], Any]


def _wrong(errors: Errors, pointer: str, code: str, detail: str) -> None:
    errors.append(BodyError(pointer=pointer, code=code, detail=detail))


def _members(
    errors: Errors,
    value: Any,
    pointer: str,
    checks: Mapping[str, Check],
    required: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Return the members of an object that are right; the others become errors."""
    if not trees.is_object(value):
        _wrong(errors, pointer, "type", "An object is needed.")
        return {}
    for name in required:
        if name not in value:
            _wrong(errors, f"{pointer}/{name}", "required", "This member is needed.")
    right: dict[str, Any] = {}
    for name, member in value.items():
        at = f"{pointer}/{_escaped(name)}"
        if name in checks:
            right[name] = checks[name](errors, member, at)
        else:
            _wrong(errors, at, "unknown_member", "There is no such member.")
    return right


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _string(errors: Errors, value: Any, pointer: str) -> str | None:
    if isinstance(value, str):
        return value
    _wrong(errors, pointer, "type", "A string is needed.")
    return None


def _text(
    errors: Errors, value: Any, pointer: str, least: int, most: int
) -> str | None:
    """Return a text with its line ends and outer white space made regular."""
    raw = _string(errors, value, pointer)
    if raw is None:
        return None
    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    if _CONTROL.search(text):
        _wrong(errors, pointer, "format", "It has a control character.")
        return None
    text = text.strip()
    if not least <= len(text) <= most:
        _wrong(errors, pointer, "length", f"It has {least} to {most} characters.")
        return None
    return text


def _uuid(errors: Errors, value: Any, pointer: str) -> UUID | None:
    text = _string(errors, value, pointer)
    if text is None:
        return None
    if not _UUID.fullmatch(text):
        _wrong(errors, pointer, "format", "It is no UUID.")
        return None
    return UUID(text)


def _time(errors: Errors, value: Any, pointer: str) -> datetime | None:
    text = _string(errors, value, pointer)
    if text is None:
        return None
    instant = _instant(text)
    if instant is None:
        _wrong(
            errors,
            pointer,
            "format",
            "It is an RFC 3339 time with offset, in whole minutes, 2000 to 2100.",
        )
    return instant


def _instant(text: str) -> datetime | None:
    if not _TIME.fullmatch(text):
        return None
    try:
        instant = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return instant if _FIRST_YEAR <= instant.year <= _LAST_YEAR else None


def _status(errors: Errors, value: Any, pointer: str) -> bool:
    text = _string(errors, value, pointer)
    if text is not None and text != "CANCELLED":
        _wrong(errors, pointer, "status_not_settable", 'Only "CANCELLED" can be set.')
    return True


def _reason(errors: Errors, value: Any, pointer: str) -> str | None:
    return _text(errors, value, pointer, 1, MAX_REASON)


def _message_text(errors: Errors, value: Any, pointer: str) -> str | None:
    return _text(errors, value, pointer, 1, MAX_TEXT)


def _caption(errors: Errors, value: Any, pointer: str) -> str | None:
    return _text(errors, value, pointer, 0, MAX_CAPTION)


def _wanted_message(errors: Errors, value: Any, pointer: str) -> WantedMessage | None:
    known: dict[str, Check] = {"text": _message_text, "client_message_id": _uuid}
    members = _members(errors, value, pointer, known, ("text",))
    if members.get("text") is None:
        return None
    return WantedMessage(**members)


def _wanted_uploads(
    errors: Errors, value: Any, pointer: str
) -> tuple[WantedUpload, ...]:
    if not trees.is_array(value):
        _wrong(errors, pointer, "type", "An array is needed.")
        return ()
    if not 1 <= len(value) <= MAX_ATTACHMENTS:
        _wrong(errors, pointer, "length", f"It has 1 to {MAX_ATTACHMENTS} items.")
        return ()
    uploads: list[WantedUpload] = []
    for index, item in enumerate(value):
        at = f"{pointer}/{index}"
        upload = _wanted_upload(errors, item, at)
        if upload is None:
            continue
        if any(upload.upload_id == other.upload_id for other in uploads):
            _wrong(errors, f"{at}/upload_id", "duplicate", "It is there twice.")
        uploads.append(upload)
    return tuple(uploads)


def _wanted_upload(errors: Errors, value: Any, pointer: str) -> WantedUpload | None:
    known: dict[str, Check] = {"upload_id": _uuid, "caption": _caption}
    members = _members(errors, value, pointer, known, ("upload_id",))
    if members.get("upload_id") is None:
        return None
    return WantedUpload(**members)


_MEMBERS: dict[str, Check] = {
    "service_start_time": _time,
    "status": _status,
    "cancellation_reason": _reason,
    "attachments": _wanted_uploads,
    "message": _wanted_message,
}
