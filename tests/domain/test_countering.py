"""The workshop proposes another time, which is held while the owner thinks about it."""

import pytest

from domain import errors
from domain.decide import Outcome
from domain.personal import Note
from domain.policy import RequestTerms, Rules
from domain.slots import HoldKind
from domain.structs import replace
from tests.dsl import given
from tests.examples import (
    ACCEPTED,
    ASKED_FOR_FRIDAY,
    ASKED_TO_CANCEL,
    BOOKING_ID,
    CONFIRMED,
    COUNTERED_WITH_SATURDAY,
    DAY,
    DECLINED,
    FRIDAY,
    HOUR,
    LATE,
    MINUTE,
    NEXT_MONDAY,
    NEXT_REQUEST,
    PLACED,
    POLICY,
    REJECTED,
    SATURDAY,
    SERVICE,
    SUNDAY,
    SUPERSEDED,
    THURSDAY,
    TYRES,
    WITHDRAWN,
    hold,
    move,
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


def test_a_counter_moves_the_hold_and_lets_the_booking_be():
    before = given(*ASKED).when(say()).booking

    scenario = given(*ASKED).when(counter())

    scenario.then(COUNTERED_WITH_SATURDAY).then_outcome(Outcome.COUNTERED)
    assert scenario.booking.slot == before.slot
    assert [one.start for one in scenario.booking.holds()] == [THURSDAY, SATURDAY]
    assert scenario.decided.change_request_id == ASKED_FOR_FRIDAY.change_request_id


def test_a_counter_has_a_time_to_live_of_its_own():
    two_hours = replace(POLICY, rules=Rules(change_request=RequestTerms(ttl_hours=2)))

    given(*ASKED).under(two_hours).when(counter()).then(
        replace(COUNTERED_WITH_SATURDAY, expires_at=SOON + 2 * HOUR)
    )


def test_a_counter_of_an_earlier_time_expires_when_that_begins():
    earlier = SOON + 3 * HOUR

    given(*ASKED).when(counter(earlier, None)).then(
        replace(
            COUNTERED_WITH_SATURDAY,
            target=slot(earlier),
            expires_at=earlier,
            personal=None,
        )
    )


def test_a_counter_takes_what_the_service_takes_today():
    longer = replace(SERVICE, minutes=90)
    policy = replace(POLICY, services=(longer,))

    given(*ASKED).under(policy).when(counter()).then(
        replace(COUNTERED_WITH_SATURDAY, service=longer, target=slot(SATURDAY, longer))
    )


def test_a_counter_in_the_time_that_was_asked_for_is_no_conflict_with_itself():
    half_an_hour_later = FRIDAY + 30 * MINUTE
    own = hold(FRIDAY, booking_id=BOOKING_ID, kind=HoldKind.HOLD)

    given(*ASKED).beside(own).when(counter(half_an_hour_later, None)).then(
        replace(COUNTERED_WITH_SATURDAY, target=slot(half_an_hour_later), personal=None)
    )


@pytest.mark.parametrize(
    ("start", "refusal"),
    [
        (SUNDAY, errors.SlotUnbookable),
        (SOON + HOUR, errors.SlotUnbookable),
        (SATURDAY, errors.SlotTaken),
    ],
    ids=["closed", "too soon", "taken"],
)
def test_a_counter_that_cannot_be_had_is_refused(start, refusal):
    """Its pointer is that of the workshop's body."""
    refused = (
        given(*ASKED).beside(hold(SATURDAY)).when(counter(start)).then_refused(refusal)
    )

    assert refused.pointers == ("/proposed_start_time",)


def test_a_cancel_cannot_be_countered():
    given(*WANTS_OUT).when(counter()).then_refused(errors.NotCounterable)


def test_the_same_counter_again_changes_nothing():
    scenario = given(*COUNTERED).when(counter(SATURDAY, "Again."))

    scenario.then_nothing().then_outcome(Outcome.UNCHANGED)
    assert scenario.decided.change_request_id == ASKED_FOR_FRIDAY.change_request_id


@pytest.mark.parametrize(
    "command", [approve(), counter(NEXT_MONDAY)], ids=["approve", "counter"]
)
def test_what_was_countered_waits_for_the_owner(command):
    given(*COUNTERED).when(command).then_refused(errors.RequestCountered)


def test_what_was_countered_can_still_be_rejected_by_the_workshop():
    given(*COUNTERED).when(reject()).then(REJECTED).then_outcome(Outcome.REJECTED)


def test_what_was_countered_can_still_be_withdrawn():
    given(*COUNTERED).when(withdraw()).then(WITHDRAWN).then_outcome(Outcome.WITHDRAWN)


@pytest.mark.parametrize("command", [accept(), decline()], ids=["accept", "decline"])
@pytest.mark.parametrize("history", [ASKED, WANTS_OUT], ids=["move", "cancel"])
def test_the_owner_has_nothing_to_answer_until_the_workshop_proposes(history, command):
    given(*history).when(command).then_refused(errors.NotCountered)


def test_accepting_moves_the_booking_to_what_was_proposed():
    scenario = given(*COUNTERED).when(accept())

    scenario.then(ACCEPTED).then_outcome(Outcome.ACCEPTED)
    assert scenario.booking.slot == slot(SATURDAY)
    assert scenario.booking.reschedule_count == 1
    assert scenario.booking.open_request is None


def test_accepting_takes_the_service_as_it_was_proposed():
    proposed = replace(
        COUNTERED_WITH_SATURDAY, service=TYRES, target=slot(SATURDAY, TYRES)
    )

    given(*ASKED, proposed).when(accept("Fine.")).then(
        replace(
            ACCEPTED,
            service=TYRES,
            slot=slot(SATURDAY, TYRES),
            personal=Note(note="Fine."),
        )
    )


def test_declining_leaves_the_booking_as_it_was():
    scenario = given(*COUNTERED).when(decline())

    scenario.then(DECLINED).then_outcome(Outcome.DECLINED)
    assert scenario.booking.slot == slot(THURSDAY)
    assert scenario.booking.open_request is None


def test_a_decline_can_have_a_note():
    given(*COUNTERED).when(decline("No.")).then(
        replace(DECLINED, personal=Note(note="No."))
    )


def test_while_countered_the_owners_former_wish_is_another():
    """It is judged again, and the workshop is asked again."""
    again = move(to=FRIDAY, at=LATE, request=NEXT_REQUEST)

    given(*COUNTERED).when(again).then(
        SUPERSEDED, replace(ASKED_FOR_FRIDAY, change_request_id=NEXT_REQUEST)
    ).then_outcome(Outcome.CHANGE_REQUESTED)


def test_while_countered_the_wish_for_what_was_proposed_is_the_same():
    again = move(to=SATURDAY, at=SOON, request=NEXT_REQUEST)

    scenario = given(*COUNTERED).when(again)

    scenario.then_nothing().then_outcome(Outcome.CHANGE_REQUESTED)
    assert scenario.decided.change_request_id == ASKED_FOR_FRIDAY.change_request_id


def test_a_counter_after_the_start_lives_as_long_as_its_ttl_or_its_target():
    """The old start lies behind, so it does not end what is proposed after it."""
    late = THURSDAY + HOUR
    asked = replace(ASKED_FOR_FRIDAY, expires_at=FRIDAY)

    given(PLACED, CONFIRMED, asked).when(counter(NEXT_MONDAY, None, at=late)).then(
        replace(
            COUNTERED_WITH_SATURDAY,
            target=slot(NEXT_MONDAY),
            expires_at=late + 2 * DAY,
            personal=None,
        )
    )
