"""Of several refusals the first is given, whichever others there are."""

from itertools import combinations

import pytest

from domain import errors
from domain.decide import Outcome
from domain.policy import Effect, Notice, ReasonTerms, Rules
from domain.structs import replace
from tests.dsl import Scenario, given
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
    STARTED,
    THURSDAY,
    UPLOAD,
    cancel,
    hold,
    move,
    place,
    say,
)

AFTER_THE_THREAD = THURSDAY + HOUR + 30 * DAY + MINUTE
SIX_WEEKS_ON = MONDAY + 42 * DAY
STRICT = replace(
    POLICY,
    rules=Rules(
        reschedule_notice=Notice(effect=Effect.DENY),
        cancel_notice=Notice(effect=Effect.DENY),
    ),
)
REASONED = replace(POLICY, rules=Rules(reason=ReasonTerms(required=True)))
BOTH = replace(POLICY, rules=replace(STRICT.rules, reason=ReasonTerms(required=True)))
Ills = frozenset[type[errors.Refusal]]

OF_A_MOVE = (
    errors.ThreadClosed,
    errors.BookingClosed,
    errors.UploadUnusable,
    errors.SlotUnbookable,
    errors.SlotTaken,
    errors.PolicyDenied,
)
OF_A_CANCEL = (
    errors.ThreadClosed,
    errors.BookingInProgress,
    errors.UploadUnusable,
    errors.ReasonRequired,
    errors.PolicyDenied,
)
OF_A_PLACE = (
    errors.ServiceUnknown,
    errors.GroupUnknown,
    errors.SlotUnbookable,
    errors.SlotTaken,
    errors.TooManyOpen,
)


def together(refusals: tuple[type[errors.Refusal], ...]) -> list[Ills]:
    """Return every set of one or more of `refusals`."""
    return [
        frozenset(some)
        for size in range(1, len(refusals) + 1)
        for some in combinations(refusals, size)
    ]


def names(ills: Ills) -> str:
    return "+".join(sorted(ill.code for ill in ills))


def now(ills: Ills):
    if errors.ThreadClosed in ills:
        return AFTER_THE_THREAD
    return LATE if errors.PolicyDenied in ills else MONDAY


def scene(ills: Ills) -> Scenario:
    history = (PLACED, CONFIRMED)
    ended = (CANCELLED,) if errors.BookingClosed in ills else ()
    begun = (STARTED,) if errors.BookingInProgress in ills else ()
    scenario = given(*history, *begun, *ended)
    if errors.ReasonRequired in ills:
        scenario.under(BOTH if errors.PolicyDenied in ills else REASONED)
    elif errors.PolicyDenied in ills:
        scenario.under(STRICT)
    if errors.SlotTaken in ills:
        scenario.beside(
            hold(SIX_WEEKS_ON, booking_id=1),
            hold(SIX_WEEKS_ON + 8 * HOUR, booking_id=2),
        )
    return scenario


def message(ills: Ills):
    uploads = (UPLOAD,) if errors.UploadUnusable in ills else ()
    return say(at=now(ills), uploads=uploads)


def moving(ills: Ills) -> Scenario:
    at_ten, after_closing = SIX_WEEKS_ON, SIX_WEEKS_ON + 8 * HOUR
    target = after_closing if errors.SlotUnbookable in ills else at_ten
    return scene(ills).when(move(to=target, at=now(ills)), message(ills))


def cancelling(ills: Ills) -> Scenario:
    reason = None if errors.ReasonRequired in ills else "Sold the car."
    return scene(ills).when(cancel(reason, at=now(ills)), message(ills))


def placing(ills: Ills) -> Scenario:
    at_ten, after_closing = SIX_WEEKS_ON, SIX_WEEKS_ON + 8 * HOUR
    start = after_closing if errors.SlotUnbookable in ills else at_ten
    number = 9 if errors.ServiceUnknown in ills else 1
    limit = POLICY.rules.open_bookings.limit
    scenario = given().waiting_elsewhere(limit if errors.TooManyOpen in ills else 0)
    if errors.SlotTaken in ills:
        scenario.beside(
            hold(SIX_WEEKS_ON, booking_id=1),
            hold(SIX_WEEKS_ON + 8 * HOUR, booking_id=2),
        )
    wish = place(start, service=replace(PLACED.service, id=number))
    named = replace(wish, group_given=errors.GroupUnknown in ills)
    return scenario.when(named, message(ills))


def first(ills: Ills, order: tuple[type[errors.Refusal], ...]) -> type[errors.Refusal]:
    return next(refusal for refusal in order if refusal in ills)


@pytest.mark.parametrize("ills", together(OF_A_MOVE), ids=names)
def test_a_move_with_a_message_is_refused_by_the_first_of_its_ills(ills):
    moving(ills).then_refused(first(ills, OF_A_MOVE))


@pytest.mark.parametrize("ills", together(OF_A_CANCEL), ids=names)
def test_a_cancel_with_a_message_is_refused_by_the_first_of_its_ills(ills):
    cancelling(ills).then_refused(first(ills, OF_A_CANCEL))


@pytest.mark.parametrize("ills", together(OF_A_PLACE), ids=names)
def test_a_booking_is_refused_by_the_first_of_its_ills(ills):
    placing(ills).then_refused(first(ills, OF_A_PLACE))


def test_without_an_ill_both_happen():
    placing(frozenset()).then_outcome(Outcome.PLACED)
    moving(frozenset()).then_outcome(Outcome.RESCHEDULED)
    cancelling(frozenset()).then_outcome(Outcome.CANCELLED)


def test_the_order_does_not_depend_on_which_wish_came_first():
    unusable = say(uploads=(UPLOAD,))

    given(PLACED, CANCELLED).when(unusable, move(to=SIX_WEEKS_ON)).then_refused(
        errors.BookingClosed
    )


def test_an_unknown_service_is_named_before_its_time():
    given().beside(hold(SIX_WEEKS_ON)).when(
        place(SIX_WEEKS_ON + 8 * HOUR, service=replace(PLACED.service, id=9))
    ).then_refused(errors.ServiceUnknown)


def test_a_time_that_cannot_be_booked_is_named_before_one_that_is_taken():
    later = SIX_WEEKS_ON + 8 * HOUR

    given().beside(hold(later)).when(place(later)).then_refused(errors.SlotUnbookable)


def test_every_refusal_has_its_place_in_the_order():
    assert set(errors.ORDER) == set(errors.Refusal.__subclasses__())
    assert len(errors.ORDER) == len(set(errors.ORDER))


def test_the_order_is_that_of_the_contract():
    for order in (OF_A_MOVE, OF_A_CANCEL, OF_A_PLACE):
        assert [refusal for refusal in errors.ORDER if refusal in order] == [*order]


def test_every_refusal_has_a_code_of_its_own_and_says_something():
    codes = [refusal.code for refusal in errors.ORDER]

    assert len(codes) == len(set(codes))
    assert all(refusal.detail.endswith(".") for refusal in errors.ORDER)


def test_a_refusal_says_its_detail_unless_given_a_better_one():
    assert str(errors.SlotTaken()) == errors.SlotTaken.detail
    assert str(errors.SlotUnbookable("Closed.")) == "Closed."
    assert str(errors.UploadUnusable((0,))) == errors.UploadUnusable.detail


def test_a_refusal_has_neither_pointers_nor_a_decision_unless_it_names_them():
    closed = errors.BookingClosed()

    assert closed.pointers == ()
    assert closed.decision is None
