"""Hints that the log has grown, for whoever follows it; followers look without them.

Their one law: a hint is a position and nothing else, nobody waits for it, and nothing
is wrong when it is lost.
"""

from collections.abc import Callable

Hint = Callable[[int], None]
"""Is told of a position that the log has by now; returns at once, raises nothing."""


def unheard(_position: int) -> None:
    """Tell nobody."""
