"""A committer hints how far the log has come, once for each batch."""

import asyncio

from application.calls import NotFound
from application.committer import Committer
from tests import stores, stories
from tests.examples import BOOKING_ID, LATE, OWNER
from tests.stories import VAULT

NOWHERE = BOOKING_ID + 99 * 1024


def hints_and_answers(
    url: str, *numbers: int
) -> tuple[list[int], list[object], int | None]:
    """Say something about each booking at once; return the log's last position too."""
    hints: list[int] = []

    async def change() -> list[object]:
        async with stores.storing(url) as store:
            committer = Committer(store, VAULT, print, hint=hints.append)
            calls = [
                stories.call(
                    number, OWNER, stories.message("Hi.", at=LATE, number=90 + place)
                )
                for place, number in enumerate(numbers)
            ]
            changing = asyncio.gather(
                *map(committer.change, calls), return_exceptions=True
            )
            working = asyncio.create_task(committer.run())
            answers = list[object](await changing)
            working.cancel()
            await asyncio.wait([working])
            return answers

    answers = asyncio.run(change())
    with stores.recording(url) as recorder:
        return hints, answers, recorder.max_notification_id()


def test_a_batch_hints_at_the_last_position_that_was_answered(told):
    hints, answers, last = hints_and_answers(told, BOOKING_ID, NOWHERE, BOOKING_ID)

    assert hints == [last]
    assert isinstance(answers[1], NotFound)


def test_a_batch_that_wrote_nothing_hints_at_nothing_new(told):
    hints, answers, last = hints_and_answers(told, NOWHERE)

    assert hints == [0]
    assert isinstance(answers[0], NotFound)
    assert last is not None
