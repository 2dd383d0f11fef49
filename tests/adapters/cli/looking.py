"""What a store has, asked of it directly, past the commands."""

import asyncio
from collections.abc import Sequence

from adapters.vault import AesVault
from application import committer
from application.answers import Answered
from application.calls import AnyCall
from application.stored import Append, Loaded, Wanted
from tests import stores

VAULT = AesVault(b"m" * 32)


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


def commit(url: str, calls: Sequence[AnyCall]) -> None:
    async def committed() -> Sequence[Exception | Answered | None]:
        async with stores.storing(url) as store:
            return await committer.commit(store, VAULT, calls)

    for outcome in asyncio.run(committed()):
        assert not isinstance(outcome, Exception)
