"""Bookings by the thousand for tests and benchmarks, as calls in simulated time.

The same plan gives the same calls in the same order, whatever the store; each is
decided for real, and by construction none is refused.
"""

import heapq
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, islice
from zoneinfo import ZoneInfo

import msgspec

from adapters.seeded_life import SERVICE, Life, Sized, uuid7
from application import demo
from application.calls import AnyCall, WorkshopCall
from domain import commands, identity
from domain.identity import Actor, Role
from domain.policy import MoveLimit, Policy, Rules

SEEDS = 100_000
FIRST_DAY = date(2026, 1, 5)
BATCH = 500  # events of one transaction at most, so that others get their turn

BAYS = 4
ZONES = ("Europe/Oslo", "Europe/Stockholm", "Europe/Helsinki")
OPERATOR = Actor(role=Role.SYSTEM, id="bookings seed")

_MORNINGS = (8, 9, 10, 11)
_PER_DAY = BAYS * len(_MORNINGS)
_DAYS = 5
_MOST_WORKSHOPS = 60
_MOST_MOVES = 1000
_BOOKINGS_OF_A_WORKSHOP = 1000
_BOOKINGS_OF_AN_OWNER = 4

_NEVER = datetime.max.replace(tzinfo=UTC)


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


UnderWay = list[tuple[datetime, int, Iterator[Sized], Sized]]
"""Lives by the time of their next step, as a heap."""


def _in_order_of_time(plan: Plan, lives: Iterable[Life]) -> Iterator[Sized]:
    """Merge lives, which come in the order of their days; few are under way at once."""
    under_way: UnderWay = []
    for index, life in enumerate(lives):
        yield from _until(life.earliest, under_way)
        _go_on(under_way, index, life.steps(plan.events_per_booking))
    yield from _until(_NEVER, under_way)


def _until(moment: datetime, under_way: UnderWay) -> Iterator[Sized]:
    while under_way and under_way[0][0] < moment:
        _at, index, steps, step = heapq.heappop(under_way)
        yield step
        _go_on(under_way, index, steps)


def _go_on(under_way: UnderWay, index: int, steps: Iterator[Sized]) -> None:
    if (step := next(steps, None)) is not None:
        heapq.heappush(under_way, (step.call.at, index, steps, step))


def _lives(plan: Plan, ids: Mapping[int, Sequence[int]]) -> Iterator[Life]:
    workshops = plan.workshops
    owners = max(1, plan.bookings // _BOOKINGS_OF_AN_OWNER)
    for index in range(plan.bookings):
        turn, which = divmod(index, len(workshops))
        yield Life(
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
    policy = Policy(
        time_zone=ZONES[index % len(ZONES)],
        bays=BAYS,
        services=(SERVICE,),
        # However long a life is, its moves happen at once.
        rules=Rules(max_reschedules=MoveLimit(limit=_MOST_MOVES)),
    )
    return WorkshopCall(
        command_id=uuid7(rng, at),
        request_id=uuid7(rng, at),
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
