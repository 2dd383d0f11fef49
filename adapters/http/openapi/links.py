"""Where an answer leads: which operations take the ids that it has."""

from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]

_BOOKING = {"booking_id": "$response.body#/data/id"}
_ASKED = "$response.body#/data/result/change_request/id"
_UPLOAD = {
    "booking_id": "$request.path.booking_id",
    "upload_id": "$response.body#/data/id",
}
_GROUP = {"group_id": "$response.body#/data/group_id"}

_OWNERS = (
    "readBooking",
    "changeBooking",
    "listMessages",
    "listHistory",
    "listChangeRequests",
    "announceUpload",
)
_OWNERS_ON_REQUEST = ("readChangeRequest", "withdrawChangeRequest", "answerCounter")
_DESKS = (
    "readDeskBooking",
    "changeDeskBooking",
    "confirmBooking",
    "completeBooking",
    "cancelBooking",
    "writeToOwner",
    "listDeskMessages",
    "listDeskHistory",
)


_OPENING = {
    "org_nr": "$request.path.org_nr",
    "service_id": "$request.query.service_id",
    "service_start_time": "$response.body#/data/0/start",
}


def _links(operations: Iterable[str], parameters: Json) -> Json:
    return {
        operation: {"operationId": operation, "parameters": parameters}
        for operation in operations
    }


_OWNERS_BOOKING = _links((*_OWNERS, *_DESKS), _BOOKING)
_DESKS_BOOKING = _links(_DESKS, _BOOKING) | _links(("readGroup",), _GROUP)
_FIRST = {"booking_id": "$response.body#/data/0/bookings/0/id"}
_FIRST_LINE = {"booking_id": "$response.body#/items/0/id"}
_FIRST_REQUEST = {"request_id": "$response.body#/data/0/id"}

# By operation and status. A link whose id is not in the answer leads nowhere.
LINKS: dict[tuple[str, int], Json] = {
    ("listBookings", 200): _links(_OWNERS, _FIRST),
    ("findOpenings", 200): {
        operation: {"operationId": operation, "requestBody": _OPENING}
        for operation in ("placeBooking", "placeBookingForOwner")
    },
    ("placeBooking", 201): _OWNERS_BOOKING,
    ("readBooking", 200): _links(_OWNERS, _BOOKING),
    ("changeBooking", 200): _OWNERS_BOOKING,
    ("changeBooking", 202): _links(_OWNERS, _BOOKING)
    | _links(_OWNERS_ON_REQUEST, _BOOKING | {"request_id": _ASKED})
    | _links(("decideChangeRequest",), {"request_id": _ASKED}),
    ("withdrawChangeRequest", 200): _OWNERS_BOOKING,
    ("answerCounter", 200): _OWNERS_BOOKING,
    ("announceUpload", 201): _links(("sendUpload", "readUpload"), _UPLOAD),
    ("sendUpload", 200): _links(("readUpload", "readDeskUpload"), _UPLOAD),
    ("listDeskBookings", 200): _links(_DESKS, _FIRST_LINE),
    ("listDeskChangeRequests", 200): _links(("decideChangeRequest",), _FIRST_REQUEST),
    ("placeBookingForOwner", 201): _DESKS_BOOKING,
    ("readDeskBooking", 200): _DESKS_BOOKING,
    ("changeDeskBooking", 200): _DESKS_BOOKING,
    ("confirmBooking", 200): _DESKS_BOOKING,
    ("takeStep", 200): _DESKS_BOOKING,
    ("decideChangeRequest", 200): _DESKS_BOOKING,
}
