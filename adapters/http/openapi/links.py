"""Where an answer leads: which operations take the ids that it has."""

from typing import Any

Json = dict[str, Any]

_BOOKING = {"booking_id": "$response.body#/data/id"}
_REQUEST = {
    "booking_id": "$response.body#/data/id",
    "request_id": "$response.body#/data/result/change_request/id",
}


def _link(operation: str, description: str, **parameters: str) -> Json:
    return {
        "operationId": operation,
        "description": description,
        "parameters": parameters,
    }


# By operation and status. A link whose id is not in the answer leads nowhere.
LINKS: dict[tuple[str, int], Json] = {
    ("listBookings", 200): {
        "read": _link(
            "readBooking",
            "The first booking of the page.",
            booking_id="$response.body#/data/0/bookings/0/id",
        ),
    },
    ("readBooking", 200): {
        "change": _link("changeBooking", "Change what was read.", **_BOOKING),
    },
    ("changeBooking", 200): {
        "read": _link("readBooking", "The booking as it is then.", **_BOOKING),
        "change": _link("changeBooking", "Change it further.", **_BOOKING),
    },
    ("changeBooking", 202): {
        "read": _link("readBooking", "The booking as it stays.", **_BOOKING),
        "request": _link(
            "readChangeRequest", "What the workshop was asked.", **_REQUEST
        ),
    },
}
