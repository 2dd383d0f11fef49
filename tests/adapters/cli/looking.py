"""What a store has, asked of it directly."""

import asyncio
from collections.abc import Sequence

from application.ports import Append, Loaded, Wanted
from tests import stores


def look(url: str, wanted: Wanted) -> Loaded:
    async def found() -> Loaded:
        seen: list[Loaded] = []

        def keep(loaded: Loaded) -> Append:
            seen.append(loaded)
            return Append()

        async with stores.storing(url) as store:
            await store.transact(wanted, keep, locked=False)
        return seen[0]

    return asyncio.run(found())


def draw_ids(url: str, org_nr: int, count: int) -> Sequence[int]:
    async def drawn() -> Sequence[int]:
        async with stores.storing(url) as store:
            return await store.draw_ids(org_nr, count)

    return asyncio.run(drawn())


def last_position(url: str) -> int:
    with stores.recording(url) as recorder:
        return recorder.max_notification_id() or 0
