"""Who moves a booking on and on, each move with a key until it is answered 200."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from http import HTTPStatus

import httpx

from domain import events
from tests import running

PATIENCE = 60.0  # seconds that a move may take, however often it is tried


class Mover:
    """`told` are the moves that were answered; `wrong` what must not be answered."""

    def __init__(self, owner: str, booking_id: int, addresses: Sequence[str]) -> None:
        self.booking_id, self.told = booking_id, list[datetime]()
        self.wrong: list[str] = []
        self.answers: Counter[int] = Counter()
        self._owner, self._addresses = owner, itertools.cycle(addresses)
        self._moved, self._ended = threading.Semaphore(0), threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def wait(self, moves: int) -> None:
        """Wait until so many more were answered."""
        for _move in range(moves):
            assert self._moved.acquire(timeout=PATIENCE), self.wrong

    def wait_anew(self, moves: int) -> None:
        """Wait until so many are answered from now on."""
        while self._moved.acquire(blocking=False):
            pass
        self.wait(moves)

    def _run(self) -> None:
        start = running.first_start()
        bearer = {"Authorization": f"Bearer {running.token(self._owner)}"}
        with httpx.Client(headers=bearer, trust_env=False, timeout=30) as client:
            while not self._ended.is_set() and not self.wrong:
                start += timedelta(minutes=1)
                self._move(client, start)

    def _move(self, client: httpx.Client, start: datetime) -> None:
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            with suppress(httpx.TransportError):
                response = client.put(
                    f"{next(self._addresses)}/api/co/bookings/{self.booking_id}",
                    json={"service_start_time": start.isoformat()},
                    headers={"Idempotency-Key": start.isoformat()},
                )
                self.answers[response.status_code] += 1
                if response.status_code == HTTPStatus.OK:
                    self.told.append(start)
                    self._moved.release()
                    return
                if not _can_be_tried_again(response):
                    break
            time.sleep(0.02)
        self.wrong.append(f"{start} was not answered: {self.answers}")


def _can_be_tried_again(response: httpx.Response) -> bool:
    is_away = response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    return is_away and "Retry-After" in response.headers


@contextmanager
def moving(booked: dict[str, int], addresses: Sequence[str]) -> Iterator[list[Mover]]:
    """Yield who moves each owner's booking, until the end; none may be told wrongly."""
    movers = [Mover(owner, number, addresses) for owner, number in booked.items()]
    with ExitStack() as stack:
        for mover in movers:
            stack.callback(mover.stop)
            mover.start()
        yield movers
    assert [mover.wrong for mover in movers if mover.wrong] == []


def moves_of(url: str, booking_id: int) -> list[datetime]:
    """Return the moves that the log has of a booking, in order."""
    history = running.history(url, booking_id)
    return [one.slot.start for one in history if isinstance(one, events.Rescheduled)]
