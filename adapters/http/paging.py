"""Pages of lists: one more is asked for than shown, to know whether there is more."""

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def cut(
    found: Sequence[T], limit: int, cursor: Callable[[T], str]
) -> tuple[Sequence[T], str | None]:
    """Return what is shown of `found`, and the cursor of what comes after it."""
    shown = found[:limit]
    return shown, cursor(shown[-1]) if len(found) > limit else None
