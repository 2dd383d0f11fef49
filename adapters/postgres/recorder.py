"""The library's recorder on our terms: head row first, positions dense, no retry.

Its tools may read our log through this; `insert_events` runs the committer's own plan.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing import postgres
from eventsourcing.persistence import (
    ApplicationRecorder,
    Notification,
    StoredEvent,
    Subscription,
)
from eventsourcing.postgres import ConnectionPool
from psycopg.rows import DictRow, dict_row

from adapters.postgres import connection, pipeline, plan
from adapters.postgres.arrays import Texts
from adapters.postgres.plan import Statement
from adapters.subscription import PollingSubscription
from application.stored import Append
from projections.epoch import EPOCH

_FIRST, _LAST = -(2**63), 2**63 - 1


class PostgresDatastore(postgres.PostgresDatastore):
    """A pool of connections to any libpq address, with nothing read on the side."""

    def __init__(self, url: str, *, max_size: int = 4, timeout: float = 5.0) -> None:
        super().__init__("", "", "", "", "", originator_id_type="text")
        self.pool = ConnectionPool(
            connection.conninfo(url),
            connection_class=psycopg.Connection[DictRow],
            kwargs={"row_factory": dict_row, "autocommit": True},
            min_size=1,
            max_size=max_size,
            timeout=timeout,
            open=False,
            configure=connection.prepare,
        )

    def register_type_adapters(self) -> None:
        """Do nothing: events go in as arrays, not as a composite type."""


class PostgresRecorder(postgres.PostgresApplicationRecorder):
    """Reads and writes `stored_events` of the first schema that has it."""

    datastore: PostgresDatastore

    def __init__(self, datastore: PostgresDatastore, *, epoch: int = EPOCH) -> None:
        super().__init__(datastore)
        self._epoch = epoch

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **extras: Any
    ) -> Sequence[int] | None:
        """Commit events and the other members of an `Append`; return the positions.

        Returns None for no events. Raises `EpochChanged`, and the library's errors:
        `IntegrityError` when a version is taken. There is no retry: after a lost
        connection nobody knows.
        """
        batch = Append(stored=list(stored_events), **extras)
        if not batch:
            return None
        append = plan.append(batch, self._epoch)
        ((_epochs, last),) = pipeline.named(append, self._run(append))["check_head"]
        count = len(batch.stored)
        return list(range(last + 1, last + count + 1)) if count else None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        name = "select_stream_backwards" if desc else "select_stream"
        bounds = (_FIRST if gt is None else gt, _LAST if lte is None else lte)
        (found,) = self._run([Statement(name, (str(originator_id), *bounds, limit))])
        return [StoredEvent(*row) for row in found]

    def select_many(self, stream_ids: Sequence[str]) -> dict[str, list[StoredEvent]]:
        """Return the whole streams of `stream_ids` that exist, in one round trip."""
        streams: dict[str, list[StoredEvent]] = {}
        (found,) = self._run([Statement("select_streams", (Texts(stream_ids),))])
        for row in found:
            streams.setdefault(row[0], []).append(StoredEvent(*row))
        return streams

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        first = _FIRST if start is None else start + (not inclusive_of_start)
        params = (first, _LAST if stop is None else stop, limit)
        statement = Statement("select_log", params)
        if topics:
            statement = Statement("select_log_of_topics", (*params, Texts(topics)))
        (found,) = self._run([statement])
        return [
            Notification(stream, version, topic, state, id=position)
            for position, stream, version, topic, state in found
        ]

    def max_notification_id(self) -> int | None:
        (((last,),),) = self._run([Statement("select_last_position")])
        return last if last is None else int(last)

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        return PollingSubscription(self, gt, topics)

    def _run(self, statements: Sequence[Statement]) -> list[pipeline.Rows]:
        with self.datastore.get_connection() as conn:
            return pipeline.run(conn, statements)
