"""The bookings that everybody wants to change now, as the last answers showed them."""

import random
import threading
from typing import Any

import msgspec

from tests.storms.storm.ledger import Sent, Try
from tests.storms.storm.people import POLICIES

HOT = 5  # bookings of a workshop that everybody changes at a time


class Hot(msgspec.Struct):
    """A booking that is fought for, and the last requests that were heard of."""

    id: int
    owner: str
    org_nr: int
    revision: int = 1
    request: str | None = None


class Pool:
    """The bookings that are wanted now; one that is closed stays for a while."""

    def __init__(self) -> None:
        self._hot: dict[int, list[Hot]] = {org_nr: [] for org_nr in POLICIES}
        self._lock = threading.Lock()

    def heard(self, owner: str, org_nr: int, data: Any) -> None:
        """Learn from an answer: a new booking, its revision, its open request."""
        with self._lock:
            hot = self._hot[org_nr]
            known = next((one for one in hot if one.id == data["id"]), None)
            if known is None and not owner:
                return
            if known is None:
                known = Hot(data["id"], owner, org_nr)
                hot.append(known)
                del hot[:-HOT]
            known.revision = data["revision"]
            if data["pending_change_request"] is not None:
                known.request = data["pending_change_request"]["id"]

    def draw(self, chance: random.Random, org_nr: int | None = None) -> Hot | None:
        with self._lock:
            hot = [
                one
                for at, several in self._hot.items()
                for one in several
                if org_nr in {None, at}
            ]
        return chance.choice(hot) if hot else None


def learn(pool: Pool, sent: Sent, one: Try) -> None:
    """Let the pool know what an answer shows of a booking."""
    data = one.data
    if one.status in {200, 201, 202} and isinstance(data, dict) and "workshop" in data:
        owner = sent.who if sent.role == "owner" else ""
        pool.heard(owner, data["workshop"]["org_nr"], data)
