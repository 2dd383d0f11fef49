"""Reads that wait together are answered together, also that there is no store."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

import pytest

from adapters.rounds import Asked, Query, Rounds, Rows
from application.failures import Unavailable

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Row(NamedTuple):
    number: int


class Place:
    """Answers a round once it is told to, and fails while it is `away`."""

    def __init__(self, away: Exception | None) -> None:
        self.away = away
        self.rounds = 0
        self.goes = asyncio.Event()

    async def read(self, asked: Asked) -> Sequence[Rows]:
        self.rounds += 1
        await self.goes.wait()
        if self.away is not None:
            raise self.away
        return [[(1,)] for _query in asked.queries]


async def ask(rounds: Rounds) -> object:
    turn = rounds.join()
    rows = turn.query(Query("one", (), Row))
    await turn.answered()
    return rows()


async def asked_in_two_rounds(place: Place) -> tuple[Rounds, list[object]]:
    """Return what both were answered, the second having come during the first."""
    rounds = Rounds(place.read)
    first = asyncio.create_task(ask(rounds))
    while not place.rounds:  # noqa: ASYNC110 - the round tells nobody
        await asyncio.sleep(0)
    second = asyncio.create_task(ask(rounds))
    await asyncio.sleep(0)
    place.goes.set()
    answers = await asyncio.gather(first, second, return_exceptions=True)
    return rounds, list(answers)


async def test_whoever_came_while_the_store_was_found_away_does_not_wait_once_more():
    away = Unavailable("It is away.")
    place = Place(away)

    rounds, answers = await asked_in_two_rounds(place)

    assert (answers, place.rounds) == ([away, away], 1)
    place.away = None
    assert await ask(rounds) == [Row(1)]


async def test_a_fault_of_one_round_is_not_the_next_ones():
    place = Place(ValueError())

    _rounds, answers = await asked_in_two_rounds(place)

    assert [type(answer) for answer in answers] == [ValueError, ValueError]
    assert place.rounds == 2
