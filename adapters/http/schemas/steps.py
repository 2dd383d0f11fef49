"""Bodies that take a booking or a change request one step on, and that of an upload."""

import msgspec
from msgspec import UNSET, UnsetType

from adapters.http.schemas import texts
from application import rulings, steps
from domain.events import Mark


class Cancellation(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """Why the workshop cancels."""

    reason: texts.Reason


class StatusStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The next status of the booking `id`."""

    id: texts.BookingId
    status: steps.Step


class MarkStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that is noted on the booking `id`."""

    id: texts.BookingId
    mark: Mark


class Reply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the owner says to the workshop's proposal."""

    decision: rulings.Reply
    note: texts.Note | UnsetType = UNSET


class Approve(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="decision",
    tag="approve",
):
    """Let it happen."""

    note: texts.Note | UnsetType = UNSET


class Reject(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="decision",
    tag="reject",
):
    """Do not let it happen; `note` says why."""

    note: texts.Note


class Counter(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="decision",
    tag="counter",
):
    """Propose another start."""

    proposed_start_time: texts.Time
    note: texts.Note | UnsetType = UNSET


class UploadAnnounced(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """`size` is in bytes; with `sha256` the bytes must have that hash."""

    size: texts.Size
    name: texts.FileName | UnsetType = UNSET
    sha256: texts.Sha256 | UnsetType = UNSET
