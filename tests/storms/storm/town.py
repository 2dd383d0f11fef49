"""All that a company runs, as processes of their own: the place where a storm is.

PostgreSQL and Redis are reached only by ways that the weather rules; whoever judges
asks the database directly.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

import tests
from tests import cuts, running, servers
from tests.programs import BOOKINGS
from tests.servers import Redis
from tests.storms.storm.endings import Spell
from tests.storms.storm.programs import Program
from tests.storms.storm.ways import Way
from tests.storms.torture.server import Server, own_server

ROOT = Path(tests.__path__[0]).parent
DATABASE = "bookings"
LIVE = 90.0  # seconds that the town may take to live again
RATE = "12/second"


class Town:
    """`addresses` are the API processes', `database_url` leads past all weather."""

    def __init__(
        self,
        *,
        server: Server,
        amid: cuts.Way,
        database: Way,
        redis: Redis,
        to_redis: Way,
        folder: Path,
    ) -> None:
        self.server, self.redis = server, redis
        self.amid, self.database, self.to_redis = amid, database, to_redis
        self.folder = folder
        self.database_url = servers.on_database(server.url, DATABASE)
        self.environ = running.KEYS | {
            "DATABASE_URL": (
                f"postgresql://postgres@127.0.0.1:{database.port}/{DATABASE}"
                "?sslmode=disable&gssencmode=disable"
            ),
            "REDIS_URL": f"redis://127.0.0.1:{to_redis.port}",
            "BOOKINGS_UPLOADS": str(folder / "uploads"),
            "BOOKINGS_RATE_PER_TOKEN": RATE,
            "BOOKINGS_SWEEP_SECONDS": "0.3",
            # Shorter than a fault may last, so that calls are given up under way.
            "BOOKINGS_CALL_SECONDS": "1",
            # What runs is what stands beside these tests, also in a copy of it all.
            "PYTHONPATH": str(ROOT),
        }
        self.apis: list[Program] = []
        self.workers: list[Program] = []
        self.addresses: list[str] = []

    @property
    def programs(self) -> list[Program]:
        return [*self.apis, *self.workers]

    def start(self, apis: int, workers: int) -> None:
        for number in range(apis):
            port = servers.free_port()
            self.addresses.append(f"http://127.0.0.1:{port}")
            self.apis.append(self._program(f"api-{number}", "serve", PORT=str(port)))
        for number in range(workers):
            self.workers.append(self._program(f"worker-{number}", "worker"))

    def _program(self, name: str, command: str, **more: str) -> Program:
        log = self.folder / f"{name}.log"
        return Program(name, command, self.environ | more, log)

    def cli(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, past all weather."""
        environ = self.environ | {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": self.database_url,
        }
        return subprocess.run(
            [BOOKINGS, *words],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def end(self) -> None:
        """End all of ours, as an operator does; the servers go on."""
        for program in self.programs:
            program.tell_to_end()
        for program in self.programs:
            program.end()

    def wait_until_live(self) -> float:
        """Return after how many seconds each API process is ready, each worker up."""
        began = time.monotonic()
        for address in self.addresses:
            while not is_ready(address):
                _must_be_before(began + LIVE, address)
        for worker in self.workers:
            while not worker.is_up:
                _must_be_before(began + LIVE, worker.name)
                time.sleep(0.05)
        return time.monotonic() - began

    def faults(self, spells: Sequence[Spell]) -> list[str]:
        """Say what processes did that no weather explains."""
        ended = [
            one for program in self.programs for one in program.unexplained(spells)
        ]
        traced = [
            f"{program.name} says Traceback"
            for program in self.programs
            if "Traceback" in program.log.read_text("utf-8", "replace")
        ]
        return ended + traced


class NotLive(Exception):
    """The weather was over, and the service did not come back."""


def _must_be_before(moment: float, who: str) -> None:
    if time.monotonic() > moment:
        raise NotLive(f"{who} does not live after {LIVE:.0f} s")


@contextmanager
def town(apis: int = 2, workers: int = 1) -> Iterator[Town]:
    """Yield a town with a migrated store, whose processes are starting.

    Its logs are deleted at the end, unless `keep` was made in its folder.
    """
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="storm-"))
        stack.callback(_tidy, folder)
        server = stack.enter_context(own_server())
        with psycopg.connect(server.url, autocommit=True) as conn:
            conn.execute(b"CREATE DATABASE bookings")
        amid = stack.enter_context(cuts.Way(server.url))
        port = int(str(conninfo_to_dict(amid.url)["port"]))
        database = Way(("127.0.0.1", port))
        stack.callback(database.close)
        redis = stack.enter_context(servers.own_redis())
        to_redis = Way(("127.0.0.1", int(redis.url.rpartition(":")[2])))
        stack.callback(to_redis.close)
        it = Town(
            server=server,
            amid=amid,
            database=database,
            redis=redis,
            to_redis=to_redis,
            folder=folder,
        )
        migrated = it.cli("migrate")
        assert migrated.returncode == 0, migrated.stderr
        stack.callback(it.end)
        it.start(apis, workers)
        yield it


def is_ready(address: str) -> bool:
    host, _colon, port = address.removeprefix("http://").partition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=2) as probe:
            probe.sendall(b"GET /health/ready HTTP/1.0\r\n\r\n")
            if b" 200 " in probe.recv(64):
                return True
    except OSError:
        pass
    time.sleep(0.05)
    return False


def _tidy(folder: Path) -> None:
    if not (folder / "keep").exists():
        shutil.rmtree(folder)


def keep(folder: Path, verdict: str) -> None:
    """Keep a town's logs, and beside them what was found."""
    (folder / "keep").write_text(verdict, "utf-8")
