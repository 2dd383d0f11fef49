"""Old event shapes become today's here, at reading: the stored bytes never change.

An entry maps a retired tag to a pure function from its decoded JSON to that of a
current event, `type` included. Until the first release no tag has been retired.
"""

from collections.abc import Callable, Mapping
from typing import Any

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

UPCASTERS: Mapping[str, Upcaster] = {}


def upcast(
    event: dict[str, Any], upcasters: Mapping[str, Upcaster] = UPCASTERS
) -> dict[str, Any]:
    """Return `event` in its current shape; several steps follow one another."""
    while (step := upcasters.get(event["type"])) is not None:
        event = step(event)
    return event
