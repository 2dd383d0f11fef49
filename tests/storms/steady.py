"""A small load that never stops, and what of it must be in the log.

It is sent to `bookings serve`, which reaches PostgreSQL by a way that may lead nowhere.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg

from tests import running

OK, UNAVAILABLE = 200, 503
OWNER = "kari"
PATIENCE = 45.0  # seconds after which a call counts as hanging
_PAUSE = 0.02
_LOGGED = (
    b"SELECT convert_from(state, 'UTF8')::json ->> 'request_id' FROM stored_events"
)


class Steady:
    """Puts messages on a booking, one after the other; `told` counts the answers."""

    def __init__(self, address: str, booking_id: int) -> None:
        self.told = Counter[int]()
        self.acknowledged: list[str] = []
        self.strange: list[str] = []
        self._address = address
        self._path = f"/api/co/bookings/{booking_id}"
        self._headers = {"Authorization": f"Bearer {running.token(OWNER)}"}
        self._is_over = threading.Event()

    def put(self, text: str = "Hello.", key: str | None = None) -> httpx.Response:
        headers = self._headers | ({} if key is None else {"Idempotency-Key": key})
        body = {"message": {"text": text}}
        answer = self._ask("PUT", self._path, headers=headers, json=body)
        self.told[answer.status_code] += 1
        if answer.status_code == OK:
            self.acknowledged.append(answer.json()["meta"]["request_id"])
        elif not is_clear(answer):
            self.strange.append(f"{answer.status_code} {answer.text}")
        return answer

    def get(self) -> httpx.Response:
        return self._ask("GET", self._path)

    def health(self, what: str) -> int:
        return self._ask("GET", f"/health/{what}").status_code

    def wait_until(self, status: int) -> httpx.Response:
        """Put until it is answered so; every call has its answer in time."""
        while True:
            answer = self.put()
            if answer.status_code == status:
                return answer
            self._is_over.wait(_PAUSE)

    def lost(self, url: str) -> list[str]:
        """Return what was acknowledged and is not in the log once."""
        with psycopg.connect(url) as conn:
            logged = Counter(name for (name,) in conn.execute(_LOGGED))
        return [name for name in self.acknowledged if logged[name] != 1]

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Put all the while, too."""
        thread = threading.Thread(target=self._go_on)
        thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            thread.join()
            self._is_over.clear()

    def _go_on(self) -> None:
        while not self._is_over.is_set():
            self.put()
            self._is_over.wait(_PAUSE)

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        sent: dict[str, Any] = {"headers": self._headers} | more
        return httpx.request(method, self._address + path, timeout=PATIENCE, **sent)


def is_clear(answer: httpx.Response) -> bool:
    """Whether it is a 503 that says when to come back."""
    return (
        answer.status_code == UNAVAILABLE
        and answer.json()["code"] == "unavailable"
        and answer.headers["retry-after"].isdecimal()
    )
