"""`kill -9` of servers under load: what was acknowledged is stored exactly once."""

import asyncio
import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from domain import events
from domain.events import AnyEvent
from tests import running, stores
from tests.running import Serving

PUTS = 500
CLIENTS = 8
KILLS = 6
GIVE_UP = 120.0  # seconds until a client that is never answered fails the test


@dataclass
class Acknowledged:
    """What one client was told: its own booking, and each PUT's answer."""

    booking_id: int
    moves: list[datetime] = field(default_factory=list)
    messages: list[UUID] = field(default_factory=list)
    replays: int = 0
    retries: int = 0


class Client:
    """Sends its PUTs one after the other, each until it is acknowledged."""

    def __init__(self, booking_id: int, token: str, servers: Sequence[Serving]) -> None:
        self.told = Acknowledged(booking_id)
        self._token = token
        self._servers = itertools.cycle(servers)
        self._http = httpx.Client(verify=False, timeout=10)  # noqa: S501 - plain HTTP

    def run(self, puts: int, acknowledged: threading.Semaphore) -> Acknowledged:
        start = running.first_start()
        with self._http:
            for number in range(puts):
                self._put(number, start + timedelta(minutes=number + 1))
                acknowledged.release()
        return self.told

    def _put(self, number: int, start: datetime) -> None:
        name = UUID(int=(self.told.booking_id << 32) + number)
        body = {
            "service_start_time": start.isoformat().replace("+00:00", "Z"),
            "message": {"text": f"Move {number}", "client_message_id": str(name)},
        }
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Idempotency-Key": f"put-{number}",
        }
        answer = self._until_acknowledged(body, headers)
        assert answer["data"]["result"]["outcome"] == "rescheduled"
        assert answer["data"]["result"]["message"]["client_message_id"] == str(name)
        self.told.replays += "idempotent_replay" in answer["meta"]
        self.told.moves.append(start)
        self.told.messages.append(name)

    def _until_acknowledged(self, body: object, headers: dict[str, str]) -> Any:
        path = f"/api/co/bookings/{self.told.booking_id}"
        give_up = time.monotonic() + GIVE_UP
        while time.monotonic() < give_up:
            server = next(self._servers)
            try:
                response = self._http.put(server.url + path, json=body, headers=headers)
            except httpx.TransportError:
                self.told.retries += 1
                time.sleep(0.02)
                continue
            if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                self.told.retries += 1
                continue
            assert response.status_code == httpx.codes.OK, response.text
            return response.json()
        pytest.fail("a PUT was never acknowledged")


def kill_now_and_then(
    servers: Sequence[Serving], acknowledged: threading.Semaphore, seed: int
) -> int:
    """Kill servers spread over the run, and bring each up again."""
    chance = random.Random(seed)  # noqa: S311 - it is to be repeatable
    killed = 0
    for _kill in range(KILLS):
        for _put in range(PUTS // (KILLS + 1)):
            assert acknowledged.acquire(timeout=GIVE_UP)
        time.sleep(chance.random() / 50)
        chance.choice(servers).kill_and_restart()
        killed += 1
    return killed


def test_what_was_acknowledged_is_stored_exactly_once(store_url: str) -> None:
    owners = [f"owner-{number}" for number in range(CLIENTS)]
    booked = asyncio.run(running.place_one_each(store_url, owners))
    processes = 1 if stores.is_sqlite(store_url) else 2

    with running.serving(store_url, processes=processes) as servers:
        clients = [
            Client(booked[owner], running.token(owner), servers) for owner in owners
        ]
        told = storm(clients, servers)

    assert sum(one.retries for one in told) >= KILLS
    for one in told:
        history = running.history(store_url, one.booking_id)
        assert Counter(moves_in(history)) == Counter(one.moves)
        assert Counter(messages_in(history)) == Counter(one.messages)
    verified = running.bookings(store_url, "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def storm(clients: Sequence[Client], servers: Sequence[Serving]) -> list[Acknowledged]:
    acknowledged = threading.Semaphore(0)

    with ThreadPoolExecutor(CLIENTS + 1) as pool:
        killing = pool.submit(kill_now_and_then, servers, acknowledged, seed=7)
        puts = PUTS // CLIENTS + 1
        told = [
            f.result()
            for f in [pool.submit(c.run, puts, acknowledged) for c in clients]
        ]

    assert killing.result() == KILLS
    return told


def moves_in(history: Iterable[AnyEvent]) -> list[datetime]:
    return [e.slot.start for e in history if isinstance(e, events.Rescheduled)]


def messages_in(history: Iterable[AnyEvent]) -> list[UUID | None]:
    return [
        e.client_message_id for e in history if isinstance(e, events.MessageAppended)
    ]
