"""The workshop moves and cancels: bays and hours bind it, the rules for owners do not.

An override beats even the hours; its reason is kept, and the decision that it beat.
"""

import pytest

from domain import errors, events
from domain.booking import Status
from domain.decide import Outcome
from domain.identity import Actor
from domain.personal import Reason
from domain.policy import Effect, Notice, ReasonTerms, Rules
from domain.rules import Verdict
from domain.structs import replace
from tests.dsl import By, given
from tests.examples import (
    ASKED_FOR_FRIDAY,
    CANCELLED,
    COMPLETED,
    CONFIRMED,
    FRIDAY,
    HOUR,
    LATE,
    MANAGER,
    MINUTE,
    MONDAY,
    MOVED_TO_FRIDAY,
    PLACED,
    POLICY,
    SERVICE,
    STAFF,
    STARTED,
    SUNDAY,
    SUPERSEDED,
    THURSDAY,
    hold,
    judged,
    slot,
)
from tests.wishes import called_off, ordered_to

ORDERED = events.Rescheduled(service=SERVICE, slot=slot(FRIDAY))
BROKEN = "The lift is broken."
OVERRIDDEN = events.Rescheduled(
    service=SERVICE,
    slot=slot(FRIDAY),
    decision=judged(
        "reschedule_notice", basis=THURSDAY, at=LATE, effect=Verdict.REQUEST
    ),
    override=True,
    personal=Reason(reason=BROKEN),
)
CALLED_OFF = events.Cancelled(personal=Reason(reason="We are ill."))
STRICT = replace(
    POLICY,
    rules=Rules(
        reschedule_notice=Notice(effect=Effect.DENY),
        cancel_notice=Notice(effect=Effect.DENY),
        reason=ReasonTerms(required=True),
    ),
)
OPEN = pytest.mark.parametrize(
    "history", [(PLACED,), (PLACED, CONFIRMED)], ids=["PENDING", "CONFIRMED"]
)
TOO_LATE = [
    ((PLACED, CONFIRMED, STARTED), errors.BookingInProgress),
    ((PLACED, CONFIRMED, STARTED, COMPLETED), errors.BookingClosed),
]


@OPEN
def test_the_workshops_move_is_not_judged(history):
    scenario = given(*history).under(STRICT).when(ordered_to(FRIDAY, at=LATE))

    scenario.then(ORDERED).then_outcome(Outcome.RESCHEDULED)
    assert scenario.decided.decision is None
    assert scenario.booking.slot == slot(FRIDAY)


def test_the_workshops_move_is_not_the_owners_and_does_not_count():
    assert given(PLACED).when(ordered_to(FRIDAY)).booking.reschedule_count == 0
    assert (
        given(PLACED, By(MANAGER, MOVED_TO_FRIDAY))
        .when(ordered_to(THURSDAY))
        .booking.reschedule_count
        == 0
    )


def test_the_workshops_move_leaves_no_sense_to_an_open_request():
    scenario = given(PLACED, ASKED_FOR_FRIDAY).when(ordered_to(FRIDAY, at=LATE))

    scenario.then(SUPERSEDED, ORDERED)
    assert scenario.booking.open_request is None


@pytest.mark.parametrize(
    ("to", "refusal"),
    [
        (SUNDAY, errors.SlotUnbookable),
        (LATE + HOUR, errors.SlotUnbookable),
        (FRIDAY, errors.SlotTaken),
    ],
    ids=["closed", "too soon", "taken"],
)
def test_the_workshops_move_obeys_window_and_bays(to, refusal):
    given(PLACED).beside(hold(FRIDAY)).when(ordered_to(to, at=LATE)).then_refused(
        refusal
    )


def test_the_workshops_move_to_where_it_is_changes_nothing():
    for because in (None, BROKEN):
        given(PLACED).when(ordered_to(THURSDAY, because=because)).then_nothing()


@pytest.mark.parametrize(("history", "refusal"), TOO_LATE)
@pytest.mark.parametrize("because", [None, BROKEN], ids=["move", "override"])
def test_what_is_in_work_or_closed_is_not_moved_by_anybody(history, refusal, because):
    given(*history).when(ordered_to(FRIDAY, because=because)).then_refused(refusal)


def test_an_override_keeps_its_reason_and_the_decision_that_it_beat():
    scenario = given(PLACED).when(ordered_to(FRIDAY, at=LATE, because=BROKEN))

    scenario.then(OVERRIDDEN).then_outcome(Outcome.RESCHEDULED)
    assert scenario.decided.decision == OVERRIDDEN.decision


def test_an_override_beats_a_rule_that_denies():
    decided = (
        given(PLACED)
        .under(STRICT)
        .when(ordered_to(FRIDAY, at=LATE, because=BROKEN))
        .then_outcome(Outcome.RESCHEDULED)
        .decided
    )

    assert decided.decision is not None
    assert decided.decision.verdict is Verdict.DENY


@pytest.mark.parametrize(
    "to",
    [SUNDAY, FRIDAY + 10 * HOUR, FRIDAY + MINUTE, LATE, LATE + MINUTE],
    ids=["Sunday", "evening", "off the grid", "now", "at once"],
)
def test_an_override_beats_hours_grid_and_lead(to):
    scenario = given(PLACED).when(ordered_to(to, at=LATE, because=BROKEN))

    assert scenario.booking.slot == slot(to)


def test_an_override_beats_neither_the_past_nor_the_bays():
    scenario = given(PLACED).beside(hold(FRIDAY))

    before_now = ordered_to(LATE - MINUTE, at=LATE, because=BROKEN)
    refusal = scenario.when(before_now).then_refused(errors.SlotUnbookable)
    assert str(refusal) == "It is in the past."
    scenario.when(ordered_to(FRIDAY, because=BROKEN)).then_refused(errors.SlotTaken)


def test_an_override_leaves_no_sense_to_an_open_request():
    given(PLACED, ASKED_FOR_FRIDAY).when(
        ordered_to(FRIDAY, at=LATE, because=BROKEN)
    ).then(SUPERSEDED, OVERRIDDEN)


@OPEN
def test_the_workshops_cancel_is_not_judged(history):
    scenario = given(*history).under(STRICT).when(called_off(at=LATE))

    scenario.then(CALLED_OFF).then_outcome(Outcome.CANCELLED)
    assert scenario.decided.decision is None
    assert scenario.booking.status is Status.CANCELLED
    assert scenario.booking.cancellation is not None
    assert scenario.booking.cancellation.by == MANAGER


@pytest.mark.parametrize("actor", [STAFF, MANAGER], ids=["staff", "manager"])
def test_either_declines_what_was_never_confirmed(actor: Actor):
    given(PLACED).when(called_off(by=actor)).then(CALLED_OFF)


def test_the_workshops_cancel_leaves_no_sense_to_an_open_request():
    given(PLACED, CONFIRMED, ASKED_FOR_FRIDAY).when(called_off()).then(
        SUPERSEDED, CALLED_OFF
    )


def test_cancelling_again_changes_nothing():
    scenario = given(PLACED, CANCELLED).when(called_off("Another reason."))

    scenario.then_nothing().then_outcome(Outcome.UNCHANGED)


@pytest.mark.parametrize(("history", "refusal"), TOO_LATE)
def test_what_is_in_work_or_done_is_not_cancelled_by_anybody(history, refusal):
    given(*history).when(called_off()).then_refused(refusal)


def test_the_first_moment_that_the_lead_allows_is_early_enough_for_the_workshop():
    given(PLACED).when(ordered_to(MONDAY + 2 * HOUR)).then_outcome(Outcome.RESCHEDULED)
