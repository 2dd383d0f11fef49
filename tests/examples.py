"""Named examples for all tests: one workshop in Oslo, one owner, one week of June.

A day's name is ten o'clock of that day in Oslo, as an instant in UTC.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain import commands, events
from domain.changes import Kind
from domain.events import (
    Attachment,
    BookingEvent,
    Mark,
    Origin,
    Recorded,
    Vehicle,
)
from domain.identity import Actor, Role
from domain.personal import Note, Plate, Reason, Words
from domain.policy import OFFICE, Policy, Service, Spans, Week
from domain.rules import PolicyDecision, RuleResult, Verdict
from domain.slots import Hold, HoldKind, Slot
from domain.workshop import Workshop

OSLO = "Europe/Oslo"
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

MONDAY = datetime(2026, 6, 1, 8, tzinfo=UTC)
TUESDAY = MONDAY + DAY
WEDNESDAY = TUESDAY + DAY
THURSDAY = WEDNESDAY + DAY
FRIDAY = THURSDAY + DAY
SATURDAY = FRIDAY + DAY
SUNDAY = SATURDAY + DAY
NEXT_MONDAY = SUNDAY + DAY
LAST_WEEK = MONDAY - 7 * DAY

OWNER = Actor(role=Role.OWNER, id="owner-1")
OTHER_OWNER = Actor(role=Role.OWNER, id="owner-2")
STAFF = Actor(role=Role.STAFF, id="staff-1")
MANAGER = Actor(role=Role.MANAGER, id="manager-1")
OPERATOR = Actor(role=Role.SYSTEM, id="cli")


def uuid(number: int) -> UUID:
    """Return a readable UUIDv7 of its own for each number."""
    return UUID(f"00000000-0000-7000-8000-{number:012d}")


GROUP = uuid(1)
REQUEST = uuid(2)
NEXT_REQUEST = uuid(3)
MESSAGE = uuid(4)
NEXT_MESSAGE = uuid(5)
CLIENT_MESSAGE = uuid(6)
UPLOAD = uuid(7)
OTHER_UPLOAD = uuid(8)
CALL = uuid(9)
COMMAND = uuid(10)

ORG_NR = 313001083
BOOKING_ID = 123
OTHER_BOOKING_ID = 123 + 1024

SERVICE = Service(id=1, name="Service", minutes=60, buffer=15)
TYRES = Service(id=2, name="Tyres", minutes=30)
POLICY = Policy(
    time_zone=OSLO,
    services=(SERVICE, TYRES),
    opening_hours=Week(
        mon=OFFICE, tue=OFFICE, wed=OFFICE, thu=OFFICE, fri=OFFICE, sat=OFFICE
    ),
)
WORKSHOP = Workshop(
    org_nr=ORG_NR, name="Verksted", policy=POLICY, policy_version=1, longest_hold=75
)
_ALWAYS: Spans = (("00:00", "24:00"),)
EVERY_DAY = Week(
    mon=_ALWAYS,
    tue=_ALWAYS,
    wed=_ALWAYS,
    thu=_ALWAYS,
    fri=_ALWAYS,
    sat=_ALWAYS,
    sun=_ALWAYS,
)
"""Open around the clock."""
VEHICLE = Vehicle(make="Volvo", model="240", year=1988)
PLATE = Plate(plate="AB12345")
PHOTO = Attachment(upload_id=UPLOAD, content_type="image/jpeg", size=1234)
INVOICE = Attachment(upload_id=OTHER_UPLOAD, content_type="application/pdf", size=99)


def slot(start: datetime, service: Service = SERVICE, *, bay: int = 1) -> Slot:
    end = start + service.minutes * MINUTE
    return Slot(start=start, end=end, free_at=end + service.buffer * MINUTE, bay=bay)


def judged(
    rule: str,
    *,
    basis: datetime,
    at: datetime,
    effect: Verdict = Verdict.ALLOW,
    verdict: Verdict | None = None,
    hours: int = 24,
    policy_version: int = 1,
    moves: int = 0,
    has_reason: bool = True,
) -> PolicyDecision:
    """Return the decision of an action whose notice `rule` said `effect`.

    All other rules of the action let it happen.
    """
    notice = RuleResult(
        id=rule,
        passed=effect is Verdict.ALLOW,
        limit=hours * 3600,
        actual=int((basis - at).total_seconds()),
        basis=basis.isoformat().replace("+00:00", "Z"),
        effect=effect,
    )
    others = {
        "reschedule_notice": (
            met("max_reschedules", limit=3, actual=moves, basis=moves),
            met("work_started"),
            met("price_change"),
        ),
        "cancel_notice": (met("work_started"), met("reason", actual=int(has_reason))),
    }
    return PolicyDecision(
        verdict=verdict or effect,
        policy_version=policy_version,
        rules=(notice, *others[rule]),
        evaluated_at=at,
    )


def met(
    rule: str, *, limit: int = 0, actual: int = 0, basis: str | int | None = None
) -> RuleResult:
    """Return what a rule says that lets an action happen."""
    return RuleResult(
        id=rule,
        passed=True,
        limit=limit,
        actual=actual,
        basis=basis,
        effect=Verdict.ALLOW,
    )


ADDED = events.WorkshopAdded(org_nr=ORG_NR, name="Verksted", policy=POLICY)
PLACED = events.Placed(
    booking_id=BOOKING_ID,
    owner=OWNER.id,
    org_nr=ORG_NR,
    group_id=GROUP,
    service=SERVICE,
    slot=slot(THURSDAY),
    vehicle=VEHICLE,
    personal=PLATE,
)
CONFIRMED = events.Confirmed()
MOVED_TO_FRIDAY = events.Rescheduled(
    service=SERVICE,
    slot=slot(FRIDAY),
    decision=judged("reschedule_notice", basis=THURSDAY, at=MONDAY),
)
CANCELLED = events.Cancelled(
    decision=judged("cancel_notice", basis=THURSDAY, at=MONDAY),
    personal=Reason(reason="Sold the car."),
)
SAID_HELLO = events.MessageAppended(message_id=MESSAGE, personal=Words(text="Hello."))
LATE = WEDNESDAY + HOUR
"""Too late, by an hour, to move or cancel Thursday's booking alone."""
ASKED_FOR_FRIDAY = events.ChangeRequested(
    change_request_id=REQUEST,
    kind=Kind.RESCHEDULE,
    from_start=THURSDAY,
    service=SERVICE,
    target=slot(FRIDAY),
    expires_at=THURSDAY,
    decision=judged(
        "reschedule_notice", basis=THURSDAY, at=LATE, effect=Verdict.REQUEST
    ),
)
ASKED_TO_CANCEL = events.ChangeRequested(
    change_request_id=REQUEST,
    kind=Kind.CANCEL,
    from_start=THURSDAY,
    expires_at=THURSDAY,
    decision=judged("cancel_notice", basis=THURSDAY, at=LATE, effect=Verdict.REQUEST),
    personal=Reason(reason="Sold the car."),
)
SUPERSEDED = events.ChangeSuperseded(change_request_id=REQUEST)
STARTED = events.Started()
COMPLETED = events.Completed()
MISSED = events.NoShowRecorded()
PARTS_ORDERED = events.Marked(mark=Mark.PARTS_ORDERED)
VEHICLE_RECEIVED = events.Marked(mark=Mark.VEHICLE_RECEIVED)
COUNTERED_WITH_SATURDAY = events.ChangeCountered(
    change_request_id=REQUEST,
    service=SERVICE,
    target=slot(SATURDAY),
    expires_at=THURSDAY,
    personal=Note(note="Friday is full."),
)
"""What the workshop answers to the wish for Friday."""
APPROVED = events.ChangeApproved(
    change_request_id=REQUEST,
    kind=Kind.RESCHEDULE,
    service=SERVICE,
    slot=slot(FRIDAY),
    personal=Note(note="See you then."),
)
ACCEPTED = events.ChangeApproved(
    change_request_id=REQUEST,
    kind=Kind.RESCHEDULE,
    service=SERVICE,
    slot=slot(SATURDAY),
)
APPROVED_CANCEL = events.ChangeApproved(change_request_id=REQUEST, kind=Kind.CANCEL)
REJECTED = events.ChangeRejected(
    change_request_id=REQUEST, personal=Note(note="The part is ordered.")
)
DECLINED = events.ChangeRejected(change_request_id=REQUEST)
WITHDRAWN = events.ChangeWithdrawn(change_request_id=REQUEST)
EXPIRED = events.ChangeExpired(change_request_id=REQUEST)
ERASED = events.Erased()


def origin(at: datetime = LAST_WEEK, by: Actor = OWNER) -> Origin:
    return Origin(at=at, actor=by, request_id=CALL, command_id=COMMAND)


def recorded(
    event: BookingEvent,
    *,
    version: int = 1,
    at: datetime = LAST_WEEK,
    by: Actor = OWNER,
) -> Recorded[BookingEvent]:
    return Recorded(version=version, origin=origin(at, by), event=event)


def hold(
    start: datetime,
    *,
    service: Service = SERVICE,
    bay: int = 1,
    booking_id: int = OTHER_BOOKING_ID,
    org_nr: int = ORG_NR,
    kind: HoldKind = HoldKind.SLOT,
    expires_at: datetime | None = None,
) -> Hold:
    """Return what another booking at `start` takes."""
    taken = slot(start, service, bay=bay)
    return Hold(
        org_nr=org_nr,
        booking_id=booking_id,
        kind=kind,
        bay=bay,
        start=taken.start,
        free_at=taken.free_at,
        expires_at=expires_at,
    )


def place(
    start: datetime = THURSDAY, *, at: datetime = MONDAY, service: Service = SERVICE
) -> commands.Place:
    return commands.Place(
        at=at,
        by=OWNER,
        booking_id=BOOKING_ID,
        owner=OWNER.id,
        org_nr=ORG_NR,
        group_id=GROUP,
        service_id=service.id,
        start=start,
        vehicle=VEHICLE,
        personal=PLATE,
    )


def confirm(*, at: datetime = MONDAY) -> commands.Confirm:
    return commands.Confirm(at=at, by=STAFF)


def move(
    *, to: datetime, at: datetime = MONDAY, request: UUID = REQUEST
) -> commands.Reschedule:
    return commands.Reschedule(at=at, by=OWNER, start=to, change_request_id=request)


def cancel(
    reason: str | None = "Sold the car.",
    *,
    at: datetime = MONDAY,
    request: UUID = REQUEST,
) -> commands.Cancel:
    return commands.Cancel(
        at=at,
        by=OWNER,
        change_request_id=request,
        personal=None if reason is None else Reason(reason=reason),
    )


def say(
    text: str | None = "Hello.",
    *,
    at: datetime = MONDAY,
    uploads: tuple[UUID, ...] = (),
    captions: tuple[str | None, ...] = (),
    client_message_id: UUID | None = None,
    message: UUID = MESSAGE,
) -> commands.AppendMessage:
    return commands.AppendMessage(
        at=at,
        by=OWNER,
        message_id=message,
        personal=Words(text=text, captions=captions),
        uploads=uploads,
        client_message_id=client_message_id,
    )
