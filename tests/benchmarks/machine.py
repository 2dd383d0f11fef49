"""What the figures are figures of: machine, versions, and how durable a commit is."""

import os
import platform
import sqlite3
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg

from tests.benchmarks.bench import Fact

_SETTINGS = (
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "wal_sync_method",
    "shared_buffers",
)
_SYNCS = 200
_BLOCK = bytes(8192)


def described(server: str, folder: Path) -> Iterator[Fact]:
    """Tell it without the name of any host or path."""
    memory = psutil.virtual_memory().total / 2**30
    yield Fact("machine", f"{os.cpu_count()} cores, {memory:.0f} GiB")
    yield Fact("processor", _processor())
    yield Fact("load average of the minute before", f"{os.getloadavg()[0]:.1f}")
    yield Fact("clients, servers, PostgreSQL", "all on this machine, none pinned")
    yield Fact("Python", platform.python_version())
    with psycopg.connect(server) as conn:
        yield Fact("PostgreSQL", _shown(conn, "server_version"))
        for name in _SETTINGS:
            yield Fact(f"PostgreSQL: {name}", _shown(conn, name))
    yield Fact("SQLite", sqlite3.sqlite_version)
    yield Fact("8 KiB written and synced, median", f"{_sync(folder) * 1e3:.2f} ms")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.machine()


def _shown(conn: psycopg.Connection[Any], name: str) -> str:
    ((value,),) = conn.execute("SELECT current_setting(%s)", [name]).fetchall()
    return str(value)


def _sync(folder: Path) -> float:
    """Return how many seconds a small write takes until it is on the disk."""
    taken: list[float] = []
    with (folder / "synced").open("wb", buffering=0) as file:
        for _time in range(_SYNCS):
            began = time.perf_counter()
            file.write(_BLOCK)
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - began)
    return statistics.median(taken)
