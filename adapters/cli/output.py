"""What commands say: results on stdout, everything else on stderr.

Machines get one JSON object a line, people get tables; a bar moves only on a terminal.
"""

import io
import os
import select
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

_encoder = msgspec.json.Encoder()

Told = Callable[[int, int], None]
"""Told of how much is done, and of how much there is."""


class Failed(Exception):
    """A command that cannot do what was asked: one line for each thing wrong."""

    def __init__(self, *lines: str, exit_code: int = 2) -> None:
        super().__init__("\n".join(lines))
        self.exit_code = exit_code


def say(text: str) -> None:
    """Tell the person at the terminal, beside whatever stdout is used for."""
    for line in text.splitlines():
        sys.stderr.write(f"bookings: {line}\n")


def write(text: str = "") -> None:
    """Write a line of the result, as it is: it may be pasted."""
    sys.stdout.write(text + "\n")


def write_json(objects: Iterable[Any]) -> None:
    for item in objects:
        write(_encoder.encode(item).decode())


def end_with_the_reader() -> None:
    """End the process, and well, once nobody reads what it writes, as `tail` does.

    Whoever waits for something to write would not notice before there is something.
    """
    # What is no file has no reader.
    with suppress(io.UnsupportedOperation):
        file = sys.stdout.fileno()
        Thread(target=_wait_for_the_reader_to_go, args=[file], daemon=True).start()


def _wait_for_the_reader_to_go(file: int) -> None:
    # Asked for nothing, it tells of errors alone.
    gone = select.poll()
    gone.register(file, 0)
    gone.poll()
    os._exit(0)


def people() -> Console:
    """Return what tables are drawn on."""
    return Console(highlight=False, markup=False)


@contextmanager
def progress(title: str) -> Generator[Told]:
    """Show a bar on stderr while inside, if that is a terminal."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task(title, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
