"""The library's recorder on our terms: one writer at a time, commits on the disk."""

import json
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from eventsourcing import persistence, sqlite
from eventsourcing.persistence import ApplicationRecorder, StoredEvent, Subscription

from adapters.sqlite import append, connection, transaction
from adapters.sqlite.append import STATEMENTS
from adapters.subscription import PollingSubscription
from application.stored import Append
from projections.epoch import EPOCH

# The most particular first.
_FOREIGN: tuple[tuple[type[sqlite3.Error], type[persistence.PersistenceError]], ...] = (
    (sqlite3.InterfaceError, persistence.InterfaceError),
    (sqlite3.DataError, persistence.DataError),
    (sqlite3.OperationalError, persistence.OperationalError),
    (sqlite3.IntegrityError, persistence.IntegrityError),
    (sqlite3.InternalError, persistence.InternalError),
    (sqlite3.ProgrammingError, persistence.ProgrammingError),
    (sqlite3.NotSupportedError, persistence.NotSupportedError),
    (sqlite3.DatabaseError, persistence.DatabaseError),
    (sqlite3.Error, persistence.PersistenceError),
)


class SqliteDatastore(sqlite.SQLiteDatastore):
    """Connections to one file, each as durable as the committer's."""

    def __init__(self, database: Path) -> None:
        super().__init__(str(database), originator_id_type="text")
        self.pool = _Pool(database)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


class SqliteRecorder(sqlite.SQLiteApplicationRecorder):
    """Reads and writes `stored_events`; a position is the row's id."""

    def __init__(self, datastore: SqliteDatastore, *, epoch: int = EPOCH) -> None:
        super().__init__(datastore)
        self._epoch = epoch

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **extras: Any
    ) -> Sequence[int] | None:
        """Commit events and the other members of an `Append`; return the positions.

        Returns None for no events. Raises `EpochChanged`, and the library's errors:
        `IntegrityError` when a version is taken.
        """
        batch = Append(stored=list(stored_events), **extras)
        if not batch:
            return None
        with self.datastore.transaction(commit=True) as cursor:
            conn = cursor.sqlite_cursor.connection
            last = append.write(conn, batch, self._epoch)
        count = len(batch.stored)
        return list(range(last + 1, last + count + 1)) if count else None

    def select_many(self, stream_ids: Sequence[str]) -> dict[str, list[StoredEvent]]:
        """Return the whole streams of `stream_ids` that exist, in one statement."""
        streams: dict[str, list[StoredEvent]] = {}
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(STATEMENTS["select_streams"], [json.dumps(list(stream_ids))])
            for row in cursor.fetchall():
                streams.setdefault(row[0], []).append(StoredEvent(*row))
        return streams

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        return PollingSubscription(self, gt, topics)


class _Pool(sqlite.SQLiteConnectionPool):
    def __init__(self, database: Path) -> None:
        self._database = database
        super().__init__(db_name=str(database))

    def _create_connection(self) -> sqlite.SQLiteConnection:
        with _as_the_librarys():
            conn = connection.connect(self._database)
        conn.row_factory = sqlite3.Row
        return _Connection(conn, self._database)


class _Connection(sqlite.SQLiteConnection):
    def __init__(self, conn: sqlite3.Connection, database: Path) -> None:
        super().__init__(conn, max_age=None)
        self._database = database

    @contextmanager
    def transaction(self, *, commit: bool) -> Generator[sqlite.SQLiteCursor]:
        conn = self._sqlite_conn
        kind = (
            transaction.writing(conn, self._database)
            if commit
            else transaction.reading(conn)
        )
        cursor = self.cursor()
        with _as_the_librarys(), kind, cursor:
            yield cursor


@contextmanager
def _as_the_librarys() -> Generator[None]:
    """Raise the library's errors, those of BEGIN and COMMIT too."""
    try:
        yield
    except sqlite3.Error as error:
        ours = next(ours for theirs, ours in _FOREIGN if isinstance(error, theirs))
        raise ours(str(error)) from error
