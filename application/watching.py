"""What can be watched of commits, by whoever counts and measures; nobody need.

Its one law: a watcher is told of what is done, costs next to nothing, spoils nothing.
"""

from typing import Protocol


class Watch(Protocol):
    def committed(self, calls: int, seconds: float) -> None:
        """Be told of a batch that was answered, and for how long it was worked on."""
        ...

    def conflicted(self, calls: int) -> None:
        """Be told of a batch that is run again, since others wrote first."""
        ...


class Unwatched:
    """A `Watch` that looks away."""

    def committed(self, calls: int, seconds: float) -> None:
        """Do nothing."""

    def conflicted(self, calls: int) -> None:
        """Do nothing."""


UNWATCHED = Unwatched()
