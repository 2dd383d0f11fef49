"""A process whose clients race for slots, with a committer of its own.

`python -m tests.storms.racer URL`: each line on stdin is a heat, a JSON array of
wishes; all of it is wanted at once. Answered by a line on stdout, an array of what each
was told. A first, empty line on stdout says that it is ready.
"""

import asyncio
import os
import random
import sys
from collections.abc import Sequence

import msgspec

from adapters import bootstrap, clock
from adapters.settings import read_settings
from application.committer import Committer
from tests import running
from tests.storms import wishing
from tests.storms.wishing import Told, Wish

_heats = msgspec.json.Decoder(list[Wish])


async def run(url: str) -> None:
    dice = random.Random(os.getpid())  # noqa: S311 - it only mixes
    async with bootstrap.opened(read_settings(running.environment(url))) as opened:
        committer = Committer(opened.store, opened.vault, end_now)
        task = asyncio.create_task(committer.run())
        say(b"")
        while line := await asyncio.to_thread(sys.stdin.buffer.readline):
            wishes = _heats.decode(line)
            dice.shuffle(wishes)
            say(msgspec.json.encode(await heat(committer, wishes, dice)))
        task.cancel()


async def heat(
    committer: Committer, wishes: Sequence[Wish], dice: random.Random
) -> list[Told]:
    """Want everything at once, but for a few turns, so that batches differ."""
    return await asyncio.gather(
        *(want(committer, wish, dice.randrange(3)) for wish in wishes)
    )


async def want(committer: Committer, wish: Wish, turns: int) -> Told:
    for _turn in range(turns):
        await asyncio.sleep(0)
    answered = await committer.change(wishing.call_for(wish, clock.now()))
    answer, result = answered.answer, answered.answer.result
    if answer.refused is not None:
        return Told(wish=wish, status=answer.status, word=answer.refused.code)
    assert result is not None
    return Told(
        wish=wish,
        status=answer.status,
        word=result.outcome.value,
        message_id=None if result.message is None else result.message.id,
        is_replay=answered.is_replay,
    )


def say(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


def end_now(_error: BaseException) -> None:
    os._exit(1)


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1]))
