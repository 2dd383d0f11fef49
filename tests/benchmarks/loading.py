"""Load on one server: runs of a closed loop, one of an open loop, and their tally."""

import os
from collections.abc import Callable

import msgspec

from tests.benchmarks import serving, working
from tests.benchmarks.bench import Fact
from tests.benchmarks.comparing import Run
from tests.benchmarks.load import Job, Result
from tests.benchmarks.requests import Clients
from tests.benchmarks.serving import Meter, Served

_NUMBERS = 10**8  # of one turn


class Load:
    """Turns of clients on a server; `answered` counts all that they sent."""

    def __init__(self, server: Served, url: str) -> None:
        self.answered = 0
        self._port = server.port
        self._turn = 0
        self._meter = Meter(
            {"server": server.process, "PostgreSQL": serving.postmaster(url)}
        )

    def run(
        self,
        clients: Callable[[int], Clients],
        *,
        seconds: float,
        most: int | None = None,
    ) -> Run:
        """Keep clients busy for a while, or until `most` requests are sent."""
        job = self._job(clients, seconds)
        if most is not None:
            job = msgspec.structs.replace(job, most=most)
        result = self._measure(job)
        cpu = self._meter.read() | {"client": result.cpu}
        return Run(done=result.answered, seconds=result.seconds, cpu=cpu)

    def latency(
        self, clients: Callable[[int], Clients], *, seconds: float, rate: float
    ) -> Fact:
        """Tell how late answers are at a fixed rate, from when each was due."""
        job = self._job(clients, seconds)
        result = self._measure(msgspec.structs.replace(job, rate=rate))
        late = ", ".join(
            f"{name} {late * 1e3:.1f} ms" for name, late in result.latencies.items()
        )
        return Fact(
            f"latency from the intended send, at {rate:,.0f} a second, "
            "half of what was reached",
            late,
        )

    def _job(self, clients: Callable[[int], Clients], seconds: float) -> Job:
        return Job(
            port=self._port,
            clients=clients(self._turn),
            seconds=seconds,
            first=self._turn * _NUMBERS,
        )

    def _measure(self, job: Job) -> Result:
        (result,) = working.at_once(
            "tests.benchmarks.load", [job], Result, os.environ, self._meter.reset
        )
        self._turn += 1
        self.answered += result.answered
        return result
