"""A booking comes into being, is confirmed, and is met by commands only after that."""

import pytest

from domain import commands, errors
from domain.booking import Status
from domain.decide import Outcome, Situation, decide, decide_all
from domain.slots import Occupancy
from domain.structs import replace
from tests.dsl import given
from tests.examples import (
    ASKED_FOR_FRIDAY,
    BOOKING_ID,
    CANCELLED,
    CONFIRMED,
    FRIDAY,
    HOUR,
    MINUTE,
    MONDAY,
    OWNER,
    PLACED,
    POLICY,
    SAID_HELLO,
    SERVICE,
    SUNDAY,
    THURSDAY,
    TYRES,
    WORKSHOP,
    cancel,
    confirm,
    hold,
    move,
    origin,
    place,
    say,
    slot,
)


def test_a_placed_booking_is_pending_in_the_lowest_free_bay():
    scenario = given().when(place())

    scenario.then(PLACED).then_outcome(Outcome.PLACED)
    assert scenario.booking.status is Status.PENDING
    assert scenario.decided.decision is None


def test_a_booking_takes_the_bay_that_is_left():
    scenario = given().under(replace(POLICY, bays=2)).beside(hold(THURSDAY))

    scenario.when(place()).then(replace(PLACED, slot=slot(THURSDAY, bay=2)))


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
    ],
    ids=["closed", "too soon", "taken", "no such service"],
)
@pytest.mark.parametrize("beside", [(), (say(),)], ids=["alone", "with a message"])
def test_an_impossible_booking_is_refused(command, refusal, beside):
    """Whether or not a first message came with it."""
    given().beside(hold(THURSDAY)).when(command, *beside).then_refused(refusal)


def test_a_booking_is_placed_once():
    given(PLACED).when(place(), say()).then_refused(errors.AlreadyPlaced)


def test_a_pending_booking_can_be_confirmed():
    scenario = given(PLACED).when(confirm())

    scenario.then(CONFIRMED).then_outcome(Outcome.CONFIRMED)
    assert scenario.booking.status is Status.CONFIRMED


def test_confirming_again_changes_nothing():
    given(PLACED, CONFIRMED).when(confirm()).then_nothing().then_outcome(
        Outcome.UNCHANGED
    )


def test_a_cancelled_booking_cannot_be_confirmed():
    given(PLACED, CANCELLED).when(confirm()).then_refused(errors.BookingClosed)


def test_confirming_leaves_the_open_request_open():
    scenario = given(PLACED, ASKED_FOR_FRIDAY).when(confirm())

    scenario.then(CONFIRMED)
    assert scenario.booking.open_request is not None


@pytest.mark.parametrize(
    "command",
    [confirm(), move(to=FRIDAY), cancel(), say()],
    ids=lambda c: type(c).__name__,
)
def test_a_command_on_a_booking_that_does_not_exist_is_missing(
    command: commands.BookingCommand,
):
    with pytest.raises(errors.Missing):
        given().when(command).then_nothing()


def test_decide_alone_takes_nothing_as_done_before():
    situation = Situation(workshop=WORKSHOP, occupancy=Occupancy())
    booking = given(PLACED).when(confirm()).booking

    decided = decide(say(), booking, situation)

    assert decided.events == (SAID_HELLO,)


def test_commands_of_one_call_see_what_those_before_them_did():
    scenario = given(PLACED).when(cancel(), move(to=FRIDAY))

    scenario.then_refused(errors.BookingClosed)


def test_nothing_happened_and_nothing_was_decided_without_commands_that_change():
    scenario = given(PLACED, CONFIRMED).when(confirm(), move(to=THURSDAY))

    scenario.then_nothing().then_outcome(Outcome.UNCHANGED)


def test_a_new_stream_begins_at_version_one():
    assert [one.version for one in given().when(place(), say()).recorded] == [1, 2]


def test_the_first_moment_that_the_lead_allows_can_be_booked():
    two_hours = MONDAY + 2 * HOUR

    given().when(place(two_hours)).then(replace(PLACED, slot=slot(two_hours)))
    given().when(place(two_hours, at=MONDAY + MINUTE)).then_refused(
        errors.SlotUnbookable
    )


def test_no_command_on_no_booking_is_no_decision():
    nothing_else = Situation(workshop=WORKSHOP, occupancy=Occupancy())

    with pytest.raises(errors.Missing):
        decide_all((), None, nothing_else, origin(MONDAY, OWNER), 0)
