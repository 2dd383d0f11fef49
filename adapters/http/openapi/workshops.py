"""What the people of a workshop can do, and what an auditor can see."""

from adapters import content_types
from adapters.http import schemas
from adapters.http.openapi import examples
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
_MANAGERS: tuple[Role, ...] = ("manager",)

_BOOKINGS = "/api/ws/bookings"
_BOOKING = f"{_BOOKINGS}/{{booking_id}}"
_REQUESTS = f"{_BOOKINGS}/change-requests"
_POLICY = "/api/ws/policy"
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
        answers=(Answer(description="A page.", shown={"page": examples.DESK}),),
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
        answers=(Answer(description="A page.", shown={"group": examples.GROUP}),),
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
        answers=(Answer(description="A page.", shown={"page": examples.REQUESTS}),),
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
        answers=(Answer(description="A page.", shown={"page": examples.MESSAGES}),),
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
        answers=(Answer(description="A page.", shown={"page": examples.HISTORY}),),
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
_STEPS = (
    Operation(
        name="confirmBooking",
        method="post",
        path=f"{_BOOKINGS}/confirm/{{booking_id}}",
        tag=Tag.WORKSHOP,
        roles=_DESK,
        summary="Accept a booking",
        description="A second time changes nothing.",
        parameters=COMMAND,
        answers=(changed("It is confirmed.", confirmed=examples.CONFIRMED),),
        codes=("booking_closed", "booking_in_progress"),
    ),
    Operation(
        name="cancelBooking",
        method="post",
        path=f"{_BOOKINGS}/cancel/{{booking_id}}",
        tag=Tag.WORKSHOP,
        roles=_DESK,
        summary="Decline or cancel a booking",
        description="One that was accepted is a manager's to cancel.",
        body=(schemas.Cancellation,),
        parameters=COMMAND,
        answers=(changed("It is cancelled.", cancelled=examples.CANCELLED),),
        codes=("booking_closed", "booking_in_progress"),
    ),
    Operation(
        name="completeBooking",
        method="post",
        path=f"{_BOOKINGS}/complete/{{booking_id}}",
        tag=Tag.WORKSHOP,
        roles=_DESK,
        summary="Say that the work is done",
        description="The booking is in progress until then.",
        parameters=COMMAND,
        answers=(changed("It is completed.", completed=examples.COMPLETED),),
        codes=("booking_closed", "not_confirmed", "not_started"),
    ),
    Operation(
        name="takeStep",
        method="post",
        path=f"{_BOOKINGS}/status",
        tag=Tag.WORKSHOP,
        roles=_DESK,
        summary="Begin the work, note that nobody came, or set a mark",
        description="The booking is the one that the body names.",
        body=(schemas.StatusStep, schemas.MarkStep),
        parameters=COMMAND,
        answers=(changed("It is noted.", in_progress=examples.STARTED),),
        codes=(
            "nothing_to_do",
            "conflicting_actions",
            "not_found",
            "booking_closed",
            "booking_in_progress",
            "not_confirmed",
            "too_early",
        ),
    ),
    Operation(
        name="writeToOwner",
        method="post",
        path=f"{_BOOKINGS}/message/{{booking_id}}",
        tag=Tag.WORKSHOP,
        roles=_DESK,
        summary="Write to the car owner",
        description="`client_message_id` makes it safe to send again.",
        body=(schemas.WantedMessage,),
        parameters=COMMAND,
        answers=(changed("It is in the thread.", message_appended=examples.SAID),),
        codes=("thread_closed",),
    ),
    Operation(
        name="decideChangeRequest",
        method="post",
        path=f"{_REQUESTS}/{{request_id}}/decision",
        tag=Tag.WORKSHOP,
        roles=_DESK,
        summary="Approve, reject, or propose another time",
        description="An approval swaps the slots at once; a rejection says why.",
        body=(schemas.Approve, schemas.Reject, schemas.Counter),
        parameters=COMMAND,
        answers=(changed("It is decided.", approved=examples.APPROVED),),
        codes=(
            "booking_closed",
            "booking_in_progress",
            "request_closed",
            "request_countered",
            "not_counterable",
            "slot_unbookable",
            "slot_taken",
        ),
    ),
)
_POLICIES = (
    Operation(
        name="readPolicy",
        method="get",
        path=_POLICY,
        tag=Tag.WORKSHOP,
        roles=_READERS,
        summary="The workshop's policy",
        description="As it holds now; `ETag` is its version.",
        parameters=("org_nr_asked",),
        answers=(changed("The policy.", policy=examples.POLICY),),
        codes=("not_found",),
    ),
    Operation(
        name="changePolicy",
        method="put",
        path=_POLICY,
        tag=Tag.WORKSHOP,
        roles=_MANAGERS,
        summary="Replace the policy",
        description="The whole document; what was decided by the old one stands.",
        body=(schemas.PolicyDocument,),
        parameters=COMMAND,
        answers=(changed("It holds from now on.", policy=examples.POLICY),),
        codes=("duplicate", "not_found"),
    ),
    Operation(
        name="simulatePolicy",
        method="post",
        path=f"{_POLICY}/simulate",
        tag=Tag.WORKSHOP,
        roles=_MANAGERS,
        summary="Try a policy on what was decided",
        description="Which decisions of a period would flip. Nothing is stored.",
        body=(schemas.Simulation,),
        answers=(
            Answer(
                description="The flips, by time.", shown={"one": examples.SIMULATION}
            ),
        ),
        codes=("duplicate", "not_found"),
    ),
)

OPERATIONS = (*_LISTS, *_BOOKING_OPERATIONS, *_STEPS, *_POLICIES)
