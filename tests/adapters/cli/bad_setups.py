"""What each command is, what it says in a bad set-up, and that it changes nothing.

The lines are those of docs/reference/failures.md, and the page has no others.
"""

import json
import re
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Thread

import psycopg
from psycopg import sql

from tests import stores
from tests.adapters.cli.conftest import Bookings, Done

WRITE = {
    "worker": ("worker", "--once"),
    "seed": ("seed", "--bookings", "1", "--events-per-booking", "1"),
    "erase": ("erase", "--owner", "kari", "--yes"),
    "keys rotate": ("keys", "rotate"),
    "workshop add": (
        *("workshop", "add", "--org-nr", "987654321", "--name", "Bilhuset"),
        *("--time-zone", "Europe/Oslo"),
    ),
}


# Who works on a store that is there.
WORK = WRITE | {
    "serve": ("serve",),
    "demo": ("demo", "--yes"),
    "export": ("export", "--owner", "kari", "--to", "/dev/null/to"),
    "keys status": ("keys", "status"),
    "replay": ("replay", "123"),
    "follow": ("replay", "--follow"),
    "verify": ("verify",),
    "rebuild": ("rebuild",),
    "doctor": ("doctor", "--json"),
}


MIGRATE = {"migrate": ("migrate",), "status": ("migrate", "--status")}


ALL = WORK | MIGRATE


AWAY = "The store cannot be reached: "


# Each line that this file makes commands say, and what they end with.
SAID = {
    "refused": (3, AWAY + "…: Connection refused"),
    "unknown host": (3, AWAY + "failed to resolve host …"),
    "silent": (3, AWAY + "connection timeout expired"),
    "no PostgreSQL": (3, AWAY + "… received invalid response to SSL negotiation: …"),
    "wrong password": (3, AWAY + '… password authentication failed for user "…"'),
    "wrong database": (3, AWAY + '… database "…" does not exist'),
    "read-only server": (3, AWAY + "… session is read-only"),
    "no database": (3, AWAY + "file is not a database"),
    "damaged": (3, AWAY + "database disk image is malformed"),
    "read-only file": (3, AWAY + "attempt to write a readonly database"),
    "closed folder": (3, AWAY + "[Errno 13] Permission denied: …"),
    "no folder": (3, AWAY + "[Errno 17] File exists: …"),
    "busy": (
        3,
        "Another rebuild, verify or migration has been at work for a minute: …",
    ),
    "unknown kind": (2, "DATABASE_URL is of the unknown kind …"),
    "unreadable": (2, "DATABASE_URL cannot be used: …"),
    "forbidden": (2, "The role in DATABASE_URL may not work here: …"),
    "foreign": (2, "DATABASE_URL leads to tables of somebody else, as …"),
    "no schema": (2, "The store lacks …: run `bookings migrate` before anything else."),
    "halfway": (2, "The store lacks …, which ends an earlier upgrade: …"),
    "newer": (2, "The store was made by a newer release: …"),
    "behind": (2, "The read models are an earlier release's: …"),
    "taken over": (2, "Another release has taken over the store: work with that."),
    "unsafe": (2, "The store may lose what it acknowledged: …"),
    "other key": (2, "BOOKINGS_MASTER_KEY is not the key of this store…"),
    "no uploads": (2, "BOOKINGS_UPLOADS: nothing can be written to …"),
    "not set": (2, "On PostgreSQL … must be set…"),
    "no Redis": (2, "REDIS_URL begins with redis:// or rediss://."),
    "hanging keys": (3, "BOOKINGS_JWKS: … there was no answer in time"),
    "ended": (70, "Ended by an error that no call caused: …"),
    "ended for another": (
        70,
        "Ended, since another release has taken over the store.",
    ),
}


def says(line: str, code: int, what: str) -> None:
    expected, pattern = SAID[what]
    matches = re.escape(pattern).replace("…", ".*")
    assert re.fullmatch(matches, line), line
    assert code == expected


def line_of(done: Done) -> str:
    """Return the one line that a command said, whoever else said something."""
    assert done.err.count("\n") == 1, done
    assert done.err.startswith("bookings: ")
    if done.out.startswith("{"):
        found = [json.loads(line) for line in done.out.splitlines()]
        (told,) = (one["told"] for one in found if one["verdict"] != "ok")
        return str(told)
    return done.err.removeprefix("bookings: ").rstrip("\n")


def all_say(
    bookings: Bookings,
    commands: dict[str, tuple[str, ...]],
    what: str,
    **environ: str,
) -> None:
    for words in commands.values():
        done = bookings(*words, **{"PORT": "0"} | environ)
        says(line_of(done), done.code, what)


def contents(url: str) -> list[str]:
    """Return all that is in a store, its tables too."""
    if stores.is_sqlite(url):
        with closing(sqlite3.connect(stores.sqlite_path(url))) as conn:
            return list(conn.iterdump())
    names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    found: list[str] = []
    with psycopg.connect(url) as conn:
        for (name,) in conn.execute(names).fetchall():
            rows = sql.SQL("SELECT t::text FROM {} t ORDER BY 1")
            found += [
                name,
                *(r for (r,) in conn.execute(rows.format(identifier(name)))),
            ]
    return found


def identifier(name: str) -> sql.Identifier:
    return sql.Identifier(name)


@contextmanager
def unchanged(url: str) -> Iterator[None]:
    before = contents(url)
    yield
    assert contents(url) == before


@contextmanager
def answering(answer: bytes | None) -> Iterator[int]:
    """Yield the port of somebody who answers so to all, or to nobody."""

    def answer_all() -> None:
        while True:
            try:
                caller, _address = listener.accept()
            except OSError:
                return
            with caller:
                caller.recv(1024)
                caller.sendall(answer or b"")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        if answer is not None:
            Thread(target=answer_all, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
