"""Processes that race: each heat is shared out among them, and begun at once."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec

from tests.storms.wishing import Told, Wish

_told = msgspec.json.Decoder(list[Told])


class Racing:
    """Processes that race for the slots of one heat after the other."""

    def __init__(self, url: str, processes: int) -> None:
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.storms.racer", url],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            for _process in range(processes)
        ]
        assert [self._heard(process) for process in self._processes] == [b"\n"] * (
            processes
        )

    def heat(self, wishes: Sequence[Wish]) -> list[Told]:
        """Share the wishes out, let all begin, and return what was told."""
        shares = [
            wishes[n :: len(self._processes)] for n in range(len(self._processes))
        ]
        for process, share in zip(self._processes, shares, strict=True):
            assert process.stdin is not None
            process.stdin.write(msgspec.json.encode(share) + b"\n")
            process.stdin.flush()
        heard = [_told.decode(self._heard(process)) for process in self._processes]
        return [one for told in heard for one in told]

    def _heard(self, process: subprocess.Popen[bytes]) -> bytes:
        assert process.stdout is not None
        return process.stdout.readline()

    def end(self) -> None:
        for process in self._processes:
            process.kill()
            process.communicate()


@contextmanager
def racing(url: str, processes: int) -> Iterator[Racing]:
    started = Racing(url, processes)
    try:
        yield started
    finally:
        started.end()
