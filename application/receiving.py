"""Uploads within a batch: announced, and complete once their bytes are safe."""

from application import answers
from application.calls import NotFound, UploadCall
from application.happening import must_match
from application.kept import Kept, Pending, pending
from application.scene import Scene
from application.stored import Upload, UploadStatus
from domain import clock, errors
from domain.booking import Booking
from domain.errors import Refusal


def take(call: UploadCall, at: Scene, kept: Kept) -> Pending:
    booking = at.booking(call.booking_id)
    if booking is None or booking.owner != call.owner:
        raise NotFound
    known = at.uploads.get(call.upload.id)
    if not (call.is_new or _is_theirs(known, call)):
        raise NotFound
    first = kept.find(call, None)
    if first is not None:
        return first
    must_match(call, clock.at(booking, call.at).revision)
    answer = _take(call, booking, known, at)
    kept.keep(call, answer)
    return answer


def _take(
    call: UploadCall, booking: Booking, known: Upload | None, at: Scene
) -> Pending:
    status = answers.CREATED if call.is_new else answers.OK
    try:
        upload = _remember(call, booking, known, at)
    except Refusal as refusal:
        refused = answers.refused(refusal)
        return pending(call, booking, at, status=answers.CONFLICT, refused=refused)
    return pending(call, booking, at, status=status, upload=upload)


def _remember(
    call: UploadCall, booking: Booking, known: Upload | None, at: Scene
) -> Upload:
    if call.at > booking.thread_closes_at:
        raise errors.ThreadClosed
    if known is None:
        at.add_upload(call.upload)
        return call.upload
    if known.status is UploadStatus.CREATED:
        at.change_upload(call.upload)
        return call.upload
    if known.stored_sha256 != call.upload.stored_sha256:
        raise errors.UploadComplete
    return known


def _is_theirs(known: Upload | None, call: UploadCall) -> bool:
    return (
        known is not None
        and known.booking_id == call.booking_id
        and known.owner == call.owner
        and known.status is not UploadStatus.DOOMED
    )
