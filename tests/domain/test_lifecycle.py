"""The workshop takes a booking through its life, step by step, each of them once."""

import pytest

from domain import commands, errors
from domain.booking import Status
from domain.decide import Outcome, Situation, decide, decide_all
from domain.errors import Refusal
from domain.events import BookingEvent, Mark
from domain.slots import Occupancy
from tests.dsl import given
from tests.examples import (
    ASKED_FOR_FRIDAY,
    CANCELLED,
    COMPLETED,
    CONFIRMED,
    FRIDAY,
    MINUTE,
    MISSED,
    MONDAY,
    OWNER,
    PARTS_ORDERED,
    PLACED,
    SAID_HELLO,
    STARTED,
    SUPERSEDED,
    THURSDAY,
    VEHICLE_RECEIVED,
    WORKSHOP,
    cancel,
    confirm,
    move,
    origin,
    place,
    say,
)
from tests.wishes import complete, mark, record_no_show, start

History = tuple[BookingEvent, ...]

HISTORIES: dict[Status, History] = {
    Status.PENDING: (PLACED,),
    Status.CONFIRMED: (PLACED, CONFIRMED),
    Status.IN_PROGRESS: (PLACED, CONFIRMED, STARTED),
    Status.COMPLETED: (PLACED, CONFIRMED, STARTED, COMPLETED),
    Status.NO_SHOW: (PLACED, CONFIRMED, MISSED),
    Status.CANCELLED: (PLACED, CONFIRMED, CANCELLED),
}
STATES = pytest.mark.parametrize("state", Status, ids=lambda state: state.value)

CLOSED: dict[Status, type[Refusal] | None] = {
    Status.COMPLETED: errors.BookingClosed,
    Status.NO_SHOW: errors.BookingClosed,
    Status.CANCELLED: errors.BookingClosed,
}
AGAIN = None
"""In place of a refusal: the step was taken already."""


@STATES
def test_only_a_pending_booking_is_confirmed(state):
    others = {
        **CLOSED,
        Status.CONFIRMED: AGAIN,
        Status.IN_PROGRESS: errors.BookingInProgress,
    }

    leads(state, confirm(), CONFIRMED, Outcome.CONFIRMED, others)


@STATES
def test_only_a_confirmed_booking_is_started(state):
    others = {
        **CLOSED,
        Status.PENDING: errors.NotConfirmed,
        Status.IN_PROGRESS: AGAIN,
    }

    leads(state, start(), STARTED, Outcome.IN_PROGRESS, others)


@STATES
def test_only_a_booking_in_work_is_completed(state):
    others = {
        **CLOSED,
        Status.PENDING: errors.NotConfirmed,
        Status.CONFIRMED: errors.NotStarted,
        Status.COMPLETED: AGAIN,
    }

    leads(state, complete(), COMPLETED, Outcome.COMPLETED, others)


@STATES
def test_only_a_confirmed_booking_is_missed(state):
    others = {
        **CLOSED,
        Status.PENDING: errors.NotConfirmed,
        Status.IN_PROGRESS: errors.BookingInProgress,
        Status.NO_SHOW: AGAIN,
    }

    leads(state, record_no_show(at=THURSDAY), MISSED, Outcome.NO_SHOW, others)


@STATES
def test_only_a_confirmed_booking_or_one_in_work_is_marked(state):
    others = {**CLOSED, Status.PENDING: errors.NotConfirmed}

    leads(state, mark(), PARTS_ORDERED, Outcome.MARKED, others)


def leads(
    state: Status,
    command: commands.BookingCommand,
    event: BookingEvent,
    outcome: Outcome,
    others: dict[Status, type[Refusal] | None],
) -> None:
    """Hold that `command` leads to `event`, but from states that have it otherwise."""
    scenario = given(*HISTORIES[state]).when(command)
    assert given(*HISTORIES[state]).when(say()).booking.status is state
    if state not in others:
        scenario.then(event).then_outcome(outcome)
    elif (refusal := others[state]) is None:
        scenario.then_nothing().then_outcome(Outcome.UNCHANGED)
    else:
        scenario.then_refused(refusal)


@pytest.mark.parametrize(
    ("before", "command", "after"),
    [
        (Status.PENDING, confirm(), Status.CONFIRMED),
        (Status.CONFIRMED, start(), Status.IN_PROGRESS),
        (Status.IN_PROGRESS, complete(), Status.COMPLETED),
        (Status.CONFIRMED, record_no_show(at=THURSDAY), Status.NO_SHOW),
        (Status.CONFIRMED, mark(), Status.CONFIRMED),
        (Status.IN_PROGRESS, mark(), Status.IN_PROGRESS),
    ],
)
def test_a_step_leads_to_its_state(before, command, after):
    booking = given(*HISTORIES[before]).when(command).booking

    assert booking.status is after
    assert booking.revision == len(HISTORIES[before]) + 1


def test_nobody_is_missed_before_the_booking_begins():
    too_early = record_no_show(at=THURSDAY - MINUTE / 60_000_000)

    given(PLACED, CONFIRMED).when(too_early).then_refused(errors.TooEarly)


def test_that_nobody_came_is_noted_once_whatever_the_time():
    given(PLACED, CONFIRMED, MISSED).when(record_no_show(at=MONDAY)).then_nothing()


def test_the_other_steps_need_nothing_of_the_clock():
    given(PLACED, CONFIRMED).when(start(at=MONDAY)).then(STARTED)
    given(PLACED, CONFIRMED, STARTED).when(complete(at=MONDAY)).then(COMPLETED)


def test_each_mark_is_set_once():
    history = (PLACED, CONFIRMED, PARTS_ORDERED)

    given(*history).when(mark()).then_nothing().then_outcome(Outcome.UNCHANGED)
    given(*history).when(mark(Mark.VEHICLE_RECEIVED)).then(VEHICLE_RECEIVED)


def test_marks_are_kept_in_the_order_in_which_they_were_set():
    history = (PLACED, CONFIRMED, VEHICLE_RECEIVED)

    assert given(*history).when(mark()).booking.marks == (
        Mark.VEHICLE_RECEIVED,
        Mark.PARTS_ORDERED,
    )


@pytest.mark.parametrize(
    ("command", "event"),
    [(start(), STARTED), (record_no_show(at=THURSDAY), MISSED)],
    ids=["start", "no-show"],
)
def test_a_start_and_a_no_show_leave_no_sense_to_an_open_request(command, event):
    scenario = given(PLACED, CONFIRMED, ASKED_FOR_FRIDAY).when(command)

    scenario.then(SUPERSEDED, event)
    assert scenario.booking.open_request is None


@pytest.mark.parametrize(
    ("history", "command", "event"),
    [
        ((PLACED,), confirm(), CONFIRMED),
        ((PLACED, CONFIRMED), mark(), PARTS_ORDERED),
    ],
    ids=["confirm", "mark"],
)
def test_confirming_and_marking_leave_the_open_request_open(history, command, event):
    scenario = given(*history, ASKED_FOR_FRIDAY).when(command)

    scenario.then(event)
    assert scenario.booking.open_request is not None


@pytest.mark.parametrize(
    "command",
    [confirm(), start(), mark(), move(to=FRIDAY), cancel(), say()],
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


def test_no_command_on_no_booking_is_no_decision():
    nothing_else = Situation(workshop=WORKSHOP, occupancy=Occupancy())

    with pytest.raises(errors.Missing):
        decide_all((), None, nothing_else, origin(MONDAY, OWNER), 0)


def test_no_command_on_a_booking_leaves_it_as_it_is():
    nothing_else = Situation(workshop=WORKSHOP, occupancy=Occupancy())
    booking = given(PLACED).when(say()).booking

    decided, recorded, after = decide_all(
        (), booking, nothing_else, origin(MONDAY, OWNER), 2
    )

    assert (decided.events, recorded, after) == ((), (), booking)
