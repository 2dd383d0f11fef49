"""What is sent twice happens once, with or without a key: the second adds no event."""

import pytest

from domain.events import Mark
from tests.batches import Story, call, decided, stored, story
from tests.examples import (
    ASKED_FOR_FRIDAY,
    CONFIRMED,
    COUNTERED_WITH_SATURDAY,
    FRIDAY,
    LATE,
    PLACED,
    SATURDAY,
    STARTED,
    SUNDAY,
    THURSDAY,
    cancel,
    confirm,
    move,
)
from tests.wishes import (
    accept,
    approve,
    called_off,
    complete,
    counter,
    decline,
    mark,
    ordered_to,
    record_no_show,
    reject,
    start,
    withdraw,
)

WAITING = story(PLACED)
BOOKED = story(PLACED, CONFIRMED)
IN_WORK = story(PLACED, CONFIRMED, STARTED)
ASKED = story(PLACED, CONFIRMED, ASKED_FOR_FRIDAY)
COUNTERED = story(PLACED, CONFIRMED, ASKED_FOR_FRIDAY, COUNTERED_WITH_SATURDAY)


@pytest.mark.parametrize(
    ("past", "wish", "status"),
    [
        (WAITING, confirm(), 200),
        (BOOKED, start(), 200),
        (IN_WORK, complete(), 200),
        (BOOKED, record_no_show(at=THURSDAY), 200),
        (BOOKED, mark(), 200),
        (IN_WORK, mark(Mark.VEHICLE_RECEIVED), 200),
        (BOOKED, move(to=FRIDAY), 200),
        (BOOKED, move(to=FRIDAY, at=LATE), 202),
        (ASKED, move(to=SATURDAY, at=LATE), 202),
        (BOOKED, cancel(), 200),
        (BOOKED, cancel(at=LATE), 202),
        (BOOKED, ordered_to(FRIDAY), 200),
        (BOOKED, ordered_to(SUNDAY, because="The lift is broken."), 200),
        (BOOKED, called_off(), 200),
        (ASKED, approve(), 200),
        (ASKED, reject(), 200),
        (ASKED, counter(), 200),
        (ASKED, withdraw(), 200),
        (COUNTERED, accept(), 200),
        (COUNTERED, decline(), 200),
    ],
)
def test_a_command_sent_twice_adds_no_second_event(past: Story, wish, status):
    once = decided(stored(past), call(wish))
    twice = decided(stored(past), call(wish), call(wish))

    assert [one.answer.status for one in twice.answers] == [status, status]
    assert len(once.events) >= 1
    assert twice.events == once.events
    first, again = twice.answers
    assert again.position == first.position
    assert again.answer.shown == first.answer.shown
