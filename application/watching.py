"""What can be watched of commits, by whoever counts and measures; nobody need.

Its one law: a watcher is told of what is done, costs next to nothing, spoils nothing.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from application.calls import AnyCall


class Tried(NamedTuple):
    """One way of a batch through the store, whatever came of it.

    The moments are the event loop's; None is one that was not reached.
    """

    calls: Sequence[AnyCall]
    locked: bool
    began: float
    loaded: float | None
    decided: float | None
    ended: float

    def stages(self) -> Iterator[tuple[str, float, float]]:
        """Yield each stage that was reached, and from when to when it was."""
        names = ("load", "decide", "commit")
        moments = (self.began, self.loaded, self.decided, self.ended)
        reached = [moment for moment in moments if moment is not None]
        yield from zip(names, reached, reached[1:], strict=False)


class Watch(Protocol):
    def tried(self, tried: Tried) -> None:
        """Be told of each time that calls were loaded, decided and written."""
        ...

    def committed(self, calls: int, seconds: float) -> None:
        """Be told of a batch that was answered, and for how long it was worked on."""
        ...

    def conflicted(self, calls: int) -> None:
        """Be told of a batch that is run again, since others wrote first."""
        ...

    def replayed(self, calls: int) -> None:
        """Be told how many of a batch got their first answer again."""
        ...


class Watches:
    """A `Watch` for all of `watches`; without any it looks away."""

    def __init__(self, *watches: Watch) -> None:
        self._watches = watches

    def tried(self, tried: Tried) -> None:
        for watch in self._watches:
            watch.tried(tried)

    def committed(self, calls: int, seconds: float) -> None:
        for watch in self._watches:
            watch.committed(calls, seconds)

    def conflicted(self, calls: int) -> None:
        for watch in self._watches:
            watch.conflicted(calls)

    def replayed(self, calls: int) -> None:
        for watch in self._watches:
            watch.replayed(calls)


UNWATCHED = Watches()
