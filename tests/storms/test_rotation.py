"""Master keys are replaced, and the rotation killed, while new owners keep coming.

Afterwards the new master key alone opens all that was acknowledged.
"""

import itertools
import json
import signal
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import anyio
import httpx

from tests import running, stores
from tests.programs import BOOKINGS
from tests.running import ORG_NR, Serving

CLIENTS = 2
# So many of those who came ask again; the keys of all of them are tried.
ASKED = 50
FIRST = running.KEYS["BOOKINGS_MASTER_KEY"]
SECOND = b64encode(b"2" * 32).decode()
# Few keys at a time, so that there is much to be killed amid.
KILLED = """
import os, signal, sys
from functools import partial
from adapters.cli import main
from adapters.postgres.keys import PostgresKeys
from adapters.sqlite.keys import SqliteKeys
from application import rotating

def dying(keys):
    change = keys._change
    async def changed(self, *arguments):
        global left
        done = await change(self, *arguments)
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return done
    keys._change = changed

left = int(sys.argv[1])
dying(PostgresKeys)
dying(SqliteKeys)
rotating.rotate = partial(rotating.rotate, batch=3)
main(["keys", "rotate"])
"""


class Placed(NamedTuple):
    """A booking that was acknowledged: whose, and how to ask for it again."""

    owner: str
    body: dict[str, Any]
    booking_id: int


class Crowd:
    """New owners, each of whom places one booking and is answered."""

    def __init__(self, servers: Sequence[Serving]) -> None:
        self._servers = itertools.cycle(servers)
        self._numbers = itertools.count()
        self._end = threading.Event()
        self._grown = threading.Semaphore(0)
        self.placed: list[Placed] = []

    @contextmanager
    def coming(self) -> Iterator[None]:
        with ThreadPoolExecutor(CLIENTS) as pool:
            clients: list[Future[None]] = [
                pool.submit(self._come) for _client in range(CLIENTS)
            ]
            try:
                yield
            finally:
                self._end.set()
        for client in clients:
            client.result()

    def grows_by(self, count: int) -> None:
        for _one in range(count):
            assert self._grown.acquire(timeout=60), "nobody comes any more"

    def _come(self) -> None:
        with httpx.Client(verify=False, timeout=30) as http:  # noqa: S501 - plain HTTP
            while not self._end.is_set():
                number = next(self._numbers)
                one = _new(f"owner-{number}", number)
                answer = _place(http, next(self._servers).url, one.owner, one.body)
                assert answer.status_code == httpx.codes.CREATED, answer.text
                booking_id = answer.json()["data"]["id"]
                self.placed.append(one._replace(booking_id=booking_id))
                self._grown.release()


def _new(owner: str, number: int) -> Placed:
    start = running.first_start() + timedelta(minutes=number)
    body = {
        "org_nr": ORG_NR,
        "service_id": 1,
        "service_start_time": start.isoformat().replace("+00:00", "Z"),
        "vehicle": {"plate": f"AB {number}"},
        "message": {"text": f"I am {owner}."},
    }
    return Placed(owner, body, 0)


def _place(
    http: httpx.Client, url: str, owner: str, body: dict[str, Any]
) -> httpx.Response:
    headers = {
        "Authorization": f"Bearer {running.token(owner)}",
        "Idempotency-Key": "once",
    }
    return http.post(f"{url}/api/co/bookings", json=body, headers=headers)


def run(url: str, keys: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        env=running.environment(url) | {"BOOKINGS_MASTER_KEY": keys},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def rotate(url: str, keys: str) -> Any:
    done = run(url, keys, BOOKINGS, "keys", "rotate", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def killed(url: str, keys: str, changes: int) -> None:
    done = run(url, keys, sys.executable, "-c", KILLED, str(changes))
    assert done.returncode == -signal.SIGKILL, done.stderr


def served_by(url: str, *keys: str) -> list[Serving]:
    return [Serving(url, {"BOOKINGS_MASTER_KEY": key}) for key in keys]


def test_whoever_comes_meanwhile_is_wrapped_as_well(store_url: str):
    anyio.run(running.place_one_each, store_url, ["kari"])
    there, back = f"{SECOND} {FIRST}", f"{FIRST} {SECOND}"
    is_sqlite = stores.is_sqlite(store_url)
    processes = (there,) if is_sqlite else (there, back)
    kills = ((there, 4),) if is_sqlite else ((there, 1), (back, 3))
    servers = served_by(store_url, *processes)
    try:
        for server in servers:
            server.wait_until_ready()
        crowd = Crowd(servers)
        with crowd.coming():
            crowd.grows_by(20)
            for keys, changes in kills:
                killed(store_url, keys, changes)
                crowd.grows_by(5)
            assert rotate(store_url, there)["wrapped_anew"] > 0
            crowd.grows_by(20)
    finally:
        for server in servers:
            server.kill()

    _all_is_there(store_url, crowd.placed)


def _all_is_there(url: str, placed: Sequence[Placed]) -> None:
    """Ask with the second master key alone."""
    status = run(url, SECOND, BOOKINGS, "keys", "status", "--json")
    assert status.returncode == 0, status.stdout
    (only,) = map(json.loads, status.stdout.splitlines())
    assert (only["current"], only["opened"]) == (True, len(placed) + 1)
    assert run(url, SECOND, BOOKINGS, "verify").returncode == 0
    with (
        running.serving(url, more={"BOOKINGS_MASTER_KEY": SECOND}) as (server,),
        httpx.Client(verify=False, timeout=30) as http,  # noqa: S501 - as above
    ):
        for one in placed[:: len(placed) // ASKED + 1]:
            again = _place(http, server.url, one.owner, one.body).json()
            assert again["meta"]["idempotent_replay"] is True
            assert again["data"]["id"] == one.booking_id
            assert again["data"]["vehicle"]["plate"] == one.body["vehicle"]["plate"]
            said = again["data"]["result"]["message"]["text"]
            assert said == one.body["message"]["text"]
