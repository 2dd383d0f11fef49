"""`bookings replay --follow`: each event once, in order, and no other than committed.

Its one law: what was told last decides what comes next, whatever became of the store,
of the connection and of the hints meanwhile.
"""

import time
from collections.abc import Iterator, Sequence
from functools import partial

from adapters import bootstrap, hinting, master_keys
from adapters.cli import output
from adapters.errors import StoreUnreachable
from adapters.hinting import Hints
from adapters.subscription import PAGE, Tail
from application import following
from application.following import Followed, Growing, Noted
from application.sealing import CANARY, Vault
from domain import identity

# Between two tries to reach the store again.
PAUSE = 1.0


def follow(booking: int | None, first: int) -> Iterator[Followed]:
    """Yield what happened from a position on, to a booking or to all, for ever.

    Raises `StoreError` unless the store was there once.
    """
    settings = bootstrap.settings()
    follower = _Follower(booking, first - 1, bootstrap.vault(settings))
    at = bootstrap.kind(settings)
    with hinting.hearing(settings) as hints:
        while True:
            try:
                at.check()
                with at.log() as log:
                    yield from follower.run(log, hints)
            except StoreUnreachable as error:
                follower.lose(error)
                time.sleep(PAUSE)


class _Follower:
    def __init__(self, booking: int | None, last: int, vault: Vault) -> None:
        self._booking = booking
        self._last = last
        self._vault = vault
        self._was_there = False
        self._is_lost = False

    def run(self, log: Growing, hints: Hints) -> Iterator[Followed]:
        """Yield what comes, for as long as the store can be reached."""
        self._begin(log)
        tail = Tail(partial(self._after, log), _place, self._last, hints)
        try:
            while page := tail.page():
                for one in following.followed(log, self._vault, page):
                    yield one
                    # Whoever asks for the next has taken this one.
                    self._last = one.position
        finally:
            tail.stop()

    def lose(self, error: StoreUnreachable) -> None:
        """Say that the store is away, once; raise when it was never there."""
        if not self._was_there:
            raise error
        if not self._is_lost:
            output.say(f"{error} Trying again until it is back.")
        self._is_lost = True

    def _begin(self, log: Growing) -> None:
        canary = log.owner_key(CANARY)
        if canary is not None:
            master_keys.must_open(self._vault, canary)
        if self._booking is not None and not self._after(log, 0):
            raise output.Failed(f"There is no booking {self._booking}.")
        if self._is_lost:
            output.say("The store is back.")
        self._was_there, self._is_lost = True, False

    def _after(self, log: Growing, position: int) -> Sequence[Noted]:
        if self._booking is None:
            return log.after(position, PAGE)
        stream_id = identity.booking_stream(self._booking)
        return log.stream_after(stream_id, position, PAGE)


def _place(one: Noted) -> int:
    return one.position
