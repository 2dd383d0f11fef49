"""Contract section 6: every decision in every state of booking and request, twice.

What is expected is read from `cases.decisions`, which knows nothing of the domain.
"""

from itertools import product

import pytest

from domain import clock, events
from domain.booking import Status, fold
from domain.identity import Role
from domain.policy import TargetWindow
from domain.structs import replace
from tests.domain.cases import decisions
from tests.domain.cases.decisions import ANSWERS, EVENTS, OPEN, STEPS, SUPERSEDES
from tests.domain.cases.scenes import ANOTHER, EVENING, FREE, TAKEN
from tests.domain.cases.standing import (
    LATER,
    REASON,
    STRICT,
    decide,
    move,
    names,
    reply,
    seen,
    step,
    told,
)
from tests.examples import (
    HOUR,
    MINUTE,
    MONDAY,
    POLICY,
    REQUEST,
    SERVICE,
    THURSDAY,
    slot,
)

OPEN_STATES = ("PENDING", "CONFIRMED")
STATES = (*OPEN_STATES, "IN_PROGRESS", "COMPLETED", "NO_SHOW", "CANCELLED")


def expected(cell: str, kind: str) -> str:
    return f"!{decisions.code(cell, kind)}" if cell.startswith("!") else cell


# Requests that a booking in the state may have had, or have.
def requests_in(state: str) -> list[str]:
    return ["none", *(name for name in ANSWERS if can_be(state, name))]


def can_be(state: str, request: str) -> bool:
    if request == "cancel_approved":
        return state == "CANCELLED"
    if request == "cancel":
        return state == "CONFIRMED"
    return state in OPEN_STATES or request not in OPEN | {"lapsed", "counter_lapsed"}


def steps(name: str) -> list[tuple[str, str]]:
    """Return the states and requests that a step can meet."""
    return [(state, request) for state in STEPS[name] for request in requests_in(state)]


def answers() -> list[tuple[str, str]]:
    """Return the requests that can be answered, and the states that they are in."""
    return [
        (state, request)
        for request, state in product(ANSWERS, STATES)
        if can_be(state, request)
    ]


@pytest.mark.parametrize("name", STEPS)
def test_every_step_is_answered_as_the_table_says(name):
    for state, request in steps(name):
        cell = expected(STEPS[name][state], "booking")

        assert told(*step(name, state, request)) == cell, (state, request)


@pytest.mark.parametrize("name", STEPS)
def test_every_step_is_one_event_and_leaves_an_open_wish_or_ends_it(name):
    for state, request in steps(name):
        cell = STEPS[name][state]
        if cell not in EVENTS:
            continue
        command, met = step(name, state, request)
        open_before = met.booking.open_request
        decided, after = decide(command, met)
        ends = open_before is not None and name in SUPERSEDES

        assert names(decided) == ("ChangeSuperseded",) * ends + (EVENTS[cell],)
        assert after.booking.open_request == (None if ends else open_before)
        assert after.booking.revision == met.booking.revision + 1 + ends
        again, still = decide(command, after)
        assert (names(again), again.outcome.value) == ((), "unchanged")
        assert still == after


@pytest.mark.parametrize("name", ANSWERS["move"])
def test_every_answer_is_answered_as_the_table_says(name):
    for state, request in answers():
        cell = expected(ANSWERS[request][name], "request")

        assert told(reply(name), seen(state, request)) == cell, (state, request)


@pytest.mark.parametrize("name", ANSWERS["move"])
def test_every_answer_is_one_event_and_given_again_it_is_none(name):
    for state, request in answers():
        cell = ANSWERS[request][name]
        if cell not in EVENTS:
            continue
        met = seen(state, request)
        decided, after = decide(reply(name), met)

        assert names(decided) == (EVENTS[cell],)
        assert decided.change_request_id == REQUEST
        assert after.booking.revision == met.booking.revision + 1
        again, still = decide(reply(name), after)
        assert (names(again), again.outcome.value) == ((), "unchanged")
        assert still == after


@pytest.mark.parametrize("state", OPEN_STATES)
@pytest.mark.parametrize(
    ("request_", "name", "start"),
    [("move", "approve", FREE), ("countered", "accept", ANOTHER)],
)
def test_what_was_granted_swaps_the_slot_and_counts_as_a_move(
    request_, name, start, state
):
    met = seen(state, request_)
    _decided, after = decide(reply(name), met)

    assert after.booking.slot == slot(start)
    assert after.booking.status is met.booking.status
    assert after.booking.open_request is None
    assert after.booking.reschedule_count == 1
    assert len(after.booking.holds()) == 1


def test_a_granted_cancel_is_the_owners_with_the_reason_of_the_request():
    _decided, after = decide(reply("approve"), seen("CONFIRMED", "cancel"))

    assert after.booking.status is Status.CANCELLED
    assert after.booking.cancellation is not None
    assert after.booking.cancellation.by.role is Role.OWNER
    assert after.booking.cancellation.personal == REASON
    assert after.booking.holds() == ()


def test_a_counter_moves_the_hold():
    met = seen("CONFIRMED", "move")
    _decided, after = decide(reply("counter"), met)

    assert [one.start for one in after.booking.holds()] == [THURSDAY, LATER]
    assert after.request is not None
    assert after.request.target == slot(LATER)
    assert after.request.asked == slot(FREE)


@pytest.mark.parametrize(
    ("to", "code"), [(TAKEN, "!slot_taken"), (EVENING, "!slot_unbookable")]
)
def test_a_counter_is_refused_a_time_that_cannot_be_had(to, code):
    assert told(reply("counter", to=to), seen("CONFIRMED", "move")) == code


def test_the_same_counter_again_is_none():
    again = reply("counter", to=ANOTHER)

    assert told(again, seen("CONFIRMED", "countered")) == "unchanged"


def test_a_counter_sets_the_expiry_anew():
    _decided, after = decide(reply("counter"), seen("CONFIRMED", "move"))

    assert after.request is not None
    assert after.request.expires_at == MONDAY + 48 * HOUR


SHORTER = [
    replace(STRICT, holidays=(FREE.date().isoformat(), ANOTHER.date().isoformat())),
    replace(STRICT, opening_hours=replace(POLICY.opening_hours, mon=(), wed=())),
]


@pytest.mark.parametrize("today", SHORTER)
def test_what_the_workshop_grants_must_lie_in_todays_hours(today):
    assert told(reply("approve"), seen("CONFIRMED", "move"), today) == (
        "!slot_unbookable"
    )


@pytest.mark.parametrize("today", SHORTER)
def test_a_cancel_can_be_granted_whatever_the_hours(today):
    assert told(reply("approve"), seen("CONFIRMED", "cancel"), today) == "approved"


def test_lead_horizon_and_grid_are_those_of_the_request():
    window = TargetWindow(lead_minutes=60 * 24 * 60, horizon_days=1, grid_minutes=7)
    stricter = replace(STRICT, rules=replace(STRICT.rules, target_window=window))

    assert told(reply("approve"), seen("CONFIRMED", "move"), stricter) == "approved"


@pytest.mark.parametrize("state", OPEN_STATES)
@pytest.mark.parametrize(
    ("to", "override", "expected_"),
    [
        (FREE, False, "rescheduled"),
        (TAKEN, False, "!slot_taken"),
        (EVENING, False, "!slot_unbookable"),
        (MONDAY - HOUR, False, "!slot_unbookable"),
        (MONDAY + HOUR, False, "!slot_unbookable"),
        (TAKEN, True, "!slot_taken"),
        (EVENING, True, "rescheduled"),
        (MONDAY + HOUR, True, "rescheduled"),
        (MONDAY - HOUR, True, "!slot_unbookable"),
        (MONDAY - MINUTE, True, "!slot_unbookable"),
    ],
)
def test_an_override_beats_rules_and_window_but_neither_bays_nor_the_past(
    to, override, expected_, state
):
    assert told(move(to, override=override), seen(state, "none")) == expected_


def test_a_move_of_the_workshops_is_not_judged_unless_it_overrides():
    plain, _after = decide(move(FREE), seen("CONFIRMED", "none"))
    overriding, after = decide(move(FREE, override=True), seen("CONFIRMED", "none"))

    assert plain.decision is None
    assert plain.events == (
        events.Rescheduled(service=SERVICE, slot=slot(FREE), decision=None),
    )
    (moved,) = overriding.events
    assert isinstance(moved, events.Rescheduled)
    assert (moved.override, moved.personal) == (True, REASON)
    assert moved.decision is not None
    assert after.booking.reschedule_count == 0


def test_the_workshop_moves_to_the_very_slot_that_its_owner_asked_for():
    decided, after = decide(move(FREE), seen("CONFIRMED", "move"))

    assert names(decided) == ("ChangeSuperseded", "Rescheduled")
    assert [one.start for one in after.booking.holds()] == [FREE]


@pytest.mark.parametrize("request_", ["move", "countered", "cancel"])
def test_a_move_to_its_own_start_leaves_the_request_open(request_):
    met = seen("CONFIRMED", request_)
    _decided, after = decide(move(THURSDAY), met)

    assert after.booking.open_request == met.booking.open_request


@pytest.mark.parametrize("request_", ["move", "countered"])
def test_a_pending_booking_whose_start_has_come_is_cancelled_by_the_clock(request_):
    met = seen("PENDING", request_, THURSDAY)

    assert met.booking.status is Status.CANCELLED
    assert met.booking.cancellation is not None
    assert met.booking.cancellation.by.role is Role.SYSTEM
    assert met.booking.cancellation.at == THURSDAY
    for name in ANSWERS["move"]:
        assert told(reply(name), met) == "!request_closed"


def test_at_one_moment_a_request_expires_before_its_booking_is_cancelled():
    history = seen("PENDING", "move", MONDAY).history
    booking = fold(history)
    assert booking is not None

    assert [type(event).__name__ for _at, event in clock.facts(booking, THURSDAY)] == [
        "ChangeExpired",
        "Cancelled",
    ]
