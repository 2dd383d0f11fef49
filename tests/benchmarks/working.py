"""A process that measures: it reads its job, says `ready`, waits for `go`, and answers.

So starting, connecting and preparing are no part of what is measured.
"""

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec

J = TypeVar("J")
R = TypeVar("R")

ROOT = Path(__file__).parents[2]
READY, GO = b"ready\n", b"go\n"
_encode = msgspec.json.Encoder().encode


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What a process that writes did: `cpu` are seconds of its own."""

    done: int
    seconds: float
    cpu: float


def work(kind: type[J], prepare: Callable[[J], AbstractContextManager[Any]]) -> None:
    """Be such a process; `prepare` yields the function whose result is the answer."""
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=kind)
    with prepare(job) as run:
        _tell(READY)
        if sys.stdin.buffer.readline() == GO:
            _tell(_encode(run()) + b"\n")


def _tell(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


class Failed(Exception):
    """A process ended without an answer; what it said is on stderr."""


class Worker:
    """The other end of such a process, which runs a module of ours."""

    def __init__(self, module: str, job: Any, environ: Mapping[str, str]) -> None:
        self._module = module
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            env=dict(environ),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._send(_encode(job) + b"\n")

    def wait_until_ready(self) -> None:
        self._expect(READY)

    def go(self) -> None:
        self._send(GO)

    def answer(self, kind: type[R]) -> R:
        return msgspec.json.decode(self._line(), type=kind)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self._process.kill()
        with self._process:
            pass

    def _send(self, line: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line)
        self._process.stdin.flush()

    def _line(self) -> bytes:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise Failed(self._module)
        return line

    def _expect(self, line: bytes) -> None:
        if self._line() != line:
            raise Failed(self._module)


def at_once(
    module: str,
    jobs: Sequence[Any],
    kind: type[R],
    environ: Mapping[str, str],
    start: Callable[[], None] = lambda: None,
) -> list[R]:
    """Run a process for each job; `start` is called when all of them are ready."""
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(module, job, environ)) for job in jobs]
        for worker in workers:
            worker.wait_until_ready()
        start()
        for worker in workers:
            worker.go()
        return [worker.answer(kind) for worker in workers]
