"""What takes a booking or a change request one step on at the workshop."""

from adapters.http import schemas
from adapters.http.openapi import examples
from adapters.http.openapi.operation import COMMAND, Operation, Tag, changed
from adapters.tokens import Role

_DESK: tuple[Role, ...] = ("staff", "manager")
_BOOKINGS = "/api/ws/bookings"

OPERATIONS = (
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
        path=f"{_BOOKINGS}/change-requests/{{request_id}}/decision",
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
