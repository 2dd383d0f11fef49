"""What is swept up on PostgreSQL, on a connection of its own."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

from adapters import rows
from adapters.connections import Connections
from adapters.postgres import pipeline, plan
from adapters.postgres.arrays import Bigints, Uuids
from adapters.postgres.pipeline import Rows
from adapters.postgres.plan import Statement
from adapters.postgres.session import LOCK_TIMEOUT, Session, unavailable
from adapters.rows import UploadRow
from application.stored import Upload
from projections.epoch import EPOCH


class PostgresSweeps:
    """The port `Sweeps`."""

    def __init__(
        self, url: str, *, epoch: int = EPOCH, lock_timeout: str = LOCK_TIMEOUT
    ) -> None:
        self._session = Session(url, lock_timeout=lock_timeout, use="sweeps")
        self._epoch = epoch

    @property
    def connections(self) -> Connections:
        return self._session.connections

    async def moment(self, now: datetime) -> datetime:
        ((moment,),) = await self._find(Statement("earlier_moment", (now,)))
        return cast("datetime", moment).astimezone(UTC)

    async def due(
        self, now: datetime, limit: int, without: Collection[int] = ()
    ) -> Sequence[int]:
        look = Statement("find_due", (now, limit, Bigints(without)))
        found = await self._find(look)
        return [booking_id for (booking_id,) in found]

    async def doomed(self, limit: int) -> Sequence[Upload]:
        found = await self._find(Statement("find_doomed", (limit,)))
        return [rows.upload(UploadRow(*row)) for row in found]

    async def bookings_of(self, owner: str) -> Sequence[int]:
        found = await self._find(Statement("find_owners_bookings", (owner,)))
        return [booking_id for (booking_id,) in found]

    async def doom_unused(self, before: datetime, limit: int) -> int:
        return await self._change(Statement("doom_unused", (before, limit)))

    async def remove(self, uploads: Sequence[UUID]) -> int:
        return await self._change(Statement("remove_doomed", (Uuids(uploads),)))

    async def forget_keys(self, before: datetime, limit: int) -> int:
        return await self._change(Statement("forget_answers", (before, limit)))

    async def close(self) -> None:
        await self._session.close()

    async def _find(self, statement: Statement) -> Rows:
        (found,) = await self._run([statement])
        return found

    async def _change(self, statement: Statement) -> int:
        """Change rows under the head row; return how many."""
        change = [*plan.lock(self._epoch), statement, Statement("commit")]
        ((count,),) = pipeline.named(change, await self._run(change))[statement.name]
        return int(count)

    async def _run(self, statements: Sequence[Statement]) -> list[Rows]:
        async with self._session.connected() as conn:
            with unavailable(conn):
                return await pipeline.run_async(conn, statements)
