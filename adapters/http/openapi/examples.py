"""Answers as they look: a booking of Kari's, who wants to come at another time."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from adapters.http import envelopes
from adapters.http.workshop import shapes
from application import bodies, history, simulation
from application.bodies import ByBody
from domain.allowed import Allowed, AllowedActions, AllowedMessage, Mode
from domain.changes import Kind, RequestStatus
from domain.identity import Role
from domain.rules import PolicyDecision, RuleResult, Verdict
from domain.structs import replace

_NOW = datetime(2026, 2, 11, 13, tzinfo=UTC)
_START = datetime(2026, 2, 12, 10, tzinfo=UTC)
_LATER = datetime(2026, 2, 13, 9, tzinfo=UTC)
_OSLO = timezone(timedelta(hours=1))
_ASKED = UUID("0193a1b2-1234-7abc-8def-0123456789ab")
_UPLOAD = UUID("0193a1b2-9abc-7abc-8def-0123456789ab")
_OWNER = ByBody(role=Role.OWNER)
_STAFF = ByBody(role=Role.STAFF)

REQUEST = bodies.ChangeRequestBody(
    id=_ASKED,
    booking_id=123,
    kind=Kind.RESCHEDULE,
    status=RequestStatus.PENDING,
    from_=bodies.StartBody(start=_START),
    to=bodies.StartBody(start=_LATER),
    reason=None,
    requested_by=_OWNER,
    requested_at=_NOW,
    expires_at=_START,
    blocked_by=("reschedule_notice",),
    counter=None,
    decision=None,
)
BOOKING = bodies.BookingBody(
    id=123,
    group_id=UUID("0193a1b2-0000-7abc-8def-0123456789ab"),
    status="CONFIRMED",
    service_start_time=_START,
    service_end_time=_START + timedelta(hours=1),
    time_zone="Europe/Oslo",
    local_start=_START.astimezone(_OSLO),
    workshop=bodies.WorkshopBody(org_nr=313001083, name="Fjordgata Verksted"),
    vehicle=bodies.VehicleBody(plate="AB 12345", make="Volvo", model="240", year=1988),
    service=bodies.ServiceBody(id=1, name="Service", minutes=60),
    revision=2,
    reschedule_count=0,
    cancellation=None,
    pending_change_request=None,
    allowed_actions=AllowedActions(
        reschedule=Allowed(mode=Mode.REQUEST, until=None),
        cancel=Allowed(mode=Mode.REQUEST, until=None),
        message=AllowedMessage(until=_START + timedelta(days=30, hours=1)),
    ),
)
MESSAGE = bodies.MessageBody(
    id=UUID("0193a1b2-5678-7abc-8def-0123456789ab"),
    client_message_id=None,
    author=_OWNER,
    text="I cannot come before Friday.",
    attachments=(
        bodies.AttachmentBody(
            upload_id=_UPLOAD,
            caption="The dent",
            content_type="image/jpeg",
            size=48213,
        ),
    ),
    change_request_id=_ASKED,
    created_at=_NOW,
)
_DECISION = PolicyDecision(
    verdict=Verdict.REQUEST,
    policy_version=1,
    rules=(
        RuleResult(
            id="reschedule_notice",
            passed=False,
            limit=86400,
            actual=75600,
            basis="2026-02-12T10:00:00Z",
            effect=Verdict.REQUEST,
        ),
        RuleResult(
            id="max_reschedules",
            passed=True,
            limit=3,
            actual=0,
            basis=0,
            effect=Verdict.ALLOW,
        ),
    ),
    evaluated_at=_NOW,
)
_META = envelopes.Meta(
    request_id=UUID("0193a1b2-7b1f-7d3e-8c55-0123456789ab"),
    generated_at=_NOW,
    position="1:42",
)
_PAGE = envelopes.ListMeta(
    request_id=_META.request_id,
    generated_at=_NOW,
    position="1:42",
    next_cursor=None,
)


def _result(outcome: str, *changed: str) -> bodies.ResultBody:
    return bodies.ResultBody(
        outcome=outcome,
        changed=changed,
        change_request=None,
        message=None,
        attachments=(),
        policy_decision=None,
    )


def _answer(booking: bodies.BookingBody) -> envelopes.BookingEnvelope:
    return envelopes.BookingEnvelope(data=booking, meta=_META)


_MOVED = replace(
    BOOKING,
    service_start_time=_LATER,
    service_end_time=_LATER + timedelta(hours=1),
    local_start=_LATER.astimezone(_OSLO),
    revision=4,
    reschedule_count=1,
)
_OPEN = replace(BOOKING, revision=3, pending_change_request=REQUEST)
_ANSWERED = replace(
    REQUEST,
    status=RequestStatus.APPROVED,
    counter=bodies.CounterBody(start=_LATER, note="Friday would do.", at=_NOW),
    decision=bodies.DecisionBody(by=_OWNER, at=_NOW, note=None),
)
_WITHDRAWN = replace(
    REQUEST,
    status=RequestStatus.WITHDRAWN,
    decision=bodies.DecisionBody(by=_OWNER, at=_NOW, note=None),
)
READ = _answer(BOOKING)
PLACED = _answer(
    replace(BOOKING, status="PENDING", revision=1, result=_result("placed"))
)
MOVED = _answer(replace(_MOVED, result=_result("rescheduled", "service_start_time")))
CANCELLED = _answer(
    replace(
        BOOKING,
        status="CANCELLED",
        revision=3,
        cancellation=bodies.CancellationBody(
            reason="The car is sold.", by=_OWNER, at=_NOW
        ),
        result=_result("cancelled", "status"),
    )
)
SAID = _answer(
    replace(
        BOOKING,
        result=replace(_result("message_appended", "message"), message=MESSAGE),
    )
)
ASKED = _answer(
    replace(
        _OPEN,
        result=replace(
            _result("change_requested", "message", "attachments"),
            change_request=REQUEST,
            message=MESSAGE,
            attachments=MESSAGE.attachments,
            policy_decision=_DECISION,
        ),
    )
)
WITHDRAWN = _answer(
    replace(
        BOOKING,
        revision=4,
        result=replace(_result("withdrawn"), change_request=_WITHDRAWN),
    )
)
ACCEPTED = _answer(
    replace(
        _MOVED,
        result=replace(
            _result("accepted", "service_start_time"), change_request=_ANSWERED
        ),
    )
)
CONFIRMED = _answer(replace(BOOKING, result=_result("confirmed", "status")))
STARTED = _answer(
    replace(
        BOOKING,
        status="IN_PROGRESS",
        revision=3,
        result=_result("in_progress", "status"),
    )
)
COMPLETED = _answer(
    replace(
        BOOKING, status="COMPLETED", revision=4, result=_result("completed", "status")
    )
)
APPROVED = _answer(
    replace(
        _MOVED,
        result=replace(
            _result("approved", "service_start_time"),
            change_request=replace(
                REQUEST,
                status=RequestStatus.APPROVED,
                decision=bodies.DecisionBody(by=_STAFF, at=_NOW, note=None),
            ),
        ),
    )
)
REQUEST_READ = envelopes.ChangeRequestEnvelope(data=REQUEST, meta=_META)
GROUPS = envelopes.GroupsEnvelope(
    data=[envelopes.Group(group_id=BOOKING.group_id, bookings=[BOOKING])], meta=_PAGE
)
BOOKINGS = envelopes.BookingsEnvelope(data=[BOOKING], meta=_PAGE)
REQUESTS = envelopes.ChangeRequestsEnvelope(data=[REQUEST], meta=_PAGE)
MESSAGES = envelopes.MessagesEnvelope(data=[MESSAGE], meta=_PAGE)
OPENINGS = envelopes.AvailabilityEnvelope(
    data=[envelopes.OpeningBody(start=_LATER, end=_LATER + timedelta(hours=1), bays=2)],
    meta=_META,
)
HISTORY = envelopes.HistoryEnvelope(
    data=[
        history.Entry(
            version=2,
            position="1:41",
            at=_NOW,
            actor=history.ActorBody(role=Role.STAFF, id=None),
            request_id=_META.request_id,
            type="booking.confirmed",
            changes=(history.Change(field="status", from_="PENDING", to="CONFIRMED"),),
            policy_decision=None,
            override=None,
            change_request_id=None,
        )
    ],
    meta=_PAGE,
)
ANNOUNCED = envelopes.UploadEnvelope(
    data=envelopes.UploadBody(id=_UPLOAD, content_type=None, size=48213, sha256=None),
    meta=_META,
)
SENT = envelopes.UploadEnvelope(
    data=envelopes.UploadBody(
        id=_UPLOAD, content_type="image/jpeg", size=48213, sha256="ab" * 32
    ),
    meta=_META,
)
_DESK = shapes.DeskMeta(
    request_id=_META.request_id,
    generated_at=_NOW,
    position="1:42",
    total=1,
    page=1,
    page_size=50,
)
DESK = shapes.DeskEnvelope(
    items=[
        shapes.DeskBooking(
            id=BOOKING.id,
            status=BOOKING.status,
            start_time=_START,
            end_time=BOOKING.service_end_time,
            group_id=BOOKING.group_id,
            service=BOOKING.service,
            vehicle=BOOKING.vehicle,
            change_request_id=None,
        )
    ],
    meta=_DESK,
)
GROUP = shapes.GroupEnvelope(
    data=envelopes.Group(group_id=BOOKING.group_id, bookings=[BOOKING]), meta=_DESK
)
POLICY = shapes.PolicyEnvelope(
    data=bodies.PolicyBody(time_zone="Europe/Oslo", version=1), meta=_META
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
                at=_NOW,
                from_=Verdict.REQUEST,
                to=Verdict.ALLOW,
                rules=("reschedule_notice",),
            ),
        ),
    ),
    meta=_META,
)
