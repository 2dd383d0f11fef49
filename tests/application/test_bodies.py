"""What clients read: personal data opened, roles without ids, no id drawn in vain."""

from application import bodies, opening, shapes
from application.queries import Seen
from application.shapes import ByBody, CounterBody, StartBody
from application.stored import Head, StoredBooking
from domain.changes import RequestStatus
from domain.identity import Role
from tests.batches import KEY, VAULT, story
from tests.dsl import By
from tests.examples import (
    ACCEPTED,
    ASKED_FOR_FRIDAY,
    ASKED_TO_CANCEL,
    BOOKING_ID,
    CANCELLED,
    CONFIRMED,
    COUNTERED_WITH_SATURDAY,
    FRIDAY,
    GROUP,
    HOUR,
    LAST_WEEK,
    LATE,
    ORG_NR,
    OWNER,
    PLACED,
    POLICY,
    REQUEST,
    SATURDAY,
    SERVICE,
    THURSDAY,
    TYRES,
    WORKSHOP,
)

BOOKED = story(PLACED, CONFIRMED)
ASKED = story(PLACED, CONFIRMED, ASKED_FOR_FRIDAY)
WANTS_OUT = story(PLACED, CONFIRMED, ASKED_TO_CANCEL)


def seen(past, now=LATE, **members):
    head = Head(version=1, chain=bytes(32), at=LAST_WEEK, position=7)
    found = Seen(
        stored=StoredBooking(head=head, booking=past.booking),
        workshop=WORKSHOP,
        owner_key=KEY,
    )
    return bodies.seen(found, VAULT, now, **members), found


def test_a_booking_is_shown_with_all_that_the_contract_names():
    body, _found = seen(BOOKED)

    assert (body.id, body.group_id, body.status) == (BOOKING_ID, GROUP, "CONFIRMED")
    assert (body.service_start_time, body.service_end_time) == (
        THURSDAY,
        THURSDAY + HOUR,
    )
    assert body.time_zone == POLICY.time_zone
    assert body.local_start.isoformat() == "2026-06-04T10:00:00+02:00"
    assert (body.workshop.org_nr, body.workshop.name) == (ORG_NR, "Verksted")
    assert (body.vehicle.plate, body.vehicle.make) == ("AB12345", "Volvo")
    assert (body.vehicle.model, body.vehicle.year) == ("240", 1988)
    assert (body.service.id, body.service.name, body.service.minutes) == (
        SERVICE.id,
        SERVICE.name,
        SERVICE.minutes,
    )
    assert (body.revision, body.reschedule_count) == (2, 0)
    assert (body.cancellation, body.pending_change_request) == (None, None)


def test_a_booking_is_shown_as_the_clock_has_it():
    waiting = story(PLACED, ASKED_FOR_FRIDAY)

    before, _found = seen(waiting, THURSDAY - HOUR)
    after, _found = seen(waiting, THURSDAY)

    assert (before.status, after.status) == ("PENDING", "CANCELLED")
    assert before.pending_change_request is not None
    assert after.pending_change_request is None
    assert (before.revision, after.revision) == (2, 4)
    assert after.cancellation == shapes.CancellationBody(
        reason=None, by=ByBody(role=Role.SYSTEM), at=THURSDAY
    )


def test_a_cancelled_booking_says_by_whom_when_and_why():
    body, _found = seen(story(PLACED, CANCELLED))

    assert body.cancellation == shapes.CancellationBody(
        reason="Sold the car.", by=ByBody(role=Role.OWNER), at=LAST_WEEK
    )


def test_an_open_request_is_shown_with_all_that_the_contract_names():
    body, _found = seen(ASKED)

    assert body.pending_change_request == shapes.ChangeRequestBody(
        id=REQUEST,
        booking_id=BOOKING_ID,
        kind=ASKED_FOR_FRIDAY.kind,
        status=RequestStatus.PENDING,
        from_=StartBody(start=THURSDAY),
        to=StartBody(start=FRIDAY),
        reason=None,
        requested_by=ByBody(role=Role.OWNER),
        requested_at=LAST_WEEK,
        expires_at=THURSDAY,
        blocked_by=("reschedule_notice",),
        counter=None,
        decision=None,
    )


def test_a_wish_to_cancel_is_shown_with_its_reason_and_to_nowhere():
    request = seen(WANTS_OUT)[0].pending_change_request

    assert request is not None
    assert (request.to, request.reason) == (None, "Sold the car.")


def test_a_countered_request_shows_what_was_asked_and_what_is_proposed():
    past = story(PLACED, CONFIRMED, ASKED_FOR_FRIDAY, COUNTERED_WITH_SATURDAY)
    request = seen(past)[0].pending_change_request

    assert request is not None
    assert request.to == StartBody(start=FRIDAY)
    assert request.counter == CounterBody(
        start=SATURDAY, note="Friday is full.", at=LAST_WEEK
    )


def test_who_may_not_see_personal_data_sees_that_there_is_none():
    past = story(PLACED, CONFIRMED, ASKED_FOR_FRIDAY, COUNTERED_WITH_SATURDAY)

    body, _found = seen(past, opens=opening.masked(past.booking))

    assert body.vehicle.plate is None
    assert body.vehicle.make == "Volvo"
    request = body.pending_change_request
    assert request is not None
    assert request.counter is not None
    assert request.counter.note is None


def test_a_request_is_never_the_bookings_once_it_is_closed():
    past = story(
        PLACED,
        CONFIRMED,
        ASKED_FOR_FRIDAY,
        COUNTERED_WITH_SATURDAY,
        By(OWNER, ACCEPTED),
    )

    body, _found = seen(past)

    assert body.pending_change_request is None
    assert (body.service_start_time, body.reschedule_count) == (SATURDAY, 1)


def test_a_booking_expands_to_its_owner_and_its_workshop():
    body, found = seen(BOOKED)

    owner = bodies.with_owner(body, found).owner
    workshop = bodies.with_workshop(body, found).workshop
    assert isinstance(owner, shapes.OwnerBody)
    assert owner.id == OWNER.id
    assert (workshop.org_nr, workshop.name) == (ORG_NR, "Verksted")
    assert workshop.time_zone == POLICY.time_zone
    assert workshop.services == tuple(map(bodies.service, (SERVICE, TYRES)))
    assert (workshop.opening_hours, workshop.holidays) == (POLICY.opening_hours, ())


def test_a_policy_is_shown_whole_with_its_version():
    body = bodies.policy(POLICY, 3)

    assert body.version == 3
    assert all(
        getattr(body, name) == getattr(POLICY, name)
        for name in type(POLICY).__struct_fields__
    )


def test_a_position_names_its_cell():
    assert bodies.position(12) == "1:12"
