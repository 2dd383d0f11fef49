"""Sends a plan with one Sync, and says afterwards which statement was to blame.

BEGIN and COMMIT are queued like everything else, on an autocommit connection:
`conn.transaction()` inside a pipeline makes four Syncs, each of them a round trip.
"""

import contextlib
from collections.abc import Iterable
from typing import Any, TypeAlias

import psycopg
from psycopg import generators
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

from adapters.postgres.plan import STATEMENTS, Statement
from application.ports import EpochChanged

Rows: TypeAlias = list[tuple[Any, ...]]


def run(conn: psycopg.Connection[Any], plan: Iterable[Statement]) -> list[Rows]:
    """Run `plan` and return the rows of each of its statements.

    When one fails, the transaction that it was in is rolled back. Raises the first
    failure, as psycopg's error, or `EpochChanged`.
    """
    cursors: list[psycopg.RawCursor[tuple[Any, ...]]] = []
    try:
        with conn.pipeline():
            for name, params in plan:
                cursor = psycopg.RawCursor(conn, row_factory=tuple_row)
                cursor.execute(STATEMENTS[name], params, prepare=True, binary=True)
                cursors.append(cursor)
    except psycopg.Error as error:
        roll_back(conn)
        raise _told(error) from None
    return [cursor.fetchall() if cursor.description else [] for cursor in cursors]


async def run_async(
    conn: psycopg.AsyncConnection[Any], plan: Iterable[Statement]
) -> list[Rows]:
    """Do as `run` does."""
    cursors: list[psycopg.AsyncRawCursor[tuple[Any, ...]]] = []
    try:
        async with conn.pipeline():
            for name, params in plan:
                cursor = psycopg.AsyncRawCursor(conn, row_factory=tuple_row)
                await cursor.execute(
                    STATEMENTS[name], params, prepare=True, binary=True
                )
                cursors.append(cursor)
    except psycopg.Error as error:
        await roll_back_async(conn)
        raise _told(error) from None
    return [await cursor.fetchall() if cursor.description else [] for cursor in cursors]


def named(plan: Iterable[Statement], results: Iterable[Rows]) -> dict[str, Rows]:
    """Return the results by the names of their statements."""
    names = (statement.name for statement in plan)
    return dict(zip(names, results, strict=True))


def roll_back(conn: psycopg.Connection[Any]) -> None:
    """End the transaction, if there is one and the connection still lives."""
    if _is_open(conn):
        with contextlib.suppress(psycopg.OperationalError):
            conn.wait(_rollback(conn))


async def roll_back_async(conn: psycopg.AsyncConnection[Any]) -> None:
    if _is_open(conn):
        with contextlib.suppress(psycopg.OperationalError):
            await conn.wait(_rollback(conn))


def _is_open(conn: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> bool:
    return conn.info.transaction_status in {
        TransactionStatus.INTRANS,
        TransactionStatus.INERROR,
    }


def _rollback(
    conn: psycopg.Connection[Any] | psycopg.AsyncConnection[Any],
) -> PQGen[None]:
    """Roll back behind psycopg's back.

    `conn.rollback()` forgets every prepared statement, for the sake of DDL that might
    have been undone; here there is none, and a conflict is nothing rare.
    """
    conn.pgconn.send_query(b"ROLLBACK")
    yield from generators.execute(conn.pgconn)


def _told(error: psycopg.Error) -> Exception:
    """Return what broke the pipeline, not what came after it."""
    cause: BaseException | None = error
    while isinstance(cause, psycopg.errors.PipelineAborted):
        cause = cause.__context__
    if isinstance(cause, psycopg.errors.DivisionByZero):
        return EpochChanged()
    return cause if isinstance(cause, psycopg.Error) else error
