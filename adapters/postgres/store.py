"""The committer's store on PostgreSQL: a batch is one transaction with one Sync."""

from collections.abc import Callable, Sequence

import psycopg

from adapters import loading, slices
from adapters.postgres import pipeline, plan
from adapters.postgres.pipeline import Rows
from adapters.postgres.plan import EPOCH, Statement
from adapters.postgres.session import (
    LOCK_TIMEOUT,
    Connection,
    Session,
    unavailable,
)
from application.ports import (
    Append,
    Conflict,
    EpochChanged,
    Loaded,
    OutcomeUnknown,
    Unavailable,
    Wanted,
)
from domain.identity import slice_of

Decide = Callable[[Loaded], Append]


class PostgresStore:
    """The port `Store`."""

    def __init__(
        self, url: str, *, epoch: int = EPOCH, lock_timeout: str = LOCK_TIMEOUT
    ) -> None:
        self._session = Session(url, lock_timeout=lock_timeout)
        self._epoch = epoch

    async def transact(self, wanted: Wanted, decide: Decide, *, locked: bool) -> int:
        async with self._session.connected() as conn:
            if locked:
                return await self._decide_locked(conn, wanted, decide)
            return await self._decide_first(conn, wanted, decide)

    async def draw_ids(self, org_nr: int, count: int) -> Sequence[int]:
        first = slices.first_of(org_nr)
        draw = Statement("draw_ids", (slice_of(org_nr), first, count))
        async with self._session.connected() as conn:
            with unavailable():
                (((drawn,),),) = await pipeline.run_async(conn, [draw])
        return slices.ids(org_nr, drawn, count)

    async def close(self) -> None:
        await self._session.close()

    async def _decide_first(
        self, conn: Connection, wanted: Wanted, decide: Decide
    ) -> int:
        """Load in one snapshot and decide; only then wait for the head row."""
        found = await _load(conn, plan.snapshot(wanted))
        batch = decide(loading.loaded(found))
        if not batch:
            return 0
        append = plan.append(batch, self._epoch)
        committed = pipeline.named(append, await _commit(conn, append))
        return _last(committed)

    async def _decide_locked(
        self, conn: Connection, wanted: Wanted, decide: Decide
    ) -> int:
        """Take the head row, then load and decide: nobody else can write meanwhile."""
        found = await _load(conn, [*plan.lock(self._epoch), *plan.load(wanted)])
        batch = Append()
        try:
            batch = decide(loading.loaded(found))
        finally:
            if not batch:
                await pipeline.roll_back_async(conn)
        if not batch:
            return 0
        await _commit(conn, [*plan.writes(batch), Statement("commit")])
        return _last(found)


async def _load(conn: Connection, statements: list[Statement]) -> dict[str, Rows]:
    with unavailable():
        return pipeline.named(statements, await pipeline.run_async(conn, statements))


async def _commit(conn: Connection, statements: list[Statement]) -> list[Rows]:
    try:
        with unavailable():
            return await pipeline.run_async(conn, statements)
    except psycopg.IntegrityError as error:
        # Not its detail, which has the values.
        raise Conflict(error.diag.message_primary) from error
    except EpochChanged:
        raise
    except Unavailable as error:
        if not conn.closed:
            raise
        # Whether COMMIT was carried out, only the store knows now.
        raise OutcomeUnknown(str(error)) from error


def _last(found: dict[str, Rows]) -> int:
    ((_epochs, last),) = found["check_head"]
    return int(last)
