"""Sends a plan with one Sync, and says afterwards which statement was to blame.

BEGIN and COMMIT are queued like everything else, on an autocommit connection:
`conn.transaction()` inside a pipeline makes four Syncs, each of them a round trip. The
exchange is a generator that knows no I/O: what waits for it may be a thread or a task.
psycopg's own pipeline sends each statement in a packet of its own; this sends them all
in one, and prepares each under its name, once for a connection.
"""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import psycopg
from psycopg import abc, generators
from psycopg.abc import PQGen
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

from adapters.errors import StoreForbidden
from adapters.postgres import arrays
from adapters.postgres.plan import STATEMENTS, Statement
from application.failures import EpochChanged

Connection: TypeAlias = psycopg.Connection[Any] | psycopg.AsyncConnection[Any]
Rows: TypeAlias = list[tuple[Any, ...]]

# What each connection has prepared already, by name.
_prepared = WeakKeyDictionary[Connection, set[str]]()


def run(conn: psycopg.Connection[Any], plan: Sequence[Statement]) -> list[Rows]:
    """Run `plan` and return the rows of each of its statements.

    When one fails, the transaction that it was in is rolled back. Raises the first
    failure, as psycopg's error, `StoreForbidden` or `EpochChanged`.
    """
    return conn.wait(_run(conn, plan))


async def run_async(
    conn: psycopg.AsyncConnection[Any], plan: Sequence[Statement]
) -> list[Rows]:
    """Do as `run` does."""
    return await conn.wait(_run(conn, plan))


def named(plan: Iterable[Statement], results: Iterable[Rows]) -> dict[str, Rows]:
    """Return the results by the names of their statements."""
    names = (statement.name for statement in plan)
    return dict(zip(names, results, strict=True))


def roll_back(conn: psycopg.Connection[Any]) -> None:
    """End the transaction, if there is one and the connection still lives."""
    conn.wait(_roll_back(conn))


async def roll_back_async(conn: psycopg.AsyncConnection[Any]) -> None:
    await conn.wait(_roll_back(conn))


def _run(conn: Connection, plan: Sequence[Statement]) -> PQGen[list[Rows]]:
    try:
        results = yield from _exchange(conn, plan)
    except psycopg.errors.DivisionByZero:
        yield from _roll_back(conn)
        raise EpochChanged from None
    except psycopg.errors.InsufficientPrivilege as error:
        yield from _roll_back(conn)
        raise StoreForbidden(error) from error
    except psycopg.Error:
        yield from _roll_back(conn)
        raise
    loading: abc.Transformer = Transformer(conn)
    return [_rows(loading, result) for result in results]


def _exchange(conn: Connection, plan: Sequence[Statement]) -> PQGen[list[PGresult]]:
    """Send all of `plan`, and then fetch the result of each statement."""
    pgconn, prepared = conn.pgconn, _prepared.setdefault(conn, set())
    pgconn.enter_pipeline_mode()
    try:
        known = set(prepared)
        sent = [step for one in plan for step in _send(pgconn, one, known)]
        pgconn.pipeline_sync()
        yield from generators.send(pgconn)
        results: list[PGresult] = []
        while len(results) <= len(sent):
            results += yield from generators.fetch_many(pgconn)
    finally:
        if pgconn.status != ConnStatus.BAD:
            pgconn.exit_pipeline_mode()
    return _sorted(sent, results, prepared)


def _send(pgconn: PGconn, one: Statement, known: set[str]) -> Iterator[str | None]:
    """Queue a statement, and yield what for: its name to prepare it, None to run it."""
    name, values = one.name.encode(), [arrays.binary(value) for value in one.params]
    if one.name not in known:
        pgconn.send_prepare(name, STATEMENTS[one.name])
        known.add(one.name)
        yield one.name
    binary = [Format.BINARY] * len(values)
    pgconn.send_query_prepared(name, values, binary, Format.BINARY)
    yield None


def _sorted(
    sent: Sequence[str | None], results: Iterable[PGresult], prepared: set[str]
) -> list[PGresult]:
    """Note what is prepared now, and return the results of what ran."""
    ran: list[PGresult] = []
    failures: list[PGresult] = []
    for name, result in zip(sent, results, strict=False):
        if result.status == ExecStatus.FATAL_ERROR:
            failures.append(result)
        elif name is None:
            ran.append(result)
        elif result.status == ExecStatus.COMMAND_OK:
            prepared.add(name)
    if failures:
        raise error_from_result(failures[0], "utf-8")
    return ran


def _rows(loading: abc.Transformer, result: PGresult) -> Rows:
    if result.status != ExecStatus.TUPLES_OK:
        return []
    loading.set_pgresult(result)
    return loading.load_rows(0, result.ntuples, tuple)


def _roll_back(conn: Connection) -> PQGen[None]:
    """Roll back behind psycopg's back.

    `conn.rollback()` forgets every prepared statement of psycopg's, for the sake of
    DDL that might have been undone; here there is none, and conflicts are nothing rare.
    """
    if conn.info.transaction_status in {
        TransactionStatus.INTRANS,
        TransactionStatus.INERROR,
    }:
        with contextlib.suppress(psycopg.OperationalError):
            conn.pgconn.send_query(b"ROLLBACK")
            yield from generators.execute(conn.pgconn)
