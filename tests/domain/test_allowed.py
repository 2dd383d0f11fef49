"""An answer tells an owner what may be done now, and until when."""

import pytest

from domain.allowed import (
    Allowed,
    AllowedActions,
    AllowedMessage,
    Mode,
    allowed_actions,
)
from domain.policy import Effect, Notice, Rules
from domain.structs import replace
from tests.dsl import given
from tests.examples import (
    CANCELLED,
    CONFIRMED,
    DAY,
    HOUR,
    LATE,
    MINUTE,
    MONDAY,
    PLACED,
    POLICY,
    THURSDAY,
    WEDNESDAY,
    say,
)

CLOSES = THURSDAY + HOUR + 30 * DAY
REQUESTED = Allowed(mode=Mode.REQUEST, until=None)
DENIED = Allowed(mode=Mode.DENIED, until=None)
DIRECT = Allowed(mode=Mode.DIRECT, until=None)
IN_TIME = Allowed(mode=Mode.DIRECT, until=WEDNESDAY)


def allowed(*history, at, policy=POLICY) -> AllowedActions:
    return allowed_actions(given(*history).when(say()).booking, policy, at)


def test_in_time_a_confirmed_booking_moves_and_is_cancelled_at_once():
    assert allowed(PLACED, CONFIRMED, at=MONDAY) == AllowedActions(
        reschedule=IN_TIME, cancel=IN_TIME, message=AllowedMessage(until=CLOSES)
    )


def test_the_last_moment_is_the_deadline_itself():
    at_deadline = allowed(PLACED, CONFIRMED, at=WEDNESDAY)
    after = allowed(PLACED, CONFIRMED, at=WEDNESDAY + MINUTE / 60_000_000)

    assert (at_deadline.reschedule, at_deadline.cancel) == (IN_TIME, IN_TIME)
    assert (after.reschedule, after.cancel) == (REQUESTED, REQUESTED)


def test_a_pending_booking_can_always_be_withdrawn():
    for at in (MONDAY, LATE, THURSDAY):
        assert allowed(PLACED, at=at).cancel == DIRECT
    assert allowed(PLACED, at=LATE).reschedule == REQUESTED


def test_a_cancelled_booking_has_only_its_thread_left():
    assert allowed(PLACED, CONFIRMED, CANCELLED, at=MONDAY) == AllowedActions(
        reschedule=DENIED, cancel=DENIED, message=AllowedMessage(until=CLOSES)
    )


def test_each_action_goes_by_its_own_rule():
    policy = replace(
        POLICY,
        rules=Rules(
            reschedule_notice=Notice(hours=1),
            cancel_notice=Notice(hours=48, effect=Effect.DENY),
        ),
    )

    actions = allowed(PLACED, CONFIRMED, at=LATE, policy=policy)

    assert actions.reschedule == Allowed(mode=Mode.DIRECT, until=THURSDAY - HOUR)
    assert actions.cancel == DENIED


def test_a_rule_set_to_deny_denies_a_late_move():
    policy = replace(
        POLICY, rules=Rules(reschedule_notice=Notice(hours=24, effect=Effect.DENY))
    )

    assert allowed(PLACED, at=LATE, policy=policy).reschedule == DENIED


@pytest.mark.parametrize(
    ("at", "until"), [(CLOSES, CLOSES), (CLOSES + MINUTE / 60_000_000, None)]
)
def test_messages_are_taken_until_the_thread_closes(at, until):
    assert allowed(PLACED, at=at).message.until == until


def test_the_shown_modes_are_words_of_the_contract():
    assert [mode.value for mode in Mode] == ["direct", "request", "denied"]
