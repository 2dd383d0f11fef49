"""How PostgreSQL is reached: any libpq address, UTF-8, times in UTC.

Its one law: no connection waits for ever, neither for the network nor for a lock, and
none is kept to a server that does not take writes.
"""

import struct
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import Format

from adapters import errors
from adapters.postgres import arrays

CONNECT_TIMEOUT = 5  # seconds, where the address does not say


def conninfo(url: str) -> str:
    """Return `url` as libpq wants it, with what our statements rely on."""
    _must_be_readable(url)
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise errors.StoreAddressInvalid(error) from None
    given.setdefault("connect_timeout", CONNECT_TIMEOUT)
    given.setdefault("application_name", "bookings")
    # After a failover the address may still lead to the server that was; a reader there
    # would be shown less than was answered.
    given.setdefault("target_session_attrs", "read-write")
    # A server that vanished without a word is noticed within half a minute.
    given.setdefault("tcp_user_timeout", 20_000)
    given.setdefault("keepalives_idle", 10)
    given.setdefault("keepalives_interval", 5)
    given.setdefault("keepalives_count", 3)
    return make_conninfo("", **given | {"client_encoding": "utf8"})


def _must_be_readable(url: str) -> None:
    """Raise when a half of a password would be taken for a host, and be told as one."""
    _scheme, _found, rest = url.partition("://")
    authority, _slash, path = rest.partition("?")[0].partition("/")
    if authority.count("@") > 1 or "@" in path:
        raise errors.StoreAddressInvalid(
            "what a name or a password has beside letters and digits is written in "
            "percents, as %40 for an at sign"
        )


def connect(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    """Open an autocommit connection, or raise `StoreUnreachable`."""
    try:
        conn = psycopg.connect(conninfo(url), autocommit=True)
    except psycopg.ProgrammingError as error:
        raise errors.StoreAddressInvalid(error) from None
    except psycopg.OperationalError as error:
        raise errors.StoreUnreachable(error) from error
    with reachable():
        prepare(conn)
    return conn


@contextmanager
def reachable() -> Generator[None]:
    """Say of a store that goes away, or that others keep, what the matter is."""
    try:
        yield
    except psycopg.errors.LockNotAvailable:
        raise errors.StoreBusy from None
    except psycopg.errors.InsufficientPrivilege as error:
        raise errors.StoreForbidden(error) from error
    except psycopg.OperationalError as error:
        raise errors.StoreUnreachable(error) from error


async def connect_async(url: str) -> psycopg.AsyncConnection[tuple[Any, ...]]:
    """Open an autocommit connection of the running event loop."""
    try:
        conn = await psycopg.AsyncConnection.connect(conninfo(url), autocommit=True)
    except psycopg.OperationalError as error:
        raise errors.StoreUnreachable(error) from error
    teach(conn)
    return conn


def teach(conn: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> None:
    """Let `conn` return times in UTC, whatever zone its session has."""
    conn.adapters.register_loader("timestamptz", UtcLoader)


def prepare(conn: psycopg.Connection[Any]) -> None:
    """Teach `conn`, and let nothing on it wait for ever.

    How long a statement works is its command's affair: an index of a large table takes
    its time. A session of the event loop is held shorter, in its `configure`.
    """
    teach(conn)
    conn.execute(
        "SELECT set_config('lock_timeout', '60s', false),"
        " set_config('idle_in_transaction_session_timeout', '1h', false)"
    )


class UtcLoader(Loader):
    format = Format.BINARY

    def load(self, data: Buffer) -> datetime:
        (passed,) = _int8.unpack(data)
        return arrays.EPOCH + timedelta(microseconds=passed)


_int8 = struct.Struct("!q")
