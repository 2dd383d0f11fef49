"""JSON documents side by side: where they differ, as paths with dots.

An object that comes or goes is one difference; a missing member is a null one.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeGuard

Differing = tuple[str, Any, Any]


def differing(old: Any, new: Any, path: str = "") -> Iterator[Differing]:
    """Yield path, old and new value of all that differs, in the order of the old.

    >>> list(differing({"id": 1, "at": {"bay": 1}}, {"id": 1, "at": {"bay": 2}}))
    [('at.bay', 1, 2)]
    """
    if old == new:
        return
    if is_object(old) and is_object(new):
        for name in dict.fromkeys([*old, *new]):
            below = f"{path}.{name}" if path else name
            yield from differing(old.get(name), new.get(name), below)
    else:
        yield path, old, new


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what there is at the ends of `tree`, by path.

    >>> list(leaves({"id": 1, "at": None, "bays": [{"no": 2}]}))
    [('id', 1), ('bays.0.no', 2)]
    """
    if is_array(tree):
        tree = {str(index): member for index, member in enumerate(tree)}
    if is_object(tree):
        for name, member in tree.items():
            yield from leaves(member, f"{path}.{name}" if path else name)
    elif tree is not None:
        yield path, tree


def is_object(value: Any) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, dict)


def is_array(value: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, (list, tuple))
