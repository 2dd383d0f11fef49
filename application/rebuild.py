"""Folds all read models afresh beside the live ones, and puts them in their place.

The live tables serve until the swap and are untouched if anything goes wrong before:
a rebuild that is killed at any moment has done nothing but leave tables to drop.
"""

from collections.abc import Callable
from typing import Protocol

import msgspec

Progress = Callable[[int, int], None]
"""Told of events done, and of how many there are."""

# A round finds only what was written during the last one, so rounds get short soon.
ROUNDS = 5
FEW = 64  # streams
TRIES = 40


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """What the first and longest round folded."""

    events: int
    streams: int


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True):
    """`caught_up` streams changed meanwhile; `position` is the log's at the swap."""

    events: int
    streams: int
    caught_up: int
    tries: int
    position: int


class Differs(Exception):
    """The log is not what the live rows were made of: nothing was swapped."""


class NoTurn(Exception):
    """Somebody kept the live tables for themselves: nothing was swapped."""

    def __init__(self, tries: int) -> None:
        super().__init__(
            f"The live tables could not be had in {tries} tries: a long transaction, "
            "of an export perhaps, holds them. Nothing was changed."
        )


class Shadow(Protocol):
    """The tables beside the live ones. All raise `Differs`, or `Broken` of a stream."""

    def prepare(self) -> None:
        """Make empty tables, and drop what earlier rebuilds left."""
        ...

    def fill(self, progress: Progress) -> Filled:
        """Fold the whole log up to now."""
        ...

    def finish(self) -> None:
        """Give the tables what their live ones have, so that they can be swapped."""
        ...

    def catch_up(self) -> int:
        """Fold the streams changed since the last round; return how many."""
        ...

    def swap(self) -> int | None:
        """Catch up with the writers held off, and swap; return the log's position.

        Return None when the tables could not be had at once; nothing has happened then.
        """
        ...

    def pause(self, attempt: int) -> None:
        """Wait after a try in vain, longer after each (`attempt` is from 1)."""
        ...


def rebuild(
    shadow: Shadow, progress: Progress | None = None, tries: int = TRIES
) -> Rebuilt:
    """Rebuild all read models while the store is in use.

    Raises `Differs`, `Broken`, and `NoTurn`; nothing has changed then.
    """
    shadow.prepare()
    filled = shadow.fill(progress or _silent)
    shadow.finish()
    caught_up = 0
    for attempt in range(1, tries + 1):
        caught_up += _catch_up(shadow)
        position = shadow.swap()
        if position is not None:
            return Rebuilt(
                events=filled.events,
                streams=filled.streams,
                caught_up=caught_up,
                tries=attempt,
                position=position,
            )
        shadow.pause(attempt)
    raise NoTurn(tries)


def _catch_up(shadow: Shadow) -> int:
    caught_up = 0
    for _round in range(ROUNDS):
        changed = shadow.catch_up()
        caught_up += changed
        if changed <= FEW:
            break
    return caught_up


def _silent(_done: int, _of: int) -> None:
    pass
