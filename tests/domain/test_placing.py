"""A booking comes into being: by its owner, whom limits bind, or by the workshop."""

import pytest

from domain import commands, errors
from domain.booking import Status
from domain.decide import Outcome
from domain.identity import Actor
from domain.policy import OpenLimit, Rules
from domain.structs import replace
from tests.dsl import given
from tests.examples import (
    BOOKING_ID,
    CONFIRMED,
    HOUR,
    MANAGER,
    MINUTE,
    MONDAY,
    OWNER,
    PLACED,
    POLICY,
    SAID_HELLO,
    SERVICE,
    STAFF,
    SUNDAY,
    THURSDAY,
    TYRES,
    hold,
    place,
    say,
    slot,
)

TWO_OPEN = replace(POLICY, rules=Rules(open_bookings=OpenLimit(limit=2)))
FULL = hold(THURSDAY)


def place_for(actor: Actor, *, group_given: bool = False) -> commands.Place:
    return replace(place(), by=actor, group_given=group_given)


def test_a_placed_booking_is_pending_in_the_lowest_free_bay():
    scenario = given().when(place())

    scenario.then(PLACED).then_outcome(Outcome.PLACED)
    assert scenario.booking.status is Status.PENDING
    assert scenario.decided.decision is None


def test_a_booking_takes_the_bay_that_is_left():
    scenario = given().under(replace(POLICY, bays=2)).beside(FULL)

    scenario.when(place()).then(replace(PLACED, slot=slot(THURSDAY, bay=2)))


def test_a_booking_takes_the_bay_that_the_clock_has_freed():
    """A hold that expired, and a PENDING booking whose start came."""
    given().beside(hold(THURSDAY, expires_at=MONDAY)).when(place()).then(PLACED)


def test_a_booking_does_not_take_the_bay_that_the_clock_will_free():
    given().beside(hold(THURSDAY, expires_at=MONDAY + MINUTE)).when(
        place()
    ).then_refused(errors.SlotTaken)


def test_a_booking_is_not_in_its_own_way():
    """As when a batch is decided again."""
    given().beside(hold(THURSDAY, booking_id=BOOKING_ID)).when(place()).then(PLACED)


def test_a_booking_takes_the_minutes_and_the_buffer_of_its_service():
    given().when(place(service=TYRES)).then(
        replace(PLACED, service=TYRES, slot=slot(THURSDAY, TYRES))
    )


def test_a_first_message_is_appended_to_what_was_just_placed():
    scenario = given().when(place(), say())

    scenario.then(PLACED, SAID_HELLO).then_outcome(Outcome.PLACED)


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (place(SUNDAY), errors.SlotUnbookable),
        (place(MONDAY + HOUR), errors.SlotUnbookable),
        (place(THURSDAY), errors.SlotTaken),
        (place(service=replace(SERVICE, id=9)), errors.ServiceUnknown),
        (place_for(OWNER, group_given=True), errors.GroupUnknown),
    ],
    ids=["closed", "too soon", "taken", "no such service", "no such group"],
)
@pytest.mark.parametrize("beside", [(), (say(),)], ids=["alone", "with a message"])
def test_an_impossible_booking_is_refused(command, refusal, beside):
    """Whether or not a first message came with it."""
    given().beside(FULL).when(command, *beside).then_refused(refusal)


def test_a_booking_is_placed_once():
    given(PLACED).when(place(), say()).then_refused(errors.AlreadyPlaced)


def test_the_first_moment_that_the_lead_allows_can_be_booked():
    two_hours = MONDAY + 2 * HOUR

    given().when(place(two_hours)).then(replace(PLACED, slot=slot(two_hours)))
    given().when(place(two_hours, at=MONDAY + MINUTE)).then_refused(
        errors.SlotUnbookable
    )


def test_a_group_that_the_caller_names_must_be_one_that_the_owner_has():
    named = place_for(OWNER, group_given=True)

    given().when(named).then_refused(errors.GroupUnknown)
    given().with_a_known_group().when(named).then(PLACED)


def test_a_group_that_was_made_with_the_booking_need_not_be_known():
    given().when(place_for(OWNER, group_given=False)).then(PLACED)


def test_an_owner_may_have_as_many_unconfirmed_bookings_as_the_policy_says():
    given().under(TWO_OPEN).waiting_elsewhere(1).when(place()).then(PLACED)


@pytest.mark.parametrize("count", [2, 3])
def test_one_more_is_too_many(count):
    given().under(TWO_OPEN).waiting_elsewhere(count).when(place()).then_refused(
        errors.TooManyOpen
    )


def test_what_cannot_be_had_is_named_before_what_is_too_much():
    scenario = given().under(TWO_OPEN).waiting_elsewhere(2)

    scenario.when(place(SUNDAY)).then_refused(errors.SlotUnbookable)
    scenario.beside(FULL).when(place()).then_refused(errors.SlotTaken)


@pytest.mark.parametrize("actor", [STAFF, MANAGER], ids=["staff", "manager"])
def test_what_the_workshop_places_is_confirmed_in_the_same_breath(actor):
    scenario = given().when(place_for(actor), replace(say(), by=actor))

    scenario.then(PLACED, CONFIRMED, SAID_HELLO).then_outcome(Outcome.PLACED)
    assert scenario.booking.status is Status.CONFIRMED
    assert scenario.booking.owner == OWNER.id
    assert [one.origin.actor for one in scenario.recorded] == [actor] * 3


def test_no_limit_of_the_owners_binds_the_workshop():
    given().under(TWO_OPEN).waiting_elsewhere(9).when(place_for(STAFF)).then(
        PLACED, CONFIRMED
    )


def test_the_workshop_takes_no_bay_that_is_taken_and_no_time_that_is_not_booked():
    given().beside(FULL).when(place_for(STAFF)).then_refused(errors.SlotTaken)
    given().when(replace(place(SUNDAY), by=STAFF)).then_refused(errors.SlotUnbookable)
