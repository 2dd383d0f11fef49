"""What is told of a time that cannot be had, when a change request is answered."""

import pytest

from domain import commands, errors
from domain.policy import Week
from domain.structs import replace
from tests.dsl import given
from tests.examples import (
    ASKED_FOR_FRIDAY,
    CONFIRMED,
    LATE,
    PLACED,
    POLICY,
    REQUEST,
    SATURDAY,
    STAFF,
    SUNDAY,
    hold,
)

ASKED = (PLACED, CONFIRMED, ASKED_FOR_FRIDAY)


@pytest.mark.parametrize(
    ("start", "refusal"),
    [(SATURDAY, errors.SlotTaken), (SUNDAY, errors.SlotUnbookable)],
)
def test_a_counter_that_cannot_be_had_points_at_what_was_proposed(start, refusal):
    counter = commands.Counter(
        at=LATE, by=STAFF, change_request_id=REQUEST, start=start
    )
    scenario = given(*ASKED).beside(hold(SATURDAY)).when(counter)

    assert scenario.then_refused(refusal).pointers == ("/proposed_start_time",)


def test_an_approval_of_a_time_that_closed_points_nowhere():
    approve = commands.Approve(at=LATE, by=STAFF, change_request_id=REQUEST)
    closed = replace(POLICY, opening_hours=Week())
    scenario = given(*ASKED).under(closed).when(approve)

    assert scenario.then_refused(errors.SlotUnbookable).pointers == ()
