"""A bar moves on a terminal only, and never on stdout."""

import os
import pty
import subprocess

import pytest

from tests import running
from tests.programs import BOOKINGS

SEED = ("seed", "--bookings", "100", "--events-per-booking", "9")
WORDS = [(*SEED, "--seed", "1"), ("rebuild",), ("verify",)]
TITLES = {"seed": "Seeding", "rebuild": "Rebuilding", "verify": "Verifying"}


def on_a_terminal(url: str, *words: str) -> tuple[str, str]:
    """Run a command whose stderr is a terminal; return stdout and what that showed."""
    ours, terminal = pty.openpty()
    with subprocess.Popen(
        [BOOKINGS, *words],
        env=running.environment(url) | {"TERM": "xterm", "COLUMNS": "80"},
        stdout=subprocess.PIPE,
        stderr=terminal,
        text=True,
    ) as process:
        os.close(terminal)
        shown = _all_of(ours)
        assert process.stdout is not None
        out = process.stdout.read()
    assert process.returncode == 0
    return out, shown


def _all_of(terminal: int) -> str:
    parts: list[bytes] = []
    try:
        while part := os.read(terminal, 65536):
            parts.append(part)
    except OSError:
        # How a terminal says that nobody writes to it any more.
        pass
    os.close(terminal)
    return b"".join(parts).decode()


@pytest.mark.parametrize("words", WORDS)
def test_progress_is_shown_on_a_terminal(sqlite_url: str, words: tuple[str, ...]):
    assert running.bookings(sqlite_url, "migrate").returncode == 0
    assert running.bookings(sqlite_url, *SEED).returncode == 0

    out, shown = on_a_terminal(sqlite_url, *words)

    assert TITLES[words[0]] in shown
    assert TITLES[words[0]] not in out
    assert out.count("\n") == 1


@pytest.mark.parametrize("words", WORDS)
def test_without_a_terminal_nothing_is_shown(sqlite_url: str, words: tuple[str, ...]):
    assert running.bookings(sqlite_url, "migrate").returncode == 0
    assert running.bookings(sqlite_url, *SEED).returncode == 0

    done = running.bookings(sqlite_url, *words)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
