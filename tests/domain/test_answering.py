"""A change request is answered: by the workshop, or by the owner when it is their turn.

The same answer by the same side again is none; any other answer comes too late.
"""

import pytest

from domain import errors
from domain.booking import Status
from domain.commands import OnRequest
from domain.decide import Outcome
from domain.events import BookingEvent
from domain.policy import Effect, Notice, Rules, TargetWindow
from domain.structs import replace
from tests.dsl import By, given
from tests.examples import (
    ACCEPTED,
    APPROVED,
    APPROVED_CANCEL,
    ASKED_FOR_FRIDAY,
    ASKED_TO_CANCEL,
    CANCELLED,
    CONFIRMED,
    COUNTERED_WITH_SATURDAY,
    DECLINED,
    EXPIRED,
    FRIDAY,
    MINUTE,
    NEXT_REQUEST,
    OWNER,
    PLACED,
    POLICY,
    REJECTED,
    SATURDAY,
    SUPERSEDED,
    TYRES,
    WITHDRAWN,
    say,
    slot,
)
from tests.wishes import (
    SOON,
    accept,
    approve,
    counter,
    decline,
    reject,
    withdraw,
)

ASKED = (PLACED, CONFIRMED, ASKED_FOR_FRIDAY)
WANTS_OUT = (PLACED, CONFIRMED, ASKED_TO_CANCEL)
COUNTERED = (*ASKED, COUNTERED_WITH_SATURDAY)
SEE_YOU = "See you then."


def named(command: OnRequest) -> str:
    return type(command).__name__


def test_approving_a_move_moves_the_booking_to_the_slot_that_was_held():
    scenario = given(*ASKED).when(approve(SEE_YOU))

    scenario.then(APPROVED).then_outcome(Outcome.APPROVED)
    assert scenario.booking.slot == slot(FRIDAY)
    assert scenario.booking.status is Status.CONFIRMED
    assert scenario.booking.open_request is None
    assert scenario.decided.change_request_id == APPROVED.change_request_id
    assert scenario.decided.decision is None


def test_an_approved_move_is_the_owners_and_counts():
    assert given(*ASKED).when(approve()).booking.reschedule_count == 1


def test_an_approved_move_takes_what_the_service_took_when_it_was_asked():
    asked = replace(ASKED_FOR_FRIDAY, service=TYRES, target=slot(FRIDAY, TYRES))

    scenario = given(PLACED, CONFIRMED, asked).when(approve())

    scenario.then(
        replace(APPROVED, service=TYRES, slot=slot(FRIDAY, TYRES), personal=None)
    )
    assert scenario.booking.service == TYRES


def test_an_approved_cancel_is_the_owners_with_their_reason():
    scenario = given(*WANTS_OUT).when(approve())

    scenario.then(APPROVED_CANCEL).then_outcome(Outcome.APPROVED)
    cancellation = scenario.booking.cancellation
    assert cancellation is not None
    assert (cancellation.by, cancellation.at) == (OWNER, SOON)
    assert cancellation.personal == ASKED_TO_CANCEL.personal
    assert scenario.booking.status is Status.CANCELLED
    assert scenario.booking.holds() == ()
    assert scenario.booking.reschedule_count == 0


def test_approving_a_pending_booking_leaves_it_pending():
    booking = given(PLACED, ASKED_FOR_FRIDAY).when(approve()).booking

    assert booking.status is Status.PENDING
    assert booking.slot == slot(FRIDAY)


def test_rejecting_leaves_the_booking_as_it_was_and_frees_the_hold():
    before = given(PLACED, CONFIRMED).when(say()).booking

    scenario = given(*ASKED).when(reject())

    scenario.then(REJECTED).then_outcome(Outcome.REJECTED)
    assert scenario.booking == replace(before, revision=before.revision + 2)


def test_withdrawing_leaves_the_booking_as_it_was_and_frees_the_hold():
    before = given(PLACED, CONFIRMED).when(say()).booking

    scenario = given(*ASKED).when(withdraw())

    scenario.then(WITHDRAWN).then_outcome(Outcome.WITHDRAWN)
    assert scenario.booking == replace(before, revision=before.revision + 2)


@pytest.mark.parametrize(
    ("command", "history"),
    [(approve(), ASKED), (accept(), COUNTERED)],
    ids=["approve", "accept"],
)
def test_a_time_that_the_workshop_has_closed_since_cannot_be_had(command, history):
    day = SATURDAY if history is COUNTERED else FRIDAY
    closed = replace(POLICY, holidays=(day.date().isoformat(),))

    refused = (
        given(*history).under(closed).when(command).then_refused(errors.SlotUnbookable)
    )

    assert str(refused) != errors.SlotUnbookable.detail
    # No member of their bodies names a time.
    assert refused.pointers == ()


def test_hours_that_hold_the_service_but_not_its_buffer_are_enough():
    """Friday at ten, until eleven."""
    until_eleven = replace(POLICY.opening_hours, fri=(("10:00", "11:00"),))

    given(*ASKED).under(replace(POLICY, opening_hours=until_eleven)).when(
        approve(SEE_YOU)
    ).then(APPROVED)


def test_hours_that_end_within_the_service_are_not():
    until_half_past = replace(POLICY.opening_hours, fri=(("08:00", "10:30"),))

    given(*ASKED).under(replace(POLICY, opening_hours=until_half_past)).when(
        approve()
    ).then_refused(errors.SlotUnbookable)


def test_a_slow_workshop_makes_no_owner_late():
    """Lead, horizon, grid, notice and counts were judged when it was asked."""
    strict = Rules(
        reschedule_notice=Notice(hours=200, effect=Effect.DENY),
        target_window=TargetWindow(
            lead_minutes=7 * 24 * 60, horizon_days=8, grid_minutes=60
        ),
    )
    later = replace(ASKED_FOR_FRIDAY, target=slot(FRIDAY + 15 * MINUTE))

    given(PLACED, CONFIRMED, later).under(replace(POLICY, rules=strict)).when(
        approve()
    ).then_outcome(Outcome.APPROVED)


def test_an_approved_cancel_needs_no_open_day():
    closed = replace(POLICY, opening_hours=replace(POLICY.opening_hours, fri=()))

    given(*WANTS_OUT).under(closed).when(approve()).then(APPROVED_CANCEL)


@pytest.mark.parametrize(
    ("history", "again"),
    [
        ((*ASKED, APPROVED), approve()),
        ((*WANTS_OUT, APPROVED_CANCEL), approve()),
        ((*ASKED, REJECTED), reject()),
        ((*ASKED, WITHDRAWN), withdraw()),
        ((*COUNTERED, By(OWNER, ACCEPTED)), accept()),
        ((*COUNTERED, By(OWNER, DECLINED)), decline()),
    ],
)
def test_the_same_answer_by_the_same_side_again_changes_nothing(history, again):
    scenario = given(*history).when(again)

    scenario.then_nothing().then_outcome(Outcome.UNCHANGED)
    assert scenario.decided.change_request_id == ASKED_FOR_FRIDAY.change_request_id


ENDS: dict[str, tuple[BookingEvent | By, ...]] = {
    "approved": (*ASKED, APPROVED),
    "rejected": (*ASKED, REJECTED),
    "withdrawn": (*ASKED, WITHDRAWN),
    "accepted": (*COUNTERED, By(OWNER, ACCEPTED)),
    "declined": (*COUNTERED, By(OWNER, DECLINED)),
    "expired": (*ASKED, EXPIRED),
    "superseded": (*ASKED, SUPERSEDED, CANCELLED),
}
SAME = {
    "approved": approve(),
    "rejected": reject(),
    "withdrawn": withdraw(),
    "accepted": accept(),
    "declined": decline(),
}


@pytest.mark.parametrize(
    "command",
    [approve(), reject(), counter(), accept(), decline(), withdraw()],
    ids=named,
)
@pytest.mark.parametrize("end", ENDS)
def test_any_other_answer_to_what_is_closed_comes_too_late(end, command):
    if type(SAME.get(end)) is type(command):
        command = counter(SATURDAY)

    given(*ENDS[end]).when(command).then_refused(errors.RequestClosed)


def test_an_answer_to_a_former_request_does_not_touch_the_one_that_is_open():
    asked_again = replace(
        ASKED_FOR_FRIDAY, change_request_id=NEXT_REQUEST, target=slot(SATURDAY)
    )

    scenario = given(*ASKED, WITHDRAWN, asked_again)

    scenario.when(reject()).then_refused(errors.RequestClosed)
    scenario.when(reject(request=NEXT_REQUEST)).then(
        replace(REJECTED, change_request_id=NEXT_REQUEST)
    )


@pytest.mark.parametrize("command", [approve(), counter(), withdraw()], ids=named)
def test_a_request_that_the_booking_never_had_is_missing(command):
    with pytest.raises(errors.Missing):
        given(PLACED, CONFIRMED).when(command).then_nothing()
