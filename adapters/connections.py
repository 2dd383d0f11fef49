"""How many connections a process has to one place, and who waits for one."""

from collections.abc import Callable
from typing import NamedTuple, Protocol


class Connections(NamedTuple):
    """`open` of at most `limit`, `used` of those, and callers that wait for one."""

    open: int
    used: int
    limit: int
    waiting: int

    @classmethod
    def of_one(cls, *, is_open: bool, callers: int) -> "Connections":
        """Return what there is of one connection that so many use in turn."""
        used = min(callers, 1)
        return cls(open=int(is_open), used=used, limit=1, waiting=callers - used)


class Connected(Protocol):
    @property
    def connections(self) -> Connections: ...


WatchConnections = Callable[[str, Connected], None]
"""Is told where connections lead, and who has them."""
