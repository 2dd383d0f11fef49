"""The judge of the torture sees what is wrong, whichever way it is."""

import hashlib
from collections.abc import Sequence

import pytest

from tests.storms.torture import judge
from tests.storms.torture.judge import Log, Verdict
from tests.storms.torture.reader import Reading
from tests.storms.torture.telling import Answered, Seen, Wrote, line

Place = tuple[int, str, int]
FIRST, SECOND, THIRD = (1, "storm-1", 1), (2, "storm-1", 2), (3, "booking-1", 1)
WHOLE = [FIRST, SECOND, THIRD]
TOLD: list[Wrote | Answered] = [Wrote("storm-1", 1, 2, 1, 0.0, 0.0), Answered("a", 3)]


def log(places: Sequence[Place]) -> Log:
    told = b"".join(line(*place) for place in places)
    return Log(
        places={position: (stream, version) for position, stream, version in places},
        commands={3: "a"},
        digest=hashlib.sha256(told).hexdigest(),
    )


def seen(*pages: Sequence[Place]) -> Seen:
    reading = Reading("raw")
    for page in pages:
        reading.take(page)
    return reading.seen()


def test_who_saw_the_log_as_it_is_finds_nothing_wrong():
    verdict = judge.judged(log(WHOLE), [seen(WHOLE), seen([FIRST], WHOLE[1:])], TOLD, 0)

    assert verdict == Verdict()
    assert verdict.wrong() == 0


@pytest.mark.parametrize(
    ("pages", "wrong"),
    [
        ([[FIRST, THIRD]], {"missed": 1}),
        ([[FIRST, SECOND]], {"missed": 1}),
        ([[FIRST, THIRD], [SECOND]], {"missed": 1, "out_of_order": 1}),
        ([WHOLE, [THIRD]], {"doubled": 1, "out_of_order": 1}),
        ([[FIRST, (2, "storm-2", 1), THIRD]], {}),
    ],
)
def test_a_reader_that_saw_anything_else_is_noticed(
    pages: list[list[Place]], wrong: dict[str, int]
):
    verdict = judge.judged(log(WHOLE), [seen(*pages)], TOLD, 0)

    assert verdict == Verdict(differing=1, **wrong)


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ([Wrote("storm-1", 1, 3, 1, 0.0, 0.0)], {"lost": 1}),
        ([Wrote("storm-2", 1, 1, 1, 0.0, 0.0)], {"lost": 1}),
        ([Answered("b", 3)], {"lost": 1}),
        ([Answered("a", 4)], {"lost": 1}),
        ([*TOLD, Answered("a", 3)], {"doubled": 1}),
    ],
)
def test_what_was_acknowledged_and_is_not_there_once_is_noticed(
    told: list[Wrote | Answered], wrong: dict[str, int]
):
    verdict = judge.judged(log(WHOLE), [seen(WHOLE)], told, 0)

    assert verdict == Verdict(**wrong)


def test_holes_and_deadlocks_are_noticed():
    places = [FIRST, THIRD]
    verdict = judge.judged(log(places), [seen(places)], [], 2)

    assert verdict == Verdict(holes=1, deadlocks=2)
