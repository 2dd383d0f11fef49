"""JSON documents side by side: where they differ, as paths with dots.

An object that comes or goes is one difference; a missing member is a null one.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

Differing = tuple[str, Any, Any]


def differing(old: Any, new: Any, path: str = "") -> Iterator[Differing]:
    """Yield path, old and new value of all that differs, in the order of the old.

    >>> list(differing({"id": 1, "at": {"bay": 1}}, {"id": 1, "at": {"bay": 2}}))
    [('at.bay', 1, 2)]
    """
    if _is_object(old) and _is_object(new):
        for name in dict.fromkeys([*old, *new]):
            below = f"{path}.{name}" if path else name
            yield from differing(old.get(name), new.get(name), below)
    elif old != new:
        yield path, old, new


def _is_object(value: Any) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, dict)
