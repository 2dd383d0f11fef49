"""Every body that is sent, as the documentation shows it; `application` checks them.

A test holds the two against each other. `EXAMPLES` has some of each, by name.
"""

from collections.abc import Mapping
from typing import Any

from adapters.http.schemas.bookings import (
    Change,
    NewBooking,
    NewBookingForOwner,
    Override,
    WantedMessage,
    WantedUpload,
    WantedVehicle,
    WorkshopChange,
)
from adapters.http.schemas.policies import PolicyDocument, Simulation
from adapters.http.schemas.steps import (
    Approve,
    Cancellation,
    Counter,
    MarkStep,
    Reject,
    Reply,
    StatusStep,
    UploadAnnounced,
)

__all__ = [
    "EXAMPLES",
    "Approve",
    "Cancellation",
    "Change",
    "Counter",
    "MarkStep",
    "NewBooking",
    "NewBookingForOwner",
    "Override",
    "PolicyDocument",
    "Reject",
    "Reply",
    "Simulation",
    "StatusStep",
    "UploadAnnounced",
    "WantedMessage",
    "WantedUpload",
    "WantedVehicle",
    "WorkshopChange",
]

_ID = "0193a1b2-1234-7abc-8def-0123456789ab"
_SAID = {"text": "The brakes squeal.", "client_message_id": _ID}
_MOVE = {
    "service_start_time": "2026-02-12T10:00:00Z",
    "message": {"text": "I will be ten minutes late."},
}
_CANCEL = {
    "status": "CANCELLED",
    "cancellation_reason": "The car is sold.",
    "message": {"text": "Thank you all the same."},
}
_BOOKING = {
    "org_nr": 313001083,
    "service_id": 1,
    "service_start_time": "2026-02-12T10:00:00+01:00",
    "vehicle": {"plate": "AB 12345", "make": "Volvo", "model": "240", "year": 1988},
}
_POLICY = {
    "time_zone": "Europe/Oslo",
    "bays": 2,
    "services": [{"id": 1, "name": "Service", "minutes": 60, "buffer": 15}],
    "opening_hours": {"mon": [["08:00", "12:00"], ["13:00", "16:00"]]},
    "holidays": ["2026-12-25"],
    "price_bands": [
        {"days": ["sat"], "from": "08:00", "to": "16:00", "band": "weekend"}
    ],
    "rules": {
        "reschedule_notice": {"hours": 24, "effect": "REQUEST"},
        "cancel_notice": {"hours": 24, "effect": "DENY"},
        "max_reschedules": {"limit": 3, "effect": "REQUEST"},
        "work_started": {"effect": "REQUEST"},
        "price_change": {"effect": "REQUEST"},
        "reason": {"required": True},
        "open_bookings": {"limit": 5},
        "target_window": {
            "lead_minutes": 120,
            "horizon_days": 90,
            "grid_minutes": 15,
        },
        "change_request": {"ttl_hours": 48},
    },
}
EXAMPLES: Mapping[type, Mapping[str, dict[str, Any]]] = {
    Change: {"move": _MOVE, "cancel": _CANCEL, "write": {"message": _SAID}},
    WorkshopChange: {
        "move": _MOVE,
        "override": {
            "service_start_time": "2026-02-12T10:00:00Z",
            "override": {"reason": "The customer cannot come at another time."},
        },
        "cancel": _CANCEL,
        "write": {"message": _SAID},
    },
    NewBooking: {
        "book": _BOOKING,
        "book again": _BOOKING | {"group_id": _ID, "message": _SAID},
    },
    NewBookingForOwner: {"book": _BOOKING | {"owner_id": "kari"}},
    WantedMessage: {"write": _SAID},
    Cancellation: {"cancel": {"reason": "The lift is broken."}},
    StatusStep: {
        "start": {"id": 123, "status": "IN_PROGRESS"},
        "no-show": {"id": 123, "status": "NO_SHOW"},
    },
    MarkStep: {"mark": {"id": 123, "mark": "PARTS_ORDERED"}},
    Reply: {
        "accept": {"decision": "accept"},
        "decline": {"decision": "decline", "note": "That is too late for me."},
    },
    Approve: {"approve": {"decision": "approve"}},
    Reject: {"reject": {"decision": "reject", "note": "The parts are ordered."}},
    Counter: {
        "counter": {
            "decision": "counter",
            "proposed_start_time": "2026-02-13T09:00:00Z",
            "note": "Friday would do.",
        }
    },
    UploadAnnounced: {
        "photo": {"name": "dent.jpg", "size": 48213},
        "checked": {"size": 48213, "sha256": "ab" * 32},
    },
    PolicyDocument: {"policy": _POLICY, "defaults": {"time_zone": "Europe/Oslo"}},
    Simulation: {
        "simulate": {
            "policy": _POLICY,
            "from": "2026-01-01T00:00:00Z",
            "to": "2026-02-01T00:00:00Z",
        }
    },
}
