"""An answer tells an owner what may be done now, and until when."""

from datetime import datetime
from itertools import product
from typing import Any

import pytest

from domain import clock, events, rules
from domain.allowed import (
    Allowed,
    AllowedActions,
    AllowedMessage,
    Mode,
    allowed_actions,
)
from domain.booking import Booking, Status, fold
from domain.events import BookingEvent, Mark
from domain.policy import (
    Effect,
    MoveLimit,
    Notice,
    Policy,
    PriceBand,
    ReasonTerms,
    Rules,
    WorkStarted,
)
from domain.rules import Verdict
from domain.structs import replace
from tests.examples import (
    CANCELLED,
    CONFIRMED,
    DAY,
    FRIDAY,
    HOUR,
    LATE,
    MINUTE,
    MONDAY,
    MOVED_TO_FRIDAY,
    PLACED,
    POLICY,
    THURSDAY,
    WEDNESDAY,
    recorded,
)

CLOSES = THURSDAY + HOUR + 30 * DAY
INSTANT = MINUTE / 60_000_000
REQUESTED = Allowed(mode=Mode.REQUEST, until=None)
DENIED = Allowed(mode=Mode.DENIED, until=None)
IN_TIME = Allowed(mode=Mode.DIRECT, until=WEDNESDAY)
UNTIL_ITS_START = THURSDAY - INSTANT
STARTED, COMPLETED = events.Started(), events.Completed()
ORDERED = events.Marked(mark=Mark.PARTS_ORDERED)
LIVES = {
    Status.PENDING: (PLACED,),
    Status.CONFIRMED: (PLACED, CONFIRMED),
    Status.IN_PROGRESS: (PLACED, CONFIRMED, STARTED),
    Status.COMPLETED: (PLACED, CONFIRMED, STARTED, COMPLETED),
    Status.NO_SHOW: (PLACED, CONFIRMED, events.NoShowRecorded()),
    Status.CANCELLED: (PLACED, CONFIRMED, CANCELLED),
}


def booked(*history: BookingEvent) -> Booking:
    booking = fold(recorded(event) for event in history)
    assert booking is not None
    return booking


def allowed(
    *history: BookingEvent, at: datetime, policy: Policy = POLICY
) -> AllowedActions:
    return allowed_actions(booked(*history), policy, at)


def under(**terms: Any) -> Policy:
    return replace(POLICY, rules=Rules(**terms))


def test_in_time_a_confirmed_booking_moves_and_is_cancelled_at_once():
    assert allowed(PLACED, CONFIRMED, at=MONDAY) == AllowedActions(
        reschedule=IN_TIME, cancel=IN_TIME, message=AllowedMessage(until=CLOSES)
    )


def test_the_last_moment_is_the_deadline_itself():
    at_deadline = allowed(PLACED, CONFIRMED, at=WEDNESDAY)
    after = allowed(PLACED, CONFIRMED, at=WEDNESDAY + MINUTE / 60_000_000)

    assert (at_deadline.reschedule, at_deadline.cancel) == (IN_TIME, IN_TIME)
    assert (after.reschedule, after.cancel) == (REQUESTED, REQUESTED)


def test_a_pending_booking_can_be_withdrawn_until_the_clock_cancels_it():
    withdrawn = Allowed(mode=Mode.DIRECT, until=UNTIL_ITS_START)
    never = under(
        cancel_notice=Notice(effect=Effect.DENY),
        work_started=WorkStarted(effect=Effect.DENY),
        reason=ReasonTerms(required=True),
    )

    for at in (MONDAY, LATE, UNTIL_ITS_START):
        assert allowed(PLACED, at=at).cancel == withdrawn
        assert allowed(PLACED, ORDERED, at=at, policy=never).cancel == withdrawn


def test_a_pending_booking_is_moved_until_the_clock_cancels_it():
    no_notice = under(reschedule_notice=Notice(hours=0))

    assert allowed(PLACED, at=MONDAY).reschedule == IN_TIME
    assert allowed(PLACED, at=LATE).reschedule == Allowed(
        mode=Mode.REQUEST, until=UNTIL_ITS_START
    )
    assert allowed(PLACED, at=MONDAY, policy=no_notice).reschedule == Allowed(
        mode=Mode.DIRECT, until=UNTIL_ITS_START
    )


def test_a_late_wish_of_a_confirmed_booking_may_be_asked_for_without_end():
    for at in (LATE, THURSDAY, THURSDAY + 40 * DAY):
        actions = allowed(PLACED, CONFIRMED, at=at)

        assert (actions.reschedule, actions.cancel) == (REQUESTED, REQUESTED)


@pytest.mark.parametrize(
    "status",
    [Status.IN_PROGRESS, Status.COMPLETED, Status.NO_SHOW, Status.CANCELLED],
)
def test_what_is_in_work_or_closed_has_only_its_thread_left(status):
    assert booked(*LIVES[status]).status is status
    for at in (MONDAY, LATE):
        assert allowed(*LIVES[status], at=at) == AllowedActions(
            reschedule=DENIED, cancel=DENIED, message=AllowedMessage(until=CLOSES)
        )


def test_every_status_has_a_life_here():
    assert LIVES.keys() == set(Status)


def test_each_action_goes_by_its_own_rule():
    policy = under(
        reschedule_notice=Notice(hours=1),
        cancel_notice=Notice(hours=48, effect=Effect.DENY),
    )

    actions = allowed(PLACED, CONFIRMED, at=LATE, policy=policy)

    assert actions.reschedule == Allowed(mode=Mode.DIRECT, until=THURSDAY - HOUR)
    assert actions.cancel == DENIED


def test_a_rule_set_to_deny_denies_a_late_move():
    policy = under(reschedule_notice=Notice(hours=24, effect=Effect.DENY))

    assert allowed(PLACED, at=LATE, policy=policy).reschedule == DENIED


def test_after_as_many_moves_as_the_limit_the_next_is_asked_for():
    moved: tuple[BookingEvent, ...] = (PLACED, CONFIRMED, *[MOVED_TO_FRIDAY] * 3)

    assert allowed(*moved[:-1], at=MONDAY).reschedule == Allowed(
        mode=Mode.DIRECT, until=THURSDAY
    )
    assert allowed(*moved, at=MONDAY).reschedule == REQUESTED
    assert allowed(*moved, at=MONDAY).cancel == Allowed(
        mode=Mode.DIRECT, until=THURSDAY
    )


def test_when_work_has_started_both_are_asked_for():
    actions = allowed(PLACED, CONFIRMED, ORDERED, at=MONDAY)

    assert (actions.reschedule, actions.cancel) == (REQUESTED, REQUESTED)


def test_what_may_be_asked_for_early_and_not_late_ends_at_the_deadline():
    policy = under(
        reschedule_notice=Notice(effect=Effect.DENY),
        max_reschedules=MoveLimit(limit=0),
        cancel_notice=Notice(effect=Effect.DENY),
    )
    history = (PLACED, CONFIRMED, ORDERED)
    until_deadline = Allowed(mode=Mode.REQUEST, until=WEDNESDAY)

    early, late = (allowed(*history, at=at, policy=policy) for at in (MONDAY, LATE))

    assert (early.reschedule, early.cancel) == (until_deadline, until_deadline)
    assert (late.reschedule, late.cancel) == (DENIED, DENIED)


def test_a_lasting_rule_that_denies_is_not_softened_by_a_notice_that_asks():
    policy = under(
        max_reschedules=MoveLimit(limit=0, effect=Effect.DENY),
        work_started=WorkStarted(effect=Effect.DENY),
    )
    for at in (MONDAY, LATE):
        actions = allowed(PLACED, CONFIRMED, ORDERED, at=at, policy=policy)

        assert (actions.reschedule, actions.cancel) == (DENIED, DENIED)


def test_neither_a_reason_nor_a_price_counts_beforehand():
    band = PriceBand(days=("thu",), opens="08:00", closes="16:00", band="dear")
    policy = replace(under(reason=ReasonTerms(required=True)), price_bands=(band,))

    actions = allowed(PLACED, CONFIRMED, at=MONDAY, policy=policy)

    assert (actions.reschedule, actions.cancel) == (IN_TIME, IN_TIME)


EFFECTS = list(product(Effect, repeat=3))


@pytest.mark.parametrize("history", [(PLACED,), (PLACED, CONFIRMED)])
@pytest.mark.parametrize("marks", [(), (ORDERED,)])
@pytest.mark.parametrize("limit", [0, 1])
def test_what_is_shown_is_what_is_decided_and_until_is_its_last_moment(
    history, marks, limit
):
    """Over all effects; a move within one price band is judged by its start alone."""
    for notice, moves, work in EFFECTS:
        policy = under(
            reschedule_notice=Notice(effect=notice),
            cancel_notice=Notice(effect=notice),
            max_reschedules=MoveLimit(limit=limit, effect=moves),
            work_started=WorkStarted(effect=work),
        )
        booking = booked(*history, *marks)
        for now in (MONDAY, WEDNESDAY, WEDNESDAY + INSTANT, UNTIL_ITS_START):
            shown = allowed_actions(booking, policy, now)
            for action, judge in (("reschedule", may_move), ("cancel", may_cancel)):
                found: Allowed = getattr(shown, action)
                assert found.mode is judge(booking, policy, now)
                if found.until is not None:
                    assert judge(booking, policy, found.until) is found.mode
                    after = found.until + INSTANT
                    assert judge(booking, policy, after) is not found.mode


VERDICTS = {
    Verdict.ALLOW: Mode.DIRECT,
    Verdict.REQUEST: Mode.REQUEST,
    Verdict.DENY: Mode.DENIED,
}


def may_move(booking: Booking, policy: Policy, now: datetime) -> Mode:
    if clock.at(booking, now).is_closed:
        return Mode.DENIED
    decision = rules.judge_reschedule(
        policy,
        1,
        start=booking.slot.start,
        target=FRIDAY,
        moves=0,
        marks=booking.marked,
        now=now,
    )
    return VERDICTS[decision.verdict]


def may_cancel(booking: Booking, policy: Policy, now: datetime) -> Mode:
    if clock.at(booking, now).is_closed:
        return Mode.DENIED
    decision = rules.judge_cancel(
        policy,
        1,
        start=booking.slot.start,
        is_accepted=booking.status is not Status.PENDING,
        marks=booking.marked,
        has_reason=True,
        now=now,
    )
    return VERDICTS[decision.verdict]


@pytest.mark.parametrize(
    ("at", "until"), [(CLOSES, CLOSES), (CLOSES + MINUTE / 60_000_000, None)]
)
def test_messages_are_taken_until_the_thread_closes(at, until):
    assert allowed(PLACED, at=at).message.until == until


def test_the_shown_modes_are_words_of_the_contract():
    assert [mode.value for mode in Mode] == ["direct", "request", "denied"]
