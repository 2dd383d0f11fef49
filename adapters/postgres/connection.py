"""How PostgreSQL is reached: any libpq address, text in UTF-8, arrays our own way."""

from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters import errors
from adapters.postgres import arrays

CONNECT_TIMEOUT = 5  # seconds, where the address does not say


def conninfo(url: str) -> str:
    """Return `url` as libpq wants it, with what our statements rely on."""
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise errors.StoreAddressInvalid(error) from None
    given.setdefault("connect_timeout", CONNECT_TIMEOUT)
    given.setdefault("application_name", "bookings")
    return make_conninfo("", **given | {"client_encoding": "utf8"})


def connect(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    """Open an autocommit connection, or raise `StoreUnreachable`."""
    try:
        conn = psycopg.connect(conninfo(url), autocommit=True)
    except psycopg.OperationalError as error:
        raise errors.StoreUnreachable(error) from error
    arrays.register(conn)
    return conn


async def connect_async(url: str) -> psycopg.AsyncConnection[tuple[Any, ...]]:
    """Open an autocommit connection of the running event loop."""
    try:
        conn = await psycopg.AsyncConnection.connect(conninfo(url), autocommit=True)
    except psycopg.OperationalError as error:
        raise errors.StoreUnreachable(error) from error
    arrays.register(conn)
    return conn
