"""Files of a booking's thread: announced, sent, and shown to those who may read it.

What is shown is a stranger's file: it is given to be saved, and never to be opened in
our name.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import get, post, put
from litestar.params import FromPath
from litestar.response.base import ASGIResponse
from litestar.types import HTTPResponseBodyEvent, Receive, Send

from adapters.http import answering, bookings, edge, envelopes, services
from adapters.http.answering import Asker
from adapters.http.body import StrictRequest
from adapters.http.envelopes import UploadBody, UploadEnvelope
from adapters.http.problems import NO_STORE, Problem
from application import blobs, calls, uploading
from application.answers import Answered
from application.calls import NotFound, UploadCall
from application.queries import SeenUpload
from application.stored import Upload, UploadStatus
from domain import identity

_PATH = "/api/co/bookings/{booking_id:int}/uploads"
# What a name ends with, by type; the first is added where none of them is there.
_ENDINGS = {
    "image/jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "image/png": (".png",),
    "image/heic": (".heic", ".heif"),
    "application/pdf": (".pdf",),
}
_SANDBOX = "sandbox; default-src 'none'"


@post(_PATH, status_code=201)
async def announce(booking_id: FromPath[int], request: StrictRequest) -> ASGIResponse:
    """Announce a file, whose bytes are then sent to where `Location` says."""
    body = await request.json()
    by = answering.asker(request, body)
    wanted = uploading.parse(body)
    by.its.incoming.must_fit(wanted.size)
    upload = Upload(
        id=by.new_id(),
        booking_id=booking_id,
        owner=by.actor.id,
        name=wanted.name,
        size=wanted.size,
        sha256=wanted.sha256,
        content_type=None,
        stored_sha256=None,
        status=UploadStatus.CREATED,
        message_id=None,
        created_at=by.came.received_at,
    )
    answered = await _submit(by, upload, is_new=True)
    return _shown(answered, {"location": _place(_row(answered))})


@put(_PATH + "/{upload_id:uuid}")
async def send(
    booking_id: FromPath[int], upload_id: FromPath[UUID], request: StrictRequest
) -> ASGIResponse:
    """Send the bytes of a file; what they are is told by themselves."""
    incoming = services.of(request).incoming
    incoming.must_fit(request.announced or 0)
    # Whatever is wrong with the headers is told before the body is waited for.
    answering.asker(request)
    upload = (await _own(booking_id, upload_id, request)).upload
    incoming.must_fit(upload.size)
    complete = await incoming.take(upload, request)
    by = answering.asker(request, blobs.path(complete))
    try:
        answered = await _submit(by, complete, is_new=False)
    except NotFound:
        # It was given up while its bytes came.
        await incoming.blobs.remove(blobs.folder(upload))
        raise
    return _shown(answered)


@get(_PATH + "/{upload_id:uuid}")
async def read(
    booking_id: FromPath[int], upload_id: FromPath[UUID], request: StrictRequest
) -> ASGIResponse:
    """Return a file, to be saved."""
    found = await _own(booking_id, upload_id, request)
    return await file(found.upload, request)


async def _own(booking_id: int, upload_id: UUID, request: StrictRequest) -> SeenUpload:
    found = await services.of(request).reader.upload(booking_id, upload_id)
    if found is None or found.upload.status is UploadStatus.DOOMED:
        raise Problem("not_found")
    bookings.own(found.seen, request)
    return found


async def _submit(by: Asker, upload: Upload, *, is_new: bool) -> Answered:
    call = UploadCall(
        command_id=by.new_id(),
        request_id=by.came.request_id,
        at=by.came.received_at,
        actor=by.actor,
        booking_id=upload.booking_id,
        owner=by.actor.id,
        upload=upload,
        is_new=is_new,
        if_match=by.if_match,
        key=by.key_on(identity.booking_stream(upload.booking_id)),
        fingerprint=by.fingerprint,
    )
    return await answering.submit(by, call)


def _row(answered: Answered) -> Upload:
    if answered.answer.upload is None:
        raise calls.Fault("an upload's call without an upload")
    return answered.answer.upload


def _shown(answered: Answered, headers: dict[str, str] | None = None) -> ASGIResponse:
    upload = _row(answered)
    sha256 = upload.stored_sha256 or upload.sha256
    body = UploadBody(
        id=upload.id,
        content_type=upload.content_type,
        size=upload.size,
        sha256=None if sha256 is None else sha256.hex(),
    )
    return envelopes.success(
        UploadEnvelope(data=body, meta=answering.meta(answered)),
        status=answered.answer.status,
        headers=headers,
    )


def _place(upload: Upload) -> str:
    return f"/api/co/bookings/{upload.booking_id}/uploads/{upload.id}"


async def file(upload: Upload, request: StrictRequest) -> ASGIResponse:
    """Return the bytes of an upload. Raises the problem `not_found` if none came."""
    if upload.status is not UploadStatus.COMPLETE or upload.content_type is None:
        raise Problem("not_found")
    pieces = await services.of(request).incoming.blobs.read(blobs.path(upload))
    return File(
        pieces,
        seconds=edge.allowed_seconds(upload.size),
        content_length=upload.size,
        media_type=upload.content_type,
        headers=NO_STORE
        | {
            "content-disposition": _attachment(upload, upload.content_type),
            "content-security-policy": _SANDBOX,
        },
    )


def _attachment(upload: Upload, content_type: str) -> str:
    """Return a header with the name to save the file by, whatever is in that name."""
    name, endings = upload.name or str(upload.id), _ENDINGS[content_type]
    if not name.lower().endswith(endings):
        name += endings[0]
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"


class File(ASGIResponse):
    """Pieces sent as fast as they are taken, within `seconds`.

    Of an answer that was left unfinished, the server closes the connection.
    """

    def __init__(
        self, pieces: AsyncIterator[bytes], *, seconds: float, **more: Any
    ) -> None:
        super().__init__(**more)
        self._pieces = pieces
        self._seconds = seconds

    async def send_body(self, send: Send, receive: Receive) -> None:
        del receive
        with suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                async for piece in self._pieces:
                    await send(_event(piece, more_body=True))
                await send(_event(b"", more_body=False))


def _event(body: bytes, *, more_body: bool) -> HTTPResponseBodyEvent:
    return {"type": "http.response.body", "body": body, "more_body": more_body}
