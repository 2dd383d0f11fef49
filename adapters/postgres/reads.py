"""Rounds of reads on PostgreSQL, on a connection of their own."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from adapters.connections import Connections
from adapters.postgres import pipeline
from adapters.postgres.arrays import Array, Bigints, Texts, Times, Uuids
from adapters.postgres.plan import Statement
from adapters.postgres.session import Lost, Session, TooSlow, unavailable
from adapters.rounds import Asked, Many, Rows, Value
from projections.epoch import EPOCH

SETTINGS = (Statement("only_look_up"),)
# How long a round takes at most.
SECONDS = 6.0
_ARRAYS: Mapping[type[Value], type[Array]] = {
    int: Bigints,
    str: Texts,
    datetime: Times,
    UUID: Uuids,
}


class PostgresReads:
    """Answers one round of questions with one Sync."""

    def __init__(self, url: str, *, epoch: int = EPOCH) -> None:
        self._session = Session(url, settings=SETTINGS, seconds=SECONDS, use="reads")
        self._check = Statement("check_epoch", (epoch,))

    @property
    def connections(self) -> Connections:
        return self._session.connections

    async def read(self, asked: Asked) -> Sequence[Rows]:
        """Return the rows of each statement. Raises `Unavailable`, `EpochChanged`."""
        try:
            return await self._read(asked)
        except TooSlow:
            raise
        except Lost:
            # The server may have closed a connection that idled; reading is safe twice.
            return await self._read(asked)

    async def close(self) -> None:
        await self._session.close()

    async def _read(self, asked: Asked) -> Sequence[Rows]:
        statements = [
            Statement(query.name, [_param(param) for param in query.params])
            for query in asked.statements()
        ]
        async with self._session.connected() as conn:
            with unavailable(conn):
                found = await pipeline.run_async(conn, [*statements, self._check])
                return found[:-1]


def _param(param: Value | Many) -> Value | Array:
    if isinstance(param, Many):
        return _ARRAYS[param.of](param.values)
    return param
