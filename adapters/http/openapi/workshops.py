"""A workshop's bookings: what its people do with them, and what auditors see."""

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
from adapters.tokens import Role

_READERS: tuple[Role, ...] = ("staff", "manager", "auditor")
_DESK: tuple[Role, ...] = ("staff", "manager")

_BOOKINGS = "/api/ws/bookings"
_BOOKING = f"{_BOOKINGS}/{{booking_id}}"
_REQUESTS = f"{_BOOKINGS}/change-requests"
_NUMBERED = ("page", "page_size", "org_nr_asked")

_LISTS = (
    Operation(
        name="listDeskBookings",
        method="get",
        path=_BOOKINGS,
        tag=Tag.WORKSHOP,
        roles=_READERS,
        summary="The workshop's bookings",
        description="The earliest start first, a page at a time.",
        parameters=("status", "from", "to", *_NUMBERED),
        answers=(Answer(description="A page.", shown={"page": listed.DESK}),),
        codes=("not_found",),
    ),
    Operation(
        name="readGroup",
        method="get",
        path=f"{_BOOKINGS}/group/{{group_id}}",
        tag=Tag.WORKSHOP,
        roles=_READERS,
        summary="What was booked together",
        description="The earliest start first, a page at a time.",
        parameters=_NUMBERED,
        answers=(Answer(description="A page.", shown={"group": listed.GROUP}),),
    ),
    Operation(
        name="listDeskChangeRequests",
        method="get",
        path=_REQUESTS,
        tag=Tag.WORKSHOP,
        roles=_READERS,
        summary="What car owners ask of the workshop",
        description="Oldest first.",
        parameters=("request_status", *PAGE, "org_nr_asked"),
        answers=(Answer(description="A page.", shown={"page": listed.REQUESTS}),),
        codes=("not_found",),
    ),
)
_BOOKING_OPERATIONS = (
    Operation(
        name="placeBookingForOwner",
        method="post",
        path=_BOOKINGS,
        tag=Tag.WORKSHOP,
        roles=_DESK,
        summary="Book for a car owner",
        description="The booking is confirmed from the start.",
        body=(schemas.NewBookingForOwner,),
        parameters=("Idempotency-Key",),
        answers=(
            Answer(
                status=201,
                description="It is placed, and confirmed.",
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
        ),
    ),
    Operation(
        name="readDeskBooking",
        method="get",
        path=_BOOKING,
        tag=Tag.WORKSHOP,
        roles=_READERS,
        summary="One booking",
        description="As it is now, or was. Personal data are null for auditors.",
        parameters=("as_of",),
        answers=(changed("The booking.", booking=examples.READ),),
    ),
    Operation(
        name="changeDeskBooking",
        method="put",
        path=_BOOKING,
        tag=Tag.WORKSHOP,
        roles=_DESK,
        summary="Move, cancel, or write to the car owner",
        description=(
            "Moves and cancels are a manager's. With `override` a move beats every "
            "rule, but neither capacity nor the past."
        ),
        body=(schemas.WorkshopChange,),
        parameters=("dry_run", *COMMAND),
        answers=(
            changed(
                "It happened, or it was so already.",
                rescheduled=examples.MOVED,
                cancelled=examples.CANCELLED,
                message_appended=examples.SAID,
            ),
        ),
        codes=(
            "status_not_settable",
            "nothing_to_do",
            "conflicting_actions",
            "reason_without_cancel",
            "override_without_move",
            "thread_closed",
            "booking_closed",
            "booking_in_progress",
            "slot_unbookable",
            "slot_taken",
        ),
    ),
    Operation(
        name="listDeskMessages",
        method="get",
        path=f"{_BOOKING}/messages",
        tag=Tag.WORKSHOP,
        roles=_READERS,
        summary="The thread of a booking",
        description="What both sides wrote, oldest first.",
        parameters=PAGE,
        answers=(Answer(description="A page.", shown={"page": listed.MESSAGES}),),
    ),
    Operation(
        name="listDeskHistory",
        method="get",
        path=f"{_BOOKING}/history",
        tag=Tag.WORKSHOP,
        roles=_READERS,
        summary="What happened to a booking",
        description="Oldest first: who did it, what it changed, and by which rules.",
        parameters=PAGE,
        answers=(Answer(description="A page.", shown={"page": listed.HISTORY}),),
    ),
    Operation(
        name="readDeskUpload",
        method="get",
        path=f"{_BOOKING}/uploads/{{upload_id}}",
        tag=Tag.WORKSHOP,
        roles=_DESK,
        summary="A file of the thread",
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
OPERATIONS = (*_LISTS, *_BOOKING_OPERATIONS)
