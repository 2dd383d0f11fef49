"""Servers as operators run them, processes of their own, and a store for them."""

import os
import signal
import socket
import subprocess
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from adapters import bootstrap, clock, tokens
from adapters.settings import read_settings
from application import codec
from application.calls import Call, WorkshopCall
from domain import commands, identity
from domain.events import AnyEvent, Vehicle
from domain.identity import Actor, Role
from domain.personal import Plate
from domain.policy import MoveLimit, Notice, Policy, Rules, Service, TargetWindow
from tests import servers, stores
from tests.examples import EVERY_DAY
from tests.programs import BOOKINGS

ORG_NR = 313001083
KEYS = {
    "BOOKINGS_JWT_SECRET": "s" * 32,
    "BOOKINGS_MASTER_KEY": b64encode(b"m" * 32).decode(),
}
STARTED = 60.0  # seconds that a server may take to answer
_SYSTEM = Actor(role=Role.SYSTEM, id="tests")
# Any minute of any day can be had, so that every PUT is a move of its own.
OPEN = Policy(
    time_zone="Etc/UTC",
    bays=64,
    services=(Service(id=1, name="Wash", minutes=1),),
    opening_hours=EVERY_DAY,
    rules=Rules(
        reschedule_notice=Notice(hours=0),
        max_reschedules=MoveLimit(limit=1_000_000),
        target_window=TargetWindow(lead_minutes=0, grid_minutes=1),
    ),
)


def environment(url: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": url,
        "BOOKINGS_UPLOADS": str(uploads(url)),
    } | KEYS


def uploads(url: str) -> Path:
    """Return where a store's uploads are, which is made by the first of them."""
    if stores.is_sqlite(url):
        return stores.sqlite_path(url).parent / "uploads"
    return Path(tempfile.gettempdir()) / "uploads-of" / servers.database_name(url)


def bookings(url: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a person does, to its end."""
    return subprocess.run(
        [BOOKINGS, *words],
        env=environment(url),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


class Serving:
    """`bookings serve` on a port of its own, which it keeps when started again.

    `more` is added to its environment; `log` is where what it says is added.
    """

    def __init__(
        self,
        url: str,
        more: Mapping[str, str] | None = None,
        log: Path = Path(os.devnull),
    ) -> None:
        self._environ = environment(url) | dict(more or {})
        self._log = log
        self._port = servers.free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._process = self._start()

    def kill_and_restart(self) -> None:
        self.kill()
        self._process = self._start()

    def kill(self) -> None:
        """End it as a power cut does."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> int:
        """End it as an operator does; return its exit code."""
        self._process.terminate()
        return self._process.wait(timeout=30)

    def stop_and_restart(self, more: Mapping[str, str]) -> None:
        """End it as an operator does, and start it where it was with `more`."""
        assert self.stop() == 0
        self.start_again(more)

    def start_again(self, more: Mapping[str, str]) -> None:
        """Start it where it was, with `more`, once it has ended."""
        self._environ |= dict(more)
        self._process = self._start()

    def ended(self) -> int:
        """Return its exit code, when it ends by itself."""
        return self._process.wait(timeout=30)

    def wait_until_ready(self) -> None:
        give_up = time.monotonic() + STARTED
        while not self._is_ready():
            assert time.monotonic() < give_up, "the server did not become ready"
            assert self._process.poll() is None, "the server ended by itself"

    def wait_until_said(self, words: str) -> None:
        """Wait until it has said so in its log."""
        give_up = time.monotonic() + STARTED
        while words not in self._log.read_text():
            assert time.monotonic() < give_up, f"the server did not say {words}"
            assert self._process.poll() is None, "the server ended by itself"
            time.sleep(0.02)

    def _is_ready(self) -> bool:
        address = ("127.0.0.1", self._port)
        try:
            with socket.create_connection(address, timeout=5) as probe:
                probe.sendall(b"GET /health/ready HTTP/1.0\r\n\r\n")
                return b" 200 " in probe.recv(64)
        except OSError:
            time.sleep(0.02)
            return False

    def _start(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [BOOKINGS, "serve"],
                env=self._environ | {"PORT": str(self._port)},
                stdout=subprocess.DEVNULL,
                stderr=log,
            )


@contextmanager
def serving(
    url: str, *, processes: int = 1, more: Mapping[str, str] | None = None
) -> Iterator[list[Serving]]:
    """Yield servers on the migrated store at `url`, ready to answer.

    `more` is added to their environment.
    """
    with ExitStack() as stack:
        started = [Serving(url, more) for _process in range(processes)]
        for server in started:
            stack.callback(server.kill)
        for server in started:
            server.wait_until_ready()
        yield started


def token(sub: str, role: tokens.Role = "owner", workshop: int | None = None) -> str:
    """Return a bearer token that holds for an hour."""
    return tokens.issue(
        read_settings(KEYS),
        KEYS["BOOKINGS_JWT_SECRET"].encode(),
        sub=sub,
        now=clock.now(),
        ttl=timedelta(hours=1),
        role=role,
        workshop=workshop,
    )


def first_start() -> datetime:
    """Return midnight of the day after tomorrow."""
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=2)


async def place_one_each(url: str, owners: Sequence[str]) -> dict[str, int]:
    """Book a wash for each owner; return their bookings' ids."""
    stores.migrate(url)
    settings = read_settings(environment(url))
    async with bootstrap.opened(settings) as opened:
        ids = await opened.store.draw_ids(ORG_NR, len(owners))
        booked = dict(zip(owners, ids, strict=True))
        await opened.commit([adding(ORG_NR, "Always Open", OPEN)])
        outcomes = await opened.commit(
            [
                placing(owner, number, ORG_NR, first_start(), at=clock.now())
                for owner, number in booked.items()
            ]
        )
    assert not any(isinstance(outcome, Exception) for outcome in outcomes)
    return booked


def adding(org_nr: int, name: str, policy: Policy) -> WorkshopCall:
    """Return a call that adds a workshop now."""
    at = clock.now()
    return WorkshopCall(
        command_id=clock.new_id(),
        request_id=clock.new_id(),
        at=at,
        actor=_SYSTEM,
        org_nr=org_nr,
        wish=commands.AddWorkshop(
            at=at, by=_SYSTEM, org_nr=org_nr, name=name, policy=policy
        ),
    )


def placing(
    owner: str, number: int, org_nr: int, start: datetime, *, at: datetime
) -> Call:
    """Return an owner's call that places the booking `number`, received at `at`."""
    by = Actor(role=Role.OWNER, id=owner)
    return Call(
        command_id=clock.new_id(),
        request_id=clock.new_id(),
        at=at,
        actor=by,
        booking_id=number,
        wishes=(
            commands.Place(
                at=at,
                by=by,
                booking_id=number,
                owner=owner,
                org_nr=org_nr,
                group_id=UUID(int=number),
                service_id=1,
                start=start,
                vehicle=Vehicle(),
                personal=Plate(plate="AB 12345"),
            ),
        ),
    )


def history(url: str, booking_id: int) -> list[AnyEvent]:
    """Return the events of a booking, read from the log itself."""
    with stores.recording(url) as recorder:
        stored = recorder.select_events(identity.booking_stream(booking_id))
    return [codec.decode(e.state, e.originator_version)[0].event for e in stored]
