"""What docker-compose.yml says, as processes of this machine: no container, no image.

Its one law: commands, environments, health checks and secrets are the file's own. Only
what names a place in a container is another place here.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import httpx
import yaml

from tests import servers
from tests.programs import BOOKINGS

ROOT = Path(__file__).parents[1]
COMPOSE = ROOT / "docker-compose.yml"
CADDY = Path(sys.executable).parent / "caddy"
OURS = ("migrate", "api", "worker")
UID = 10001
PATIENCE = 120.0  # seconds
_PROGRAMS = {"bookings": BOOKINGS, "caddy": CADDY, "python": sys.executable}
# As root whoever runs tests could write anywhere: so another user, who may only read.
_AS_ANOTHER = (
    *("setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups"),
    *("--no-new-privs", "--bounding-set=-all,+dac_read_search"),
    *("--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"),
)


def compose() -> dict[str, Any]:
    """Return the file, with the values that it has without an `.env`."""
    text = re.sub(r"\$\{\w+:-(.*?)\}", r"\1", COMPOSE.read_text())
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def image_environment() -> dict[str, str]:
    """Return what the last stage of the Dockerfile sets, but for the path."""
    last = (ROOT / "Dockerfile").read_text().split("\nFROM ")[-1]
    found = dict(
        re.findall(r"(\w+)=(\S+)", last.split("ENV ")[1].split("\nWORKDIR")[0])
    )
    del found["PATH"]
    return found


class Container:
    """A service's process, and what the file says of it, in its places on here."""

    def __init__(
        self, service: Mapping[str, Any], places: Mapping[str, str], folder: Path
    ) -> None:
        self._service = service
        self._places = places
        self._folder = folder
        self.log = folder / "log"
        self._process = self._start()

    def wait_until_healthy(self) -> None:
        """Ask its health check, as Docker does."""
        _kind, *check = self._service["healthcheck"]["test"]
        give_up = time.monotonic() + PATIENCE
        while self.run(check).returncode != 0:
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < give_up, self.log.read_text()
            # Docker asks at intervals, too: each time is a process of its own.
            time.sleep(0.2)

    def run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a command beside it, as `docker compose exec` does."""
        return subprocess.run(
            self._words(command),
            env=self.environ,
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    def end(self) -> int:
        """End it as Docker does; return its exit code."""
        self._process.terminate()
        return self.ended()

    def ended(self) -> int:
        grace = self._service.get("stop_grace_period", "120s")
        return self._process.wait(timeout=float(grace.removesuffix("s")))

    def start_again(self) -> None:
        self._process = self._start()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()

    def _start(self) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen(
                self._words(self._service["command"]),
                env=self.environ,
                cwd=self._folder,
                stdout=log,
                stderr=log,
            )

    def _words(self, command: Sequence[str]) -> list[str]:
        program, *rest = [self._here(word) for word in command]
        other = _AS_ANOTHER if os.getuid() == 0 else ()
        return [*other, str(_PROGRAMS[program]), *rest]

    @property
    def environ(self) -> dict[str, str]:
        given = image_environment() | self._service.get("environment", {})
        own = {"PATH": os.environ["PATH"], "TMPDIR": self._places["/tmp"]}  # noqa: S108
        return own | {name: self._here(value) for name, value in given.items()}

    def _here(self, text: str) -> str:
        """Return `text` with each place that it names on this machine."""
        places = re.compile("|".join(map(re.escape, self._places)))
        return places.sub(lambda place: self._places[place[0]], text)


class Composed:
    """All of the file's services of ours, on a PostgreSQL and a Redis of the tests'.

    `more` is added to their environment, as an operator may.
    """

    def __init__(
        self, database_url: str, redis_url: str, folder: Path, more: Mapping[str, str]
    ) -> None:
        self._services = compose()["services"]
        for name in OURS:
            self._services[name]["environment"] |= more
        self._folder = folder
        self._stack = ExitStack()
        self._volumes = Path(tempfile.mkdtemp(prefix="composed-"))
        self._database_url = database_url
        self._redis_url = redis_url
        self._ports = {
            name: servers.free_port()
            for name in ("api-1", "api-2", "metrics-1", "metrics-2", "worker", "proxy")
        }
        self.url = f"http://127.0.0.1:{self._ports['proxy']}"
        self._make_folders()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def start(self, name: str, number: int = 1) -> Container:
        """Start a service's process, the `number`th of its replicas."""
        folder = self._folder / f"{name}-{number}"
        folder.mkdir()
        (folder / "log").touch()
        folder.chmod(0o555)
        service = self._services[name]
        container = Container(service, self._places(name, number), folder)
        self._stack.callback(container.close)
        return container

    def metrics(self, name: str) -> str:
        """Return what `metrics-1`, `metrics-2` or `worker` shows to Prometheus."""
        return httpx.get(f"http://127.0.0.1:{self._ports[name]}/metrics").text

    def _make_folders(self) -> None:
        """Make the volumes, and `/tmp`: all that anybody may write to.

        They are where the other user may come without being let through.
        """
        self._stack.callback(shutil.rmtree, self._volumes)
        self._volumes.chmod(0o711)
        for name in ("uploads", "tmp"):
            folder = self._volumes / name
            folder.mkdir(mode=0o700)
            if os.getuid() == 0:
                os.chown(folder, UID, UID)
        secrets = self._folder / "secrets"
        assert (secrets / "database_url").read_text().endswith("@postgres/bookings")
        (secrets / "database_url").chmod(0o600)
        (secrets / "database_url").write_text(self._database_url)

    def _places(self, name: str, number: int) -> dict[str, str]:
        """Return what each place of a container is here; the first that fits counts."""
        shown = "worker" if name == "worker" else f"metrics-{number}"
        own = "proxy" if name == "proxy" else f"api-{number}"
        volumes = str(self._volumes)
        return {
            "bookings-api-1:5000": f"127.0.0.1:{self._ports['api-1']}",
            "bookings-api-2:5000": f"127.0.0.1:{self._ports['api-2']}",
            "/etc/caddy/Caddyfile": str(ROOT / "Caddyfile"),
            "/run/secrets/": f"{self._folder}/secrets/",
            "/srv/uploads": f"{volumes}/uploads",
            "redis://redis": self._redis_url,
            "/tmp": f"{volumes}/tmp",  # noqa: S108 - a container's own
            compose()["networks"]["default"]["ipam"]["config"][0][
                "subnet"
            ]: "127.0.0.1",
            "0.0.0.0": "127.0.0.1",  # noqa: S104 - it becomes another
            "5000": str(self._ports[own]),
            "9000": str(self._ports[shown]),
        }
