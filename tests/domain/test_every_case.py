"""Contract section 3, the whole cross product: every PUT of an owner, in every case.

What is expected is read from `cases.put`, which knows nothing of the domain.
"""

from itertools import combinations
from typing import NamedTuple

import pytest

from application import answers
from domain import clock, events
from domain.booking import Booking, Status
from domain.decide import Outcome, Situation, decide_all
from domain.errors import Refusal
from domain.events import BookingEvent
from domain.slots import Occupancy
from tests.domain.cases import put, scenes
from tests.domain.cases.put import Answer, Case
from tests.examples import REQUEST, THURSDAY, WORKSHOP, hold, origin, place, say

CASES = list(put.every_case())
REQUESTS = {REQUEST: "kept", scenes.NEW_REQUEST: "new", None: None}
# The refusals of which no other is there at the same time are left out.
MEET = {
    "thread_closed": {
        "booking_closed",
        "booking_in_progress",
        "upload_unusable",
        "slot_unbookable",
        "slot_taken",
        "reason_required",
        "policy_denied",
    },
    "booking_closed": {"upload_unusable"},
    "booking_in_progress": {"upload_unusable"},
    "upload_unusable": {
        "slot_unbookable",
        "slot_taken",
        "reason_required",
        "policy_denied",
    },
    "slot_unbookable": {"slot_taken", "policy_denied"},
    "slot_taken": {"policy_denied"},
    "reason_required": {"policy_denied"},
}


class Told(NamedTuple):
    """What the domain answers, the last of its events, and the booking after them."""

    answer: Answer
    last: BookingEvent | None
    after: Booking


def told(case: Case) -> Told:
    version, booking, wishes, situation = scenes.scene(case)
    by = origin(wishes[0].at, wishes[0].by)
    try:
        decided, new, after = decide_all(wishes, booking, situation, by, version)
    except Refusal as refusal:
        judged = refusal.decision is not None
        return Told(Answer(409, code=refusal.code, judged=judged), None, booking)
    assert decided.events == tuple(one.event for one in new)
    result = answers.result(decided, request=None, message=None)
    asked = result.outcome is Outcome.CHANGE_REQUESTED
    still_open = after.open_request
    answer = Answer(
        status=202 if asked else 200,
        outcome=result.outcome.value,
        events=tuple(type(event).__name__ for event in decided.events),
        request=REQUESTS[decided.change_request_id],
        open_request=REQUESTS[still_open.id if still_open else None],
        changed=result.changed,
        judged=result.decision is not None,
    )
    return Told(answer, decided.events[-1] if decided.events else None, after)


@pytest.mark.parametrize("state", put.STATES)
def test_every_put_is_answered_as_the_contract_says(state):
    wrong = []
    for case in CASES:
        if case.state == state:
            expected, got = put.answer(case), told(case).answer
            if got != expected:
                wrong.append((case, expected, got))

    assert wrong == []


def test_a_put_moves_ends_and_names_nothing_but_what_it_tells():
    for case in CASES:
        before, (got, last, after) = scenes.scene(case).booking, told(case)
        moved, ended = got.outcome == "rescheduled", got.outcome == "cancelled"
        said = got.events.count("MessageAppended")

        assert after.slot.start == (scenes.FREE if moved else THURSDAY), case
        assert after.status is (Status.CANCELLED if ended else before.status), case
        assert after.revision == before.revision + len(got.events) - said, case
        if isinstance(last, events.MessageAppended):
            # A message names the request that a 202 tells of, and no other does.
            assert REQUESTS[last.change_request_id] == got.request, case


def test_every_two_refusals_that_can_meet_have_met():
    met = {
        pair
        for case in CASES
        for pair in combinations(
            sorted(set(put.refusals(case)), key=put.ORDER.index), 2
        )
    }

    assert met == {(one, two) for one, others in MEET.items() for two in others}


def test_nothing_is_left_of_a_request_that_the_clock_has_ended():
    for case in CASES:
        if "lapsed" in case.request:
            booking = scenes.scene(case).booking
            at = scenes.now(case.state, case.thread)
            assert booking.open_request is None
            assert clock.at(booking, at) == booking


ILLS_OF_A_PLACE = ("slot_unbookable", "slot_taken", "too_many_open")


@pytest.mark.parametrize(
    "ills",
    [some for count in range(1, 4) for some in combinations(ILLS_OF_A_PLACE, count)],
    ids="+".join,
)
@pytest.mark.parametrize("message", [(), (say(),)], ids=["alone", "with a message"])
def test_a_new_booking_is_refused_by_the_first_of_its_ills(ills, message):
    start = scenes.EVENING if "slot_unbookable" in ills else scenes.FREE
    situation = Situation(
        workshop=WORKSHOP,
        occupancy=Occupancy([hold(start)] if "slot_taken" in ills else []),
        pending_elsewhere=5 if "too_many_open" in ills else 4,
    )

    with pytest.raises(Refusal) as raised:
        decide_all((place(start), *message), None, situation, origin(), 0)

    assert raised.value.code == ills[0]
