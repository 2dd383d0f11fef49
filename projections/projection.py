"""A read model: a table from event type to a pure function on one row.

`match` on structs tests one class after the other; a table finds the function at once,
and a rebuild calls it once per event. A row that no event touched yet is None.
"""

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar, get_args

from domain.events import BookingEvent, Event, Recorded

Row = TypeVar("Row")
E = TypeVar("E", bound=BookingEvent)
Fold = Callable[[Row | None, Recorded[E]], Row | None]


class Projection(Generic[Row]):
    def __init__(self, name: str, *, ignores: Iterable[type[Event]] = ()) -> None:
        self.name = name
        self._table: dict[type[Event], Fold[Row, Any]] = dict.fromkeys(
            ignores, _unchanged
        )

    def on(self, event_type: type[E]) -> Callable[[Fold[Row, E]], Fold[Row, E]]:
        """Register the decorated function for `event_type`."""

        def register(function: Fold[Row, E]) -> Fold[Row, E]:
            self._table[event_type] = function
            return function

        return register

    def apply(self, row: Row | None, recorded: Recorded[BookingEvent]) -> Row | None:
        return self._table[type(recorded.event)](row, recorded)

    def touches(self, event: BookingEvent) -> bool:
        return self._table[type(event)] is not _unchanged

    @property
    def forgotten(self) -> set[type[Event]]:
        """Event types neither handled nor ignored; a test keeps this empty."""
        return set(get_args(BookingEvent)) - self._table.keys()


def _unchanged(row: Any, _recorded: Recorded[Any]) -> Any:
    return row
