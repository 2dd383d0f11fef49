"""What the clock does to a booking, written or not: each fact from its moment on."""

import pytest

from domain import clock
from domain.booking import Status
from domain.changes import RequestStatus
from domain.events import Cancelled
from domain.identity import Role
from domain.structs import replace
from tests.dsl import given
from tests.examples import (
    ASKED_FOR_FRIDAY,
    ASKED_TO_CANCEL,
    CANCELLED,
    CONFIRMED,
    COUNTERED_WITH_SATURDAY,
    EXPIRED,
    FRIDAY,
    HOUR,
    LATE,
    MINUTE,
    MISSED,
    MOVED_TO_FRIDAY,
    PLACED,
    STARTED,
    SUPERSEDED,
    THURSDAY,
    say,
)

TICK = MINUTE / 60_000_000
UNTIL_LATER = replace(ASKED_FOR_FRIDAY, expires_at=LATE + HOUR)


def booking(*history):
    return given(*history).when(say()).booking


def test_a_pending_booking_is_cancelled_by_the_clock_when_its_start_comes():
    assert clock.facts(booking(PLACED), THURSDAY) == ((THURSDAY, Cancelled()),)


def test_a_request_expires_when_its_time_has_run_out():
    asked = booking(PLACED, CONFIRMED, ASKED_FOR_FRIDAY)

    assert clock.facts(asked, THURSDAY) == ((THURSDAY, EXPIRED),)


@pytest.mark.parametrize(
    "history", [(PLACED,), (PLACED, CONFIRMED, ASKED_FOR_FRIDAY)], ids=["start", "ttl"]
)
def test_a_fact_is_none_until_its_very_moment(history):
    before = booking(*history)

    assert clock.facts(before, THURSDAY - TICK) == ()
    assert clock.at(before, THURSDAY - TICK) == before
    assert len(clock.facts(before, THURSDAY)) == 1
    assert len(clock.facts(before, FRIDAY)) == 1


def test_at_one_moment_the_request_expires_before_the_booking_is_cancelled():
    asked = booking(PLACED, ASKED_FOR_FRIDAY)

    assert clock.facts(asked, THURSDAY) == (
        (THURSDAY, EXPIRED),
        (THURSDAY, Cancelled()),
    )


def test_each_fact_has_its_own_moment():
    asked = booking(PLACED, UNTIL_LATER)

    assert clock.facts(asked, FRIDAY) == (
        (LATE + HOUR, EXPIRED),
        (THURSDAY, Cancelled()),
    )


@pytest.mark.parametrize(
    "history",
    [
        (PLACED, CONFIRMED),
        (PLACED, CONFIRMED, STARTED),
        (PLACED, CONFIRMED, MISSED),
        (PLACED, CANCELLED),
        (PLACED, CONFIRMED, ASKED_FOR_FRIDAY, SUPERSEDED),
        (PLACED, CONFIRMED, ASKED_FOR_FRIDAY, EXPIRED),
    ],
)
def test_to_all_others_time_does_nothing(history):
    before = booking(*history)

    assert clock.facts(before, FRIDAY) == ()
    assert clock.at(before, FRIDAY) == before


def test_a_booking_is_seen_as_if_the_facts_had_been_written():
    """Its revision counts them, and it holds nothing any more."""
    before = booking(PLACED, ASKED_FOR_FRIDAY)

    seen = clock.at(before, FRIDAY)

    assert seen.status is Status.CANCELLED
    assert seen.open_request is None
    assert seen.revision == before.revision + 2
    assert seen.holds() == ()
    assert seen.cancellation is not None
    assert seen.cancellation.by == clock.CLOCK
    assert seen.cancellation.at == THURSDAY
    assert seen.cancellation.personal is None


def test_the_clock_is_the_system():
    assert clock.CLOCK.role is Role.SYSTEM


@pytest.mark.parametrize(
    "asked",
    [(ASKED_FOR_FRIDAY,), (ASKED_FOR_FRIDAY, COUNTERED_WITH_SATURDAY)],
    ids=["PENDING", "COUNTERED"],
)
def test_an_open_request_is_seen_as_expired_from_its_very_moment(asked):
    request = booking(PLACED, CONFIRMED, *asked).open_request
    assert request is not None

    assert clock.request_at(request, THURSDAY - TICK) == request
    assert clock.request_at(request, THURSDAY) == replace(
        request, status=RequestStatus.EXPIRED
    )


def test_a_request_that_was_closed_in_time_does_not_expire():
    request = booking(PLACED, CONFIRMED, ASKED_TO_CANCEL).open_request
    assert request is not None
    closed = replace(request, status=RequestStatus.WITHDRAWN)

    assert clock.request_at(closed, FRIDAY) == closed


@pytest.mark.parametrize(
    ("history", "due_at"),
    [
        ((PLACED,), THURSDAY),
        ((PLACED, MOVED_TO_FRIDAY), FRIDAY),
        ((PLACED, CONFIRMED), None),
        ((PLACED, CONFIRMED, UNTIL_LATER), LATE + HOUR),
        ((PLACED, UNTIL_LATER), LATE + HOUR),
        ((PLACED, replace(ASKED_FOR_FRIDAY, expires_at=FRIDAY)), THURSDAY),
        ((PLACED, CANCELLED), None),
    ],
)
def test_a_booking_is_due_when_the_clock_changes_it_next(history, due_at):
    assert booking(*history).due_at == due_at


def test_what_is_due_at_no_time_is_never_changed_by_the_clock():
    """`due_at` is what the sweeper searches by."""
    for history in ((PLACED,), (PLACED, UNTIL_LATER), (PLACED, CONFIRMED)):
        before = booking(*history)
        due_at = before.due_at

        assert (due_at is None) == (clock.facts(before, FRIDAY) == ())
        if due_at is not None:
            assert clock.facts(before, due_at - TICK) == ()
            assert clock.facts(before, due_at) != ()
