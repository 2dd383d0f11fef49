"""One seeded booking's life, from its placing on: real calls, which nothing refuses."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from application.calls import AnyCall, Call
from domain import commands
from domain.commands import BookingCommand
from domain.events import Vehicle
from domain.identity import Actor, Role
from domain.personal import Plate, Reason, Words
from domain.policy import Service

SERVICE = Service(id=1, name="Service", minutes=45, buffer=15)
# A booking has two slots to itself, before and after noon, and moves between them.
AFTERNOON = timedelta(hours=4)

_DAY, _HOUR = 86_400, 3_600
_PLACED = (6 * _DAY, 21 * _DAY)  # seconds before the morning's slot
_LAST_FREE_CHANGE = 25 * _HOUR
_TOO_LATE = (3 * _HOUR, 19 * _HOUR)

_TEXTS = (
    "Please look at the brakes too.",
    "The light on the dashboard is on again.",
    "Can I wait while you work?",
    "We have ordered the part.",
    "There is a noise from the left rear wheel above 80 km/h, mostly when it is cold.",
    "Call me when it is done.",
    "Winter tyres are in the boot.",
)
_CARS = (
    ("Volvo", "V70"),
    ("Toyota", "Yaris"),
    ("Volkswagen", "Golf"),
    ("Nissan", "Leaf"),
    ("Skoda", "Octavia"),
)


class Sized(NamedTuple):
    """A call, and the number of events that follow from it."""

    call: AnyCall
    events: int


class Life:
    """One booking from its placing on, up to a number of events."""

    def __init__(
        self,
        rng: random.Random,
        *,
        booking_id: int,
        org_nr: int,
        owner: str,
        morning: datetime,
    ) -> None:
        self.morning = morning
        self._rng = rng
        self._booking_id = booking_id
        self._org_nr = org_nr
        self._owner = Actor(role=Role.OWNER, id=owner)
        self._staff = Actor(role=Role.STAFF, id=f"staff-{org_nr}")
        self._start = morning

    @property
    def earliest(self) -> datetime:
        """Return a moment before anything happens."""
        return self.morning - timedelta(seconds=_PLACED[1] + _DAY)

    def steps(self, events: int) -> Iterator[Sized]:
        """Yield calls in order of time that make `events` events, no more or less."""
        left, first = events, self._before(*_PLACED)
        yield self._call(first, self._owner, self._place(first))
        left -= 1
        ends = left > 1 and self._rng.random() < 0.3  # noqa: PLR2004 - a taste
        sizes = list(self._sizes(left - ends))
        moments = self._moments(first, len(sizes))
        for number, (at, size) in enumerate(zip(moments, sizes, strict=True)):
            if number == 0:
                yield self._call(
                    at, self._staff, commands.Confirm(at=at, by=self._staff)
                )
            else:
                yield self._something(at, size)
        if ends:
            yield self._ending()

    def _sizes(self, events: int) -> Iterator[int]:
        """Cut a number of events into calls: the first, and few others, of two."""
        if events:
            yield 1
        left = events - 1
        while left > 0:
            size = 2 if left > 1 and self._rng.random() < 0.1 else 1  # noqa: PLR2004
            yield size
            left -= size

    def _moments(self, first: datetime, number: int) -> list[datetime]:
        """Return times between the placing and the last free change, in order."""
        last = self.morning - timedelta(seconds=_LAST_FREE_CHANGE)
        span = int((last - first).total_seconds())
        return sorted(
            first + timedelta(seconds=self._rng.randrange(span)) for _ in range(number)
        )

    def _something(self, at: datetime, size: int) -> Sized:
        if size > 1:
            return self._call(
                at, self._owner, self._move(at), self._say(at, self._owner)
            )
        if self._rng.random() < 0.25:  # noqa: PLR2004 - a taste
            return self._call(at, self._owner, self._move(at))
        by = self._rng.choice((self._owner, self._staff))
        return self._call(at, by, self._say(at, by))

    def _ending(self) -> Sized:
        """Cancel, or ask the workshop, which it is too late to do without."""
        kind = self._rng.choice(("cancel", "ask to cancel", "ask to move"))
        if kind == "cancel":
            at = self.morning - timedelta(seconds=_LAST_FREE_CHANGE)
            return self._call(at, self._owner, self._cancel(at))
        at = self._before(*_TOO_LATE)
        wish = self._cancel(at) if kind == "ask to cancel" else self._move(at)
        return self._call(at, self._owner, wish)

    def _place(self, at: datetime) -> commands.Place:
        make, model = self._rng.choice(_CARS)
        return commands.Place(
            at=at,
            by=self._owner,
            booking_id=self._booking_id,
            owner=self._owner.id,
            org_nr=self._org_nr,
            group_id=uuid7(self._rng, at),
            service_id=SERVICE.id,
            start=self.morning,
            vehicle=Vehicle(make=make, model=model, year=self._rng.randint(1999, 2026)),
            personal=Plate(plate=f"EL {self._rng.randint(10_000, 99_999)}"),
        )

    def _move(self, at: datetime) -> commands.Reschedule:
        afternoon = self.morning + AFTERNOON
        self._start = afternoon if self._start == self.morning else self.morning
        return commands.Reschedule(
            at=at,
            by=self._owner,
            start=self._start,
            change_request_id=uuid7(self._rng, at),
        )

    def _cancel(self, at: datetime) -> commands.Cancel:
        return commands.Cancel(
            at=at,
            by=self._owner,
            change_request_id=uuid7(self._rng, at),
            personal=Reason(reason=self._rng.choice(_TEXTS)),
        )

    def _say(self, at: datetime, by: Actor) -> commands.AppendMessage:
        return commands.AppendMessage(
            at=at,
            by=by,
            message_id=uuid7(self._rng, at),
            personal=Words(text=self._rng.choice(_TEXTS)),
        )

    def _call(self, at: datetime, actor: Actor, *wishes: BookingCommand) -> Sized:
        call = Call(
            command_id=uuid7(self._rng, at),
            request_id=uuid7(self._rng, at),
            at=at,
            actor=actor,
            booking_id=self._booking_id,
            wishes=wishes,
        )
        return Sized(call, len(wishes))

    def _before(self, least: int, most: int) -> datetime:
        return self.morning - timedelta(seconds=self._rng.randint(least, most))


def uuid7(rng: random.Random, at: datetime) -> UUID:
    """Return a UUIDv7 of simulated time: the same draw gives the same id."""
    milliseconds = int(at.timestamp() * 1000)
    low = rng.getrandbits(74)
    return UUID(
        int=milliseconds << 80
        | 0x7 << 76
        | (low >> 62) << 64
        | 0b10 << 62
        | low & (1 << 62) - 1
    )
