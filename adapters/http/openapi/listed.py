"""Answers as they look: lists, files and policies, around the booking of `examples`."""

from datetime import timedelta

from adapters.http import envelopes
from adapters.http.openapi import examples
from adapters.http.workshop import shapes
from application import history, simulation
from application.shapes import PolicyBody
from domain.identity import Role
from domain.rules import Verdict

REQUEST_READ = envelopes.ChangeRequestEnvelope(
    data=examples.REQUEST, meta=examples.META
)
GROUPS = envelopes.GroupsEnvelope(
    data=[
        envelopes.Group(group_id=examples.BOOKING.group_id, bookings=[examples.BOOKING])
    ],
    meta=examples.PAGE,
)
BOOKINGS = envelopes.BookingsEnvelope(data=[examples.BOOKING], meta=examples.PAGE)
REQUESTS = envelopes.ChangeRequestsEnvelope(data=[examples.REQUEST], meta=examples.PAGE)
MESSAGES = envelopes.MessagesEnvelope(data=[examples.MESSAGE], meta=examples.PAGE)
OPENINGS = envelopes.AvailabilityEnvelope(
    data=[
        envelopes.OpeningBody(
            start=examples.LATER, end=examples.LATER + timedelta(hours=1), bays=2
        )
    ],
    meta=examples.META,
)
HISTORY = envelopes.HistoryEnvelope(
    data=[
        history.Entry(
            version=2,
            position="1:41",
            at=examples.NOW,
            actor=history.ActorBody(role=Role.STAFF, id=None),
            request_id=examples.META.request_id,
            type="booking.confirmed",
            changes=(history.Change(field="status", from_="PENDING", to="CONFIRMED"),),
            policy_decision=None,
            override=None,
            change_request_id=None,
        )
    ],
    meta=examples.PAGE,
)
ANNOUNCED = envelopes.UploadEnvelope(
    data=envelopes.UploadBody(
        id=examples.UPLOAD, content_type=None, size=48213, sha256=None
    ),
    meta=examples.META,
)
SENT = envelopes.UploadEnvelope(
    data=envelopes.UploadBody(
        id=examples.UPLOAD, content_type="image/jpeg", size=48213, sha256="ab" * 32
    ),
    meta=examples.META,
)
_DESK = shapes.DeskMeta(
    request_id=examples.META.request_id,
    generated_at=examples.NOW,
    position="1:42",
    total=1,
    page=1,
    page_size=50,
)
DESK = shapes.DeskEnvelope(
    items=[
        shapes.DeskBooking(
            id=examples.BOOKING.id,
            status=examples.BOOKING.status,
            start_time=examples.START,
            end_time=examples.BOOKING.service_end_time,
            group_id=examples.BOOKING.group_id,
            service=examples.BOOKING.service,
            vehicle=examples.BOOKING.vehicle,
            change_request_id=None,
        )
    ],
    meta=_DESK,
)
GROUP = shapes.GroupEnvelope(
    data=envelopes.Group(
        group_id=examples.BOOKING.group_id, bookings=[examples.BOOKING]
    ),
    meta=_DESK,
)
POLICY = shapes.PolicyEnvelope(
    data=PolicyBody(time_zone="Europe/Oslo", version=1), meta=examples.META
)
SIMULATION = shapes.SimulationEnvelope(
    data=simulation.Simulated(
        decisions=1,
        flipped=1,
        flips=(
            simulation.Flip(
                booking_id=123,
                version=3,
                type="booking.change_requested",
                at=examples.NOW,
                from_=Verdict.REQUEST,
                to=Verdict.ALLOW,
                rules=("reschedule_notice",),
            ),
        ),
    ),
    meta=examples.META,
)
