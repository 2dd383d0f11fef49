"""Owners' keys on PostgreSQL, for whoever wraps them anew; a connection of its own."""

from collections.abc import Sequence
from datetime import datetime

from adapters.postgres import pipeline, plan
from adapters.postgres.arrays import Blobs, Texts
from adapters.postgres.pipeline import Rows
from adapters.postgres.plan import Statement
from adapters.postgres.session import Session, unavailable
from application.rotating import Canary, WrappedAnew, WrappedKey
from projections.epoch import EPOCH


class PostgresKeys:
    """The port `WrappedKeys`."""

    def __init__(self, url: str, *, epoch: int = EPOCH) -> None:
        self._session = Session(url)
        self._epoch = epoch

    async def canaries(self) -> Sequence[Canary]:
        found = await self._find(Statement("see_canaries"))
        return [Canary(wrapped=wrapped, wrapped_by=by) for wrapped, by in found]

    async def count(self) -> Sequence[tuple[bytes | None, int]]:
        found = await self._find(Statement("count_keys"))
        return [(by, count) for by, count in found]

    async def after(self, owner: str, limit: int) -> Sequence[WrappedKey]:
        found = await self._find(Statement("see_keys", (owner, limit)))
        return [
            WrappedKey(owner=owner, wrapped=wrapped, wrapped_by=by)
            for owner, wrapped, by in found
        ]

    async def take_over(
        self, canary: WrappedAnew, former: bytes, now: datetime
    ) -> bool:
        remember = Statement("keep_former", (canary.wrapped, former, now))
        return await self._change(remember, _anew(canary.wrapped, [canary])) == 1

    async def wrap_anew(self, canary: bytes, keys: Sequence[WrappedAnew]) -> int:
        return await self._change(_anew(canary, keys))

    async def forget_formers(self) -> None:
        await self._change(Statement("forget_formers"))

    async def close(self) -> None:
        await self._session.close()

    async def _find(self, statement: Statement) -> Rows:
        (found,) = await self._run([statement])
        return found

    async def _change(self, *statements: Statement) -> int:
        """Change rows under the head row; return how many the last statement did."""
        change = [*plan.lock(self._epoch), *statements, Statement("commit")]
        found = pipeline.named(change, await self._run(change))
        ((count,),) = found[statements[-1].name]
        return int(count)

    async def _run(self, statements: Sequence[Statement]) -> list[Rows]:
        async with self._session.connected() as conn:
            with unavailable(conn):
                return await pipeline.run_async(conn, statements)


def _anew(canary: bytes, keys: Sequence[WrappedAnew]) -> Statement:
    return Statement(
        "wrap_keys_anew",
        (
            canary,
            Texts([key.owner for key in keys]),
            Blobs([key.wrapped for key in keys]),
            Blobs([key.anew for key in keys]),
            Blobs([key.wrapped_by for key in keys]),
            Blobs([key.sealed_by for key in keys]),
        ),
    )
