"""Answers as they look: a booking of Kari's, who wants to come at another time."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from adapters.http import envelopes
from application import shapes
from application.shapes import ByBody
from domain.allowed import Allowed, AllowedActions, AllowedMessage, Mode
from domain.changes import Kind, RequestStatus
from domain.identity import Role
from domain.rules import PolicyDecision, RuleResult, Verdict
from domain.structs import replace

NOW = datetime(2026, 2, 11, 13, tzinfo=UTC)
START = datetime(2026, 2, 12, 10, tzinfo=UTC)
LATER = datetime(2026, 2, 13, 9, tzinfo=UTC)
_OSLO = timezone(timedelta(hours=1))
_ASKED = UUID("0193a1b2-1234-7abc-8def-0123456789ab")
UPLOAD = UUID("0193a1b2-9abc-7abc-8def-0123456789ab")
_OWNER = ByBody(role=Role.OWNER)
_STAFF = ByBody(role=Role.STAFF)

REQUEST = shapes.ChangeRequestBody(
    id=_ASKED,
    booking_id=123,
    kind=Kind.RESCHEDULE,
    status=RequestStatus.PENDING,
    from_=shapes.StartBody(start=START),
    to=shapes.StartBody(start=LATER),
    reason=None,
    requested_by=_OWNER,
    requested_at=NOW,
    expires_at=START,
    blocked_by=("reschedule_notice",),
    counter=None,
    decision=None,
)
BOOKING = shapes.BookingBody(
    id=123,
    group_id=UUID("0193a1b2-0000-7abc-8def-0123456789ab"),
    status="CONFIRMED",
    service_start_time=START,
    service_end_time=START + timedelta(hours=1),
    time_zone="Europe/Oslo",
    local_start=START.astimezone(_OSLO),
    workshop=shapes.WorkshopBody(org_nr=313001083, name="Fjordgata Verksted"),
    vehicle=shapes.VehicleBody(plate="AB 12345", make="Volvo", model="240", year=1988),
    service=shapes.ServiceBody(id=1, name="Service", minutes=60),
    revision=2,
    reschedule_count=0,
    cancellation=None,
    pending_change_request=None,
    allowed_actions=AllowedActions(
        reschedule=Allowed(mode=Mode.REQUEST, until=None),
        cancel=Allowed(mode=Mode.REQUEST, until=None),
        message=AllowedMessage(until=START + timedelta(days=30, hours=1)),
    ),
)
MESSAGE = shapes.MessageBody(
    id=UUID("0193a1b2-5678-7abc-8def-0123456789ab"),
    client_message_id=None,
    author=_OWNER,
    text="I cannot come before Friday.",
    attachments=(
        shapes.AttachmentBody(
            upload_id=UPLOAD,
            caption="The dent",
            content_type="image/jpeg",
            size=48213,
        ),
    ),
    change_request_id=_ASKED,
    created_at=NOW,
)
DECISION = PolicyDecision(
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
    evaluated_at=NOW,
)
META = envelopes.Meta(
    request_id=UUID("0193a1b2-7b1f-7d3e-8c55-0123456789ab"),
    generated_at=NOW,
    position="1:42",
)
PAGE = envelopes.ListMeta(
    request_id=META.request_id,
    generated_at=NOW,
    position="1:42",
    next_cursor=None,
)


def _result(outcome: str, *changed: str) -> shapes.ResultBody:
    return shapes.ResultBody(
        outcome=outcome,
        changed=changed,
        change_request=None,
        message=None,
        attachments=(),
        policy_decision=None,
    )


def _answer(booking: shapes.BookingBody) -> envelopes.BookingEnvelope:
    return envelopes.BookingEnvelope(data=booking, meta=META)


_MOVED = replace(
    BOOKING,
    service_start_time=LATER,
    service_end_time=LATER + timedelta(hours=1),
    local_start=LATER.astimezone(_OSLO),
    revision=4,
    reschedule_count=1,
)
_OPEN = replace(BOOKING, revision=3, pending_change_request=REQUEST)
_ANSWERED = replace(
    REQUEST,
    status=RequestStatus.APPROVED,
    counter=shapes.CounterBody(start=LATER, note="Friday would do.", at=NOW),
    decision=shapes.DecisionBody(by=_OWNER, at=NOW, note=None),
)
_WITHDRAWN = replace(
    REQUEST,
    status=RequestStatus.WITHDRAWN,
    decision=shapes.DecisionBody(by=_OWNER, at=NOW, note=None),
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
        cancellation=shapes.CancellationBody(
            reason="The car is sold.", by=_OWNER, at=NOW
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
            policy_decision=DECISION,
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
                decision=shapes.DecisionBody(by=_STAFF, at=NOW, note=None),
            ),
        ),
    )
)
