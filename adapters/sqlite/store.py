"""The committer's store on SQLite: a batch is one transaction, which locks first."""

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from adapters import loading, slices
from adapters.connections import Connections
from adapters.sqlite import append
from adapters.sqlite.append import STATEMENTS, find
from adapters.sqlite.load import load
from adapters.sqlite.session import Session
from adapters.sqlite.transaction import writing
from application.failures import Conflict
from application.stored import Append, Loaded, Wanted
from domain.identity import slice_of
from projections.epoch import EPOCH

Decide = Callable[[Loaded], Append]


class SqliteStore:
    """The port `Store`."""

    def __init__(self, database: Path, *, epoch: int = EPOCH) -> None:
        self._database = database
        self._session = Session(database)
        self._epoch = epoch

    @property
    def connections(self) -> Connections:
        return self._session.connections

    async def transact(self, wanted: Wanted, decide: Decide, *, locked: bool) -> int:
        """Do as the port says; here every batch has the file for itself."""
        del locked
        return await self._session.run(
            lambda conn: self._transact(conn, wanted, decide)
        )

    async def committed(self, append: Append) -> int | None:
        return await self._session.run(lambda conn: self._committed(conn, append))

    async def draw_ids(self, org_nr: int, count: int) -> Sequence[int]:
        wanted = {
            "slice": slice_of(org_nr),
            "first": slices.first_of(org_nr),
            "count": count,
        }
        first = await self._session.run(lambda conn: self._draw(conn, wanted))
        return slices.ids(org_nr, first, count)

    async def close(self) -> None:
        await self._session.close()

    def _transact(
        self, conn: sqlite3.Connection, wanted: Wanted, decide: Decide
    ) -> int:
        try:
            with writing(conn, self._database):
                append.check_epoch(conn, self._epoch)
                batch = decide(loading.loaded(load(conn, wanted)))
                return append.write(conn, batch, self._epoch) if batch else 0
        except sqlite3.IntegrityError as error:
            raise Conflict(str(error)) from error

    def _committed(self, conn: sqlite3.Connection, append: Append) -> int | None:
        """Look when nobody else writes, nor is still failing to."""
        with writing(conn, self._database):
            return find(conn, append)

    def _draw(self, conn: sqlite3.Connection, wanted: dict[str, int]) -> int:
        with writing(conn, self._database):
            (first,) = conn.execute(STATEMENTS["draw_ids"], wanted).fetchone()
        return int(first)
