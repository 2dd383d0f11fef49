"""What each golden file says: an event at its place, in its stream."""

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from application import codec
from application.codec import StoredEvent
from domain import chain, clock, events
from domain.changes import Kind
from domain.events import (
    AnyEvent,
    Cancelled,
    ChangeRequested,
    Origin,
    Recorded,
    Rescheduled,
)
from domain.identity import Actor
from domain.personal import Reason, Words
from domain.policy import (
    Effect,
    MoveLimit,
    OpenLimit,
    Policy,
    PriceBand,
    PriceChange,
    ReasonTerms,
    Rules,
    WorkStarted,
)
from domain.structs import replace
from tests.examples import (
    ACCEPTED,
    APPROVED,
    APPROVED_CANCEL,
    ASKED_FOR_FRIDAY,
    ASKED_TO_CANCEL,
    CALL,
    CANCELLED,
    CLIENT_MESSAGE,
    COMMAND,
    COMPLETED,
    CONFIRMED,
    COUNTERED_WITH_SATURDAY,
    DECLINED,
    ERASED,
    EXPIRED,
    INVOICE,
    LATE,
    MANAGER,
    MESSAGE,
    MINUTE,
    MISSED,
    MOVED_TO_FRIDAY,
    OPERATOR,
    ORG_NR,
    OSLO,
    OWNER,
    PARTS_ORDERED,
    PHOTO,
    PLACED,
    POLICY,
    REJECTED,
    REQUEST,
    STAFF,
    STARTED,
    SUPERSEDED,
    VEHICLE,
    VEHICLE_RECEIVED,
    WITHDRAWN,
)
from tests.golden.box import FixedBox

FOLDER = Path(__file__).parent
BOX = FixedBox()
PREV = chain.genesis("golden")


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    stream: str
    recorded: Recorded[Any]

    @property
    def stored(self) -> StoredEvent:
        """The event as it is stored, its personal data sealed by `BOX`."""
        sealed = codec.seal(self.recorded, self.stream, BOX)
        return codec.record(sealed, self.stream, PREV)


def _shape(stream: str, version: int, event: AnyEvent, by: Actor = OWNER) -> Shape:
    return Shape(
        stream=stream,
        recorded=Recorded(
            version=version,
            origin=Origin(
                at=LATE + MINUTE / 7, actor=by, request_id=CALL, command_id=COMMAND
            ),
            event=event,
        ),
    )


def _booking(version: int, event: AnyEvent, by: Actor = OWNER) -> Shape:
    return _shape("booking-123", version, event, by)


def _workshop(version: int, event: AnyEvent) -> Shape:
    return _shape("workshop-313001083", version, event, OPERATOR)


E = TypeVar("E", Rescheduled, Cancelled, ChangeRequested)


def _by_notice_alone(event: E) -> E:
    """Return `event` with the one rule that the first policies had."""
    decision = event.decision
    assert decision is not None
    return replace(event, decision=replace(decision, rules=decision.rules[:1]))


ADDED = events.WorkshopAdded(org_nr=ORG_NR, name="Verksted & Sønn", policy=POLICY)
TWO_BAYS = events.PolicyChanged(
    policy=Policy(time_zone=OSLO, bays=2, holidays=("2026-12-25",))
)
WEEKEND = PriceBand(days=("sat", "sun"), opens="08:00", closes="24:00", band="Helg")
STRICT = Rules(
    max_reschedules=MoveLimit(limit=1, effect=Effect.DENY),
    work_started=WorkStarted(effect=Effect.DENY),
    price_change=PriceChange(effect=Effect.DENY),
    reason=ReasonTerms(required=True),
    open_bookings=OpenLimit(limit=2),
)

WRITTEN: dict[str, Shape] = {
    "booking.placed": _booking(1, PLACED),
    "booking.placed-by_plate_alone": _booking(
        1, replace(PLACED, vehicle=replace(VEHICLE, make=None, model=None, year=None))
    ),
    "booking.confirmed": _booking(2, CONFIRMED, STAFF),
    "booking.rescheduled-by_all_rules": _booking(3, MOVED_TO_FRIDAY),
    "booking.cancelled-by_all_rules": _booking(4, CANCELLED),
    "booking.cancelled-by_all_rules_without_reason": _booking(
        4, replace(CANCELLED, personal=None)
    ),
    "booking.message_appended": _booking(
        5,
        events.MessageAppended(message_id=MESSAGE, personal=Words(text="Hei, på deg!")),
    ),
    "booking.message_appended-with_everything": _booking(
        5,
        events.MessageAppended(
            message_id=MESSAGE,
            client_message_id=CLIENT_MESSAGE,
            attachments=(PHOTO, INVOICE),
            change_request_id=REQUEST,
            personal=Words(text="Two\nlines.", captions=("The dent.", None)),
        ),
    ),
    "booking.message_appended-of_uploads": _booking(
        300,
        events.MessageAppended(
            message_id=MESSAGE, attachments=(PHOTO,), personal=Words(captions=(None,))
        ),
    ),
    "booking.change_requested-by_all_rules": _booking(6, ASKED_FOR_FRIDAY),
    "booking.change_requested-cancel_by_all_rules": _booking(6, ASKED_TO_CANCEL),
    "booking.change_requested-cancel_by_all_rules_without_reason": _booking(
        6, replace(ASKED_TO_CANCEL, kind=Kind.CANCEL, personal=None)
    ),
    "booking.change_superseded": _booking(7, SUPERSEDED),
    "booking.rescheduled-by_override": _booking(
        3,
        replace(
            MOVED_TO_FRIDAY,
            override=True,
            personal=Reason(reason="The lift is broken."),
        ),
        MANAGER,
    ),
    "booking.rescheduled-by_the_workshop": _booking(
        3, replace(MOVED_TO_FRIDAY, decision=None), MANAGER
    ),
    "booking.cancelled-by_the_workshop": _booking(
        4, events.Cancelled(personal=Reason(reason="We are ill.")), MANAGER
    ),
    "booking.cancelled-by_the_clock": _booking(4, events.Cancelled(), clock.CLOCK),
    "booking.started": _booking(8, STARTED, STAFF),
    "booking.completed": _booking(9, COMPLETED, STAFF),
    "booking.no_show_recorded": _booking(9, MISSED, STAFF),
    "booking.marked": _booking(3, PARTS_ORDERED, STAFF),
    "booking.marked-vehicle_received": _booking(3, VEHICLE_RECEIVED, STAFF),
    "booking.change_countered": _booking(7, COUNTERED_WITH_SATURDAY, STAFF),
    "booking.change_countered-without_note": _booking(
        7, replace(COUNTERED_WITH_SATURDAY, personal=None), STAFF
    ),
    "booking.change_approved": _booking(8, APPROVED, STAFF),
    "booking.change_approved-by_the_owner": _booking(8, ACCEPTED),
    "booking.change_approved-cancel": _booking(8, APPROVED_CANCEL, STAFF),
    "booking.change_rejected": _booking(8, REJECTED, STAFF),
    "booking.change_rejected-without_note": _booking(8, DECLINED),
    "booking.change_withdrawn": _booking(8, WITHDRAWN),
    "booking.change_expired": _booking(8, EXPIRED, clock.CLOCK),
    "booking.erased": _booking(10, ERASED, OPERATOR),
    "workshop.added-with_all_rules": _workshop(1, ADDED),
    "workshop.policy_changed-with_all_rules": _workshop(
        2,
        events.PolicyChanged(
            policy=replace(TWO_BAYS.policy, price_bands=(WEEKEND,), rules=STRICT)
        ),
    ),
}
"""What today's release writes."""

READ_STILL: dict[str, Shape] = {
    "booking.rescheduled": _booking(3, _by_notice_alone(MOVED_TO_FRIDAY)),
    "booking.cancelled": _booking(4, _by_notice_alone(CANCELLED)),
    "booking.cancelled-without_reason": _booking(
        4, _by_notice_alone(replace(CANCELLED, personal=None))
    ),
    "booking.change_requested": _booking(
        6, _by_notice_alone(replace(ASKED_FOR_FRIDAY, service=None))
    ),
    "booking.change_requested-cancel": _booking(6, _by_notice_alone(ASKED_TO_CANCEL)),
    "booking.change_requested-cancel_without_reason": _booking(
        6, _by_notice_alone(replace(ASKED_TO_CANCEL, personal=None))
    ),
    "workshop.added": _workshop(1, ADDED),
    "workshop.policy_changed": _workshop(2, TWO_BAYS),
}
"""What earlier releases wrote, as today's release reads it."""


def tag_of(name: str) -> str:
    return name.partition("-")[0]
