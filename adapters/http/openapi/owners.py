"""What a car owner can do."""

from adapters import content_types
from adapters.http import schemas
from adapters.http.openapi import examples, listed
from adapters.http.openapi.operation import (
    COMMAND,
    PAGE,
    Answer,
    Operation,
    Tag,
    changed,
)

_BOOKINGS = "/api/co/bookings"
_BOOKING = f"{_BOOKINGS}/{{booking_id}}"
_REQUESTS = f"{_BOOKING}/change-requests"
_REQUEST = f"{_REQUESTS}/{{request_id}}"
_UPLOAD = f"{_BOOKING}/uploads/{{upload_id}}"

_LISTS = (
    Operation(
        name="listBookings",
        method="get",
        path=_BOOKINGS,
        tag=Tag.OWNER,
        roles=("owner",),
        summary="The caller's bookings",
        description="Newest start first, in groups unless `grouped=0`.",
        parameters=("status", "from", "to", "grouped", "expand", *PAGE),
        answers=(
            Answer(
                description="A page, in groups or plainly.",
                shown={"groups": listed.GROUPS, "bookings": listed.BOOKINGS},
            ),
        ),
    ),
    Operation(
        name="listMessages",
        method="get",
        path=f"{_BOOKING}/messages",
        tag=Tag.OWNER,
        roles=("owner",),
        summary="The thread of a booking",
        description="What both sides wrote, oldest first.",
        parameters=PAGE,
        answers=(Answer(description="A page.", shown={"page": listed.MESSAGES}),),
    ),
    Operation(
        name="listChangeRequests",
        method="get",
        path=_REQUESTS,
        tag=Tag.OWNER,
        roles=("owner",),
        summary="The change requests of a booking",
        description="What the workshop was asked, oldest first.",
        parameters=PAGE,
        answers=(Answer(description="A page.", shown={"page": listed.REQUESTS}),),
    ),
    Operation(
        name="listHistory",
        method="get",
        path=f"{_BOOKING}/history",
        tag=Tag.OWNER,
        roles=("owner",),
        summary="What happened to a booking",
        description="Oldest first: who did it, what it changed, and by which rules.",
        parameters=PAGE,
        answers=(Answer(description="A page.", shown={"page": listed.HISTORY}),),
    ),
    Operation(
        name="findOpenings",
        method="get",
        path="/api/co/workshops/{org_nr}/availability",
        tag=Tag.OWNER,
        roles=("owner",),
        summary="When a workshop can be booked",
        description="What is listed can be booked. At most 31 days are asked for.",
        parameters=("service_id", "openings_from", "openings_to"),
        answers=(
            Answer(description="The openings.", shown={"openings": listed.OPENINGS}),
        ),
        codes=("service_unknown",),
    ),
)
_BOOKING_OPERATIONS = (
    Operation(
        name="placeBooking",
        method="post",
        path=_BOOKINGS,
        tag=Tag.OWNER,
        roles=("owner",),
        summary="Book a time",
        description="The workshop is to confirm it before it starts.",
        body=(schemas.NewBooking,),
        parameters=("Idempotency-Key",),
        answers=(
            Answer(
                status=201,
                description="It is placed, and waits for the workshop.",
                shown={"placed": examples.PLACED},
                headers=("ETag", "Location"),
            ),
        ),
        codes=(
            "not_found",
            "service_unknown",
            "group_unknown",
            "slot_unbookable",
            "slot_taken",
            "too_many_open",
        ),
    ),
    Operation(
        name="readBooking",
        method="get",
        path=_BOOKING,
        tag=Tag.OWNER,
        roles=("owner",),
        summary="One booking",
        description="As it is now, or was. There is no 304: the clock counts.",
        parameters=("as_of",),
        answers=(
            Answer(
                description="The booking.",
                shown={"booking": examples.READ},
                headers=("ETag",),
            ),
        ),
    ),
    Operation(
        name="changeBooking",
        method="put",
        path=_BOOKING,
        tag=Tag.OWNER,
        roles=("owner",),
        summary="Move, cancel, or write to the workshop",
        description=(
            "What the workshop's policy blocks is asked of the workshop instead. All "
            "of it happens, or nothing."
        ),
        body=(schemas.Change,),
        parameters=("dry_run", *COMMAND),
        answers=(
            changed(
                "It happened, or it was so already.",
                rescheduled=examples.MOVED,
                cancelled=examples.CANCELLED,
                message_appended=examples.SAID,
            ),
            Answer(
                status=202,
                description="The workshop was asked.",
                shown={"change_requested": examples.ASKED},
                headers=("ETag", "Location"),
            ),
        ),
        codes=(
            "duplicate",
            "status_not_settable",
            "nothing_to_do",
            "conflicting_actions",
            "reason_without_cancel",
            "thread_closed",
            "booking_closed",
            "booking_in_progress",
            "upload_unusable",
            "slot_unbookable",
            "slot_taken",
            "reason_required",
            "policy_denied",
        ),
    ),
)
_REQUEST_OPERATIONS = (
    Operation(
        name="readChangeRequest",
        method="get",
        path=_REQUEST,
        tag=Tag.OWNER,
        roles=("owner",),
        summary="One change request",
        description="What the workshop was asked, and what became of it.",
        answers=(
            Answer(
                description="The change request.",
                shown={"pending": listed.REQUEST_READ},
            ),
        ),
    ),
    Operation(
        name="withdrawChangeRequest",
        method="post",
        path=f"{_REQUEST}/withdraw",
        tag=Tag.OWNER,
        roles=("owner",),
        summary="Take a change request back",
        description="Open requests only; a second time changes nothing.",
        parameters=COMMAND,
        answers=(changed("It is withdrawn.", withdrawn=examples.WITHDRAWN),),
        codes=("request_closed",),
    ),
    Operation(
        name="answerCounter",
        method="post",
        path=f"{_REQUEST}/decision",
        tag=Tag.OWNER,
        roles=("owner",),
        summary="Accept or decline what the workshop proposed",
        description="Accepted, the booking is moved there at once.",
        body=(schemas.Reply,),
        parameters=COMMAND,
        answers=(changed("It is answered.", accepted=examples.ACCEPTED),),
        codes=(
            "booking_closed",
            "booking_in_progress",
            "request_closed",
            "not_countered",
            "slot_unbookable",
            "slot_taken",
        ),
    ),
)
_UPLOAD_OPERATIONS = (
    Operation(
        name="announceUpload",
        method="post",
        path=f"{_BOOKING}/uploads",
        tag=Tag.OWNER,
        roles=("owner",),
        summary="Announce a file",
        description="Its bytes are then sent to where `Location` says.",
        body=(schemas.UploadAnnounced,),
        parameters=COMMAND,
        answers=(
            Answer(
                status=201,
                description="It is awaited.",
                shown={"announced": listed.ANNOUNCED},
                headers=("Location",),
            ),
        ),
        codes=("thread_closed",),
    ),
    Operation(
        name="sendUpload",
        method="put",
        path=_UPLOAD,
        tag=Tag.OWNER,
        roles=("owner",),
        summary="Send the bytes of a file",
        description="What they are is told by themselves, and kept for a message.",
        # The header is not believed, so it need not be a good one.
        media=("application/octet-stream", *content_types.TYPES),
        parameters=COMMAND,
        answers=(Answer(description="It is kept.", shown={"kept": listed.SENT}),),
        codes=("malformed", "length", "format", "thread_closed", "upload_complete"),
    ),
    Operation(
        name="readUpload",
        method="get",
        path=_UPLOAD,
        tag=Tag.OWNER,
        roles=("owner",),
        summary="A file",
        description="As it was sent, to be saved.",
        answers=(
            Answer(
                description="The bytes.",
                media=tuple(content_types.TYPES),
                headers=("Content-Disposition",),
            ),
        ),
    ),
)

OPERATIONS = (
    *_LISTS,
    *_BOOKING_OPERATIONS,
    *_REQUEST_OPERATIONS,
    *_UPLOAD_OPERATIONS,
)
