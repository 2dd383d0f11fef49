"""All that a car owner has here, opened, booking by booking: theirs to take away.

It is what they could read themselves, and nothing of others: people of a workshop are
named by their roles.
"""

import mimetypes
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from application import blobs, bodies, history, opening
from application.history import Entry
from application.listing import ListKey, Only, RequestKey
from application.queries import Logged, Reader, Seen
from application.sealing import Vault
from application.shapes import BookingBody, ChangeRequestBody, MessageBody
from application.stored import Upload, UploadStatus
from domain import clock

PAGE = 100

T = TypeVar("T")
K = TypeVar("K")


class ExportedUpload(msgspec.Struct, frozen=True, kw_only=True):
    """A file, which stands at `file` in the export; `sha256` is hexadecimal."""

    id: UUID
    name: str | None
    content_type: str | None
    size: int
    sha256: str
    path: str
    file: str


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """A booking with all that belongs to it; `uploads` are the complete ones."""

    booking: BookingBody
    messages: Sequence[MessageBody]
    change_requests: Sequence[ChangeRequestBody]
    history: Sequence[Entry]
    uploads: Sequence[ExportedUpload]


async def export(
    owner: str, reader: Reader, vault: Vault, now: datetime
) -> AsyncIterator[Exported]:
    """Yield each of the owner's bookings, newest start first."""
    after: ListKey | None = None
    while True:
        page = await reader.bookings(owner, Only(now=now), after=after, limit=PAGE)
        for seen in page:
            yield await _exported(seen, reader, vault, now)
        if len(page) < PAGE:
            return
        last = page[-1].stored.booking
        after = ListKey(start=last.slot.start, booking_id=last.id)


async def _exported(
    seen: Seen, reader: Reader, vault: Vault, now: datetime
) -> Exported:
    booking_id = seen.stored.booking.id
    opens = opening.opener(seen.stored.booking, seen.owner_key, vault)
    uploads = await reader.uploads(booking_id)
    return Exported(
        booking=bodies.seen(seen, vault, now, opens),
        messages=await _messages(reader, booking_id, opens),
        change_requests=await _requests(reader, booking_id, opens, now),
        history=await _history(reader, booking_id, opens),
        uploads=[
            _upload(one, one.stored_sha256)
            for one in uploads
            if one.status is UploadStatus.COMPLETE and one.stored_sha256 is not None
        ],
    )


def _upload(upload: Upload, sha256: bytes) -> ExportedUpload:
    ending = mimetypes.guess_extension(upload.content_type or "") or ""
    return ExportedUpload(
        id=upload.id,
        name=upload.name,
        content_type=upload.content_type,
        size=upload.size,
        sha256=sha256.hex(),
        path=blobs.path(upload),
        file=f"uploads/{upload.id}{ending}",
    )


async def _messages(
    reader: Reader, booking_id: int, opens: opening.Opener
) -> list[MessageBody]:
    async def page(after: int) -> tuple[list[MessageBody], int]:
        found = await reader.messages(booking_id, after=after, limit=PAGE)
        messages = [] if found is None else list(found.messages)
        last = messages[-1].version if len(messages) == PAGE else 0
        return [bodies.message_body(one.message, opens) for one in messages], last

    return await _all(page, 0)


async def _history(
    reader: Reader, booking_id: int, opens: opening.Opener
) -> list[Entry]:
    async def page(after: int) -> tuple[list[Entry], int]:
        found = await reader.history(booking_id, after=after, limit=PAGE)
        told = [] if found is None else list(_told(found, opens, after))
        return told, told[-1].version if len(told) == PAGE else 0

    return await _all(page, 0)


def _told(found: Logged, opens: opening.Opener, after: int) -> Sequence[Entry]:
    return history.entries(found, opens, after=after, named=history.TO_OWNERS)


async def _requests(
    reader: Reader, booking_id: int, opens: opening.Opener, now: datetime
) -> list[ChangeRequestBody]:
    async def page(
        after: RequestKey | None,
    ) -> tuple[list[ChangeRequestBody], RequestKey | None]:
        found = await reader.change_requests(booking_id, after=after, limit=PAGE)
        asked = [] if found is None else list(found.requests)
        shown = [
            bodies.change_request(clock.request_at(one, now), booking_id, opens)
            for one in asked
        ]
        if len(asked) < PAGE:
            return shown, None
        last = asked[-1]
        return shown, RequestKey(requested_at=last.requested_at, request_id=last.id)

    return await _all(page, None)


async def _all(page: Callable[[K], Awaitable[tuple[list[T], K]]], first: K) -> list[T]:
    """Return all pages of a list; after the last one there is a false key."""
    found, after = await page(first)
    while after:
        more, after = await page(after)
        found += more
    return found
