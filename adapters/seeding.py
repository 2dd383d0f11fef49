"""Bookings by the thousand for tests and benchmarks, as calls in simulated time.

The same plan gives the same calls in the same order, whatever the store; each is
decided for real, and by construction none is refused.
"""

import heapq
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, islice
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from application import demo
from application.calls import AnyCall, Call, WorkshopCall
from domain import commands, identity
from domain.commands import BookingCommand
from domain.events import Vehicle
from domain.identity import Actor, Role
from domain.personal import Plate, Reason, Words
from domain.policy import Policy, Service

SEEDS = 100_000
FIRST_DAY = date(2026, 1, 5)
BATCH = 500  # events of one transaction at most, so that others get their turn

BAYS = 4
SERVICE = Service(id=1, name="Service", minutes=45, buffer=15)
ZONES = ("Europe/Oslo", "Europe/Stockholm", "Europe/Helsinki")
OPERATOR = Actor(role=Role.SYSTEM, id="bookings seed")

# A booking has two slots to itself, before and after noon, and moves between them.
_MORNINGS = (8, 9, 10, 11)
_AFTERNOON = timedelta(hours=4)
_PER_DAY = BAYS * len(_MORNINGS)
_DAYS = 5
_MOST_WORKSHOPS = 60
_BOOKINGS_OF_A_WORKSHOP = 1000
_BOOKINGS_OF_AN_OWNER = 4

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


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to make; all that looks random follows from `seed` (below `SEEDS`)."""

    bookings: int
    events_per_booking: int
    seed: int
    first_day: date = FIRST_DAY

    @property
    def workshops(self) -> tuple[int, ...]:
        """Return the numbers of the workshops: no other seed's, nor of demo's slice."""
        wanted = max(3, min(_MOST_WORKSHOPS, self.bookings // _BOOKINGS_OF_A_WORKSHOP))
        numbers = count(320_000_000 + self.seed * (_MOST_WORKSHOPS + 1))
        others = (
            n for n in numbers if identity.slice_of(n) != identity.slice_of(demo.ORG_NR)
        )
        return tuple(islice(others, wanted))

    @property
    def events(self) -> int:
        return len(self.workshops) + self.bookings * self.events_per_booking

    def count_at(self, org_nr: int) -> int:
        """Return how many of the bookings are at that workshop."""
        return len(
            range(self.workshops.index(org_nr), self.bookings, len(self.workshops))
        )


class Sized(NamedTuple):
    """A call, and the number of events that follow from it."""

    call: AnyCall
    events: int


def batches(
    plan: Plan, ids: Mapping[int, Sequence[int]]
) -> Iterator[tuple[list[AnyCall], int]]:
    """Yield calls by the batch, each with its number of events.

    `ids` has enough booking ids of each workshop's slice.
    """
    batch, events = list[AnyCall](), 0
    for call, more in _calls(plan, ids):
        if events + more > BATCH:
            yield batch, events
            batch, events = [], 0
        batch.append(call)
        events += more
    yield batch, events


def _calls(plan: Plan, ids: Mapping[int, Sequence[int]]) -> Iterator[Sized]:
    for index, org_nr in enumerate(plan.workshops):
        yield Sized(_workshop(plan, index, org_nr), 1)
    yield from _in_order_of_time(plan, _lives(plan, ids))


def _in_order_of_time(plan: Plan, lives: Iterable["_Life"]) -> Iterator[Sized]:
    """Merge lives, which come in the order of their days; few are under way at once."""
    under_way: list[tuple[datetime, int, Iterator[Sized], Sized]] = []

    def go_on(index: int, steps: Iterator[Sized]) -> None:
        if (step := next(steps, None)) is not None:
            heapq.heappush(under_way, (step.call.at, index, steps, step))

    for index, life in enumerate(lives):
        earliest = life.morning - timedelta(seconds=_PLACED[1] + _DAY)
        while under_way and under_way[0][0] < earliest:
            _at, before, steps, step = heapq.heappop(under_way)
            yield step
            go_on(before, steps)
        go_on(index, life.steps(plan.events_per_booking))
    while under_way:
        _at, before, steps, step = heapq.heappop(under_way)
        yield step
        go_on(before, steps)


def _lives(plan: Plan, ids: Mapping[int, Sequence[int]]) -> Iterator["_Life"]:
    workshops = plan.workshops
    owners = max(1, plan.bookings // _BOOKINGS_OF_AN_OWNER)
    for index in range(plan.bookings):
        turn, which = divmod(index, len(workshops))
        yield _Life(
            random.Random(f"{plan.seed}:{index}"),  # noqa: S311 - nothing secret
            booking_id=ids[workshops[which]][turn],
            org_nr=workshops[which],
            owner=f"owner-{plan.seed}-{index % owners}",
            morning=_morning(plan, turn, ZONES[which % len(ZONES)]),
        )


def _morning(plan: Plan, turn: int, zone: str) -> datetime:
    """Return the morning slot of a workshop's booking number `turn`."""
    days, place = divmod(turn, _PER_DAY)
    weeks, weekday = divmod(days, _DAYS)
    monday = plan.first_day - timedelta(days=plan.first_day.weekday())
    day = monday + timedelta(weeks=weeks, days=weekday)
    hour = time(_MORNINGS[place % len(_MORNINGS)])
    return datetime.combine(day, hour, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _workshop(plan: Plan, index: int, org_nr: int) -> WorkshopCall:
    rng = random.Random(f"{plan.seed}:workshop:{index}")  # noqa: S311 - as above
    at = datetime.combine(plan.first_day, time(), UTC) - timedelta(days=60)
    policy = Policy(time_zone=ZONES[index % len(ZONES)], bays=BAYS, services=(SERVICE,))
    return WorkshopCall(
        command_id=_uuid7(rng, at),
        request_id=_uuid7(rng, at),
        at=at,
        actor=OPERATOR,
        org_nr=org_nr,
        wish=commands.AddWorkshop(
            at=at,
            by=OPERATOR,
            org_nr=org_nr,
            name=f"Workshop {plan.seed}-{index}",
            policy=policy,
        ),
    )


class _Life:
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
            group_id=_uuid7(self._rng, at),
            service_id=SERVICE.id,
            start=self.morning,
            vehicle=Vehicle(make=make, model=model, year=self._rng.randint(1999, 2026)),
            personal=Plate(plate=f"EL {self._rng.randint(10_000, 99_999)}"),
        )

    def _move(self, at: datetime) -> commands.Reschedule:
        afternoon = self.morning + _AFTERNOON
        self._start = afternoon if self._start == self.morning else self.morning
        return commands.Reschedule(
            at=at,
            by=self._owner,
            start=self._start,
            change_request_id=_uuid7(self._rng, at),
        )

    def _cancel(self, at: datetime) -> commands.Cancel:
        return commands.Cancel(
            at=at,
            by=self._owner,
            change_request_id=_uuid7(self._rng, at),
            personal=Reason(reason=self._rng.choice(_TEXTS)),
        )

    def _say(self, at: datetime, by: Actor) -> commands.AppendMessage:
        return commands.AppendMessage(
            at=at,
            by=by,
            message_id=_uuid7(self._rng, at),
            personal=Words(text=self._rng.choice(_TEXTS)),
        )

    def _call(self, at: datetime, actor: Actor, *wishes: BookingCommand) -> Sized:
        call = Call(
            command_id=_uuid7(self._rng, at),
            request_id=_uuid7(self._rng, at),
            at=at,
            actor=actor,
            booking_id=self._booking_id,
            wishes=wishes,
        )
        return Sized(call, len(wishes))

    def _before(self, least: int, most: int) -> datetime:
        return self.morning - timedelta(seconds=self._rng.randint(least, most))


def _uuid7(rng: random.Random, at: datetime) -> UUID:
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
