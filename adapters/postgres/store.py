"""The committer's store on PostgreSQL: a batch is one transaction with one Sync.

Its one law: a commit is sent once. What was lost before it is tried again at once, and
what became of it otherwise is for the committer to ask.
"""

from collections.abc import Callable, Sequence

import psycopg

from adapters import loading, slices
from adapters.connections import Connections
from adapters.postgres import pipeline, plan
from adapters.postgres.pipeline import Rows
from adapters.postgres.plan import Statement
from adapters.postgres.session import (
    LOCK_TIMEOUT,
    SECONDS,
    Connection,
    Lost,
    Session,
    TooSlow,
    unavailable,
)
from application.failures import Conflict, OutcomeUnknown
from application.stored import Append, Loaded, Wanted
from domain.identity import slice_of
from projections.epoch import EPOCH

Decide = Callable[[Loaded], Append]

# What somebody else took, and values that the server does not take.
_REFUSED = (
    psycopg.IntegrityError,
    psycopg.DataError,
    psycopg.errors.ProgramLimitExceeded,
)


class PostgresStore:
    """The port `Store`."""

    def __init__(
        self,
        url: str,
        *,
        epoch: int = EPOCH,
        lock_timeout: str = LOCK_TIMEOUT,
        seconds: float = SECONDS,
    ) -> None:
        self._session = Session(url, lock_timeout=lock_timeout, seconds=seconds)
        self._epoch = epoch

    @property
    def connections(self) -> Connections:
        return self._session.connections

    async def transact(self, wanted: Wanted, decide: Decide, *, locked: bool) -> int:
        try:
            return await self._transact(wanted, decide, locked=locked)
        except Lost:
            # Before the commit: the server may have closed a connection that idled. How
            # long callers wait is the committer's affair.
            return await self._transact(wanted, decide, locked=locked)

    async def committed(self, append: Append) -> int | None:
        query = plan.find(append)
        if query is None:
            return None
        # Whoever may still be committing holds the head row, or waits for it before us.
        asked = [Statement("begin"), Statement("lock_head"), query, Statement("commit")]
        found = pipeline.named(asked, await self._run(asked))[query.name]
        if not found:
            return None
        ((place,),) = found
        return int(place) - 1

    async def draw_ids(self, org_nr: int, count: int) -> Sequence[int]:
        first = slices.first_of(org_nr)
        draw = [Statement("draw_ids", (slice_of(org_nr), first, count))]
        try:
            (((drawn,),),) = await self._run(draw)
        except TooSlow:
            raise
        except Lost:
            # Perhaps they were drawn: a gap is harmless.
            (((drawn,),),) = await self._run(draw)
        return slices.ids(org_nr, drawn, count)

    async def close(self) -> None:
        await self._session.close()

    async def _run(self, statements: list[Statement]) -> list[Rows]:
        async with self._session.connected() as conn:
            with unavailable(conn):
                return await pipeline.run_async(conn, statements)

    async def _transact(self, wanted: Wanted, decide: Decide, *, locked: bool) -> int:
        async with self._session.connected() as conn:
            if locked:
                return await self._decide_locked(conn, wanted, decide)
            return await self._decide_first(conn, wanted, decide)

    async def _decide_first(
        self, conn: Connection, wanted: Wanted, decide: Decide
    ) -> int:
        """Load in one snapshot and decide; only then wait for the head row."""
        found = await _load(conn, plan.snapshot(wanted, self._epoch))
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
    with unavailable(conn):
        return pipeline.named(statements, await pipeline.run_async(conn, statements))


async def _commit(conn: Connection, statements: list[Statement]) -> list[Rows]:
    try:
        with unavailable(conn):
            return await pipeline.run_async(conn, statements)
    except _REFUSED as error:
        # Not its detail, which has the values.
        raise Conflict(error.diag.message_primary) from error
    except Lost as error:
        # Whether COMMIT was carried out, only the store knows now.
        raise OutcomeUnknown(str(error)) from error


def _last(found: dict[str, Rows]) -> int:
    ((_epochs, last),) = found["check_head"]
    return int(last)
