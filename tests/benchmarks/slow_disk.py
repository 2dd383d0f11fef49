"""A disk that takes longer: 2 ms more for each flush of PostgreSQL's log.

Where there is a C compiler, a server of its own has an `fdatasync` that sleeps first.
Else the first of a group of commits sleeps before it flushes (`commit_delay`), which is
as slow for one commit by itself, but not for many: who commits meanwhile goes with it,
where a slow disk lets them wait for the next flush. With 16 connections that one by one
commit INSERTs these are nearly twice as fast so.
"""

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from tests import servers
from tests.benchmarks.bench import Bench, Fact

ADDED = 0.002  # seconds
PRELOADED = "a server whose fdatasync sleeps first"
DELAYED = (
    "for want of a C compiler PostgreSQL's commit_delay, with which those who commit "
    "meanwhile go along, where on a slow disk they would wait"
)
_MICROSECONDS = round(ADDED * 1e6)
_SOURCE = f"""
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>

int fdatasync(int file)
{{
    usleep({_MICROSECONDS});
    return (int)syscall(SYS_fdatasync, file);
}}
"""
_PRELOAD = "LD_PRELOAD"
_COMMITS = 200


@contextmanager
def slowed(bench: Bench, compiler: str = "cc") -> Generator[tuple[str, str]]:
    """Yield the URL of a new database on such a disk, and how it came to that."""
    with ExitStack() as stack:
        if shutil.which(compiler) is None:
            url = stack.enter_context(bench.database())
            _delay_commits(url)
            yield url, DELAYED
        else:
            server = stack.enter_context(_server(compiler))
            yield stack.enter_context(servers.fresh_database(server)), PRELOADED


def told(url: str, how: str) -> Fact:
    """Tell how long a commit takes when no other is under way; `how` is told of it."""
    with psycopg.connect(url) as conn:
        ((fsync, synchronous),) = conn.execute(
            "SELECT current_setting('fsync'), current_setting('synchronous_commit')"
        )
    return Fact(
        f"one small commit by itself{how}, median",
        f"{1e3 * commit_seconds(url):.2f} ms; fsync {fsync}, "
        f"synchronous_commit {synchronous}",
    )


def commit_seconds(url: str) -> float:
    """Return what a small commit takes."""
    taken: list[float] = []
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("CREATE TABLE IF NOT EXISTS small (n int)")
        for number in range(_COMMITS):
            began = time.perf_counter()
            conn.execute("INSERT INTO small VALUES (%s)", [number], prepare=True)
            taken.append(time.perf_counter() - began)
    return statistics.median(taken)


@contextmanager
def _server(compiler: str) -> Generator[str]:
    """Yield the URL of a server of its own, whatever server the environment names."""
    with tempfile.TemporaryDirectory(prefix="bookings-bench-") as folder:
        library = Path(folder) / "fdatasync.so"
        subprocess.run(
            [compiler, "-x", "c", "-", "-shared", "-fPIC", "-o", library],
            input=_SOURCE,
            text=True,
            check=True,
        )
        # The server may run as somebody else.
        library.parent.chmod(0o755)
        with ExitStack() as stack:
            with _preloading(library):
                url = stack.enter_context(servers.running_postgres({}))
            yield url


@contextmanager
def _preloading(library: Path) -> Generator[None]:
    before = os.environ.get(_PRELOAD)
    os.environ[_PRELOAD] = str(library)
    try:
        yield
    finally:
        del os.environ[_PRELOAD]
        if before is not None:
            os.environ[_PRELOAD] = before


def _delay_commits(url: str) -> None:
    """Let it be so for all who connect to the database at `url` from now on."""
    settings = {"commit_delay": _MICROSECONDS, "commit_siblings": 0}
    with psycopg.connect(url, autocommit=True) as conn:
        for name, value in settings.items():
            conn.execute(
                sql.SQL("ALTER DATABASE {} SET {} = {}").format(
                    sql.Identifier(servers.database_name(url)),
                    sql.Identifier(name),
                    sql.Literal(value),
                )
            )
