"""Processes that write at the same time, run after run, and the tally of them all."""

from collections.abc import Callable, Sequence
from typing import Any

from tests import running
from tests.benchmarks import serving, working
from tests.benchmarks.comparing import Run
from tests.benchmarks.serving import Meter


class Writers:
    """`jobs` returns what each process of a turn is to do; `done` counts all turns."""

    def __init__(
        self, module: str, url: str, jobs: Callable[[int], Sequence[Any]]
    ) -> None:
        self.done = 0
        self._module = module
        self._url = url
        self._jobs = jobs
        self._turn = 0
        self._meter = Meter({"PostgreSQL": serving.postmaster(url)})

    def run(self) -> Run:
        written = working.at_once(
            self._module,
            self._jobs(self._turn),
            working.Written,
            running.environment(self._url),
            self._meter.reset,
        )
        cpu = {"writers": sum(one.cpu for one in written)} | self._meter.read()
        done = sum(one.done for one in written)
        self._turn += 1
        self.done += done
        return Run(done=done, seconds=max(one.seconds for one in written), cpu=cpu)
