"""The turn to write: `flock` on `<db>.writer`, held around each write transaction.

SQLite's own busy handler is not fair: a bulk writer in a loop starves the others.
"""

import fcntl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def turn(database: Path) -> Generator[None]:
    """Wait for the turn; a process that dies gives it back."""
    with Path(f"{database}.writer").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
