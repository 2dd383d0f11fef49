"""Where races are run: a workshop of one bay, its bookings, and ghosts in the way.

A ghost is a booking that once asked for a slot; nobody answered, nobody swept. Its
request has expired, so the slot can be had.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from adapters import bootstrap, clock, slices
from adapters.settings import read_settings
from application.answers import Answered
from application.calls import AnyCall, WorkshopCall
from domain import commands
from domain.policy import (
    MoveLimit,
    Notice,
    Policy,
    RequestTerms,
    Rules,
    Service,
    TargetWindow,
)
from tests import running, stores
from tests.examples import EVERY_DAY
from tests.running import ORG_NR
from tests.storms.wishing import STAFF, asks, placed

HALF_AN_HOUR = timedelta(minutes=30)
LONG_AGO = timedelta(hours=2)
MOST = 200  # calls in one commit
POLICY = Policy(
    time_zone="Etc/UTC",
    services=(Service(id=1, name="Wash", minutes=30),),
    opening_hours=EVERY_DAY,
    rules=Rules(
        reschedule_notice=Notice(hours=0),
        max_reschedules=MoveLimit(limit=1000),
        target_window=TargetWindow(lead_minutes=0, grid_minutes=30),
        change_request=RequestTerms(ttl_hours=1),
    ),
)


def slot(number: int) -> datetime:
    return running.first_start() + number * HALF_AN_HOUR


@dataclass(frozen=True)
class Course:
    """Slots to race for, and the bookings of each lane; every other slot is haunted."""

    targets: Sequence[datetime]
    lanes: Sequence[Sequence[int]]
    ghosts: Sequence[int]


async def laid_out(url: str, *, targets: int, lanes: int, racers: int) -> Course:
    """Make the store at `url`, with `racers` bookings in each lane."""
    stores.migrate(url)
    slots = [slot(n) for n in range(targets)]
    haunted = slots[::2]
    numbers = slices.ids(ORG_NR, 0, lanes * racers + len(haunted))
    ghosts = numbers[lanes * racers :]
    homes = [slot(targets + n) for n in range(len(numbers))]
    at = clock.now() - LONG_AGO
    calls: list[AnyCall] = [
        placed(number, home, at) for number, home in zip(numbers, homes, strict=True)
    ]
    for ghost, taken in zip(ghosts, haunted, strict=True):
        calls += asks(ghost, taken, at)
    await commit(url, [opened(at)])
    await commit(url, calls)
    return Course(
        targets=slots,
        lanes=[numbers[n * racers :][:racers] for n in range(lanes)],
        ghosts=ghosts,
    )


async def asked(url: str, *, requests: int) -> dict[int, UUID]:
    """Make the store at `url`; return bookings, and what their owners asked for."""
    stores.migrate(url)
    numbers, at = slices.ids(ORG_NR, 0, requests), clock.now()
    named, calls = dict[int, UUID](), list[AnyCall]()
    for n, number in enumerate(numbers):
        calls.append(placed(number, slot(2 * n), at))
        marks, asks_to_move = asks(number, slot(2 * n + 1), at)
        calls += [marks, asks_to_move]
        (wish,) = asks_to_move.wishes
        assert isinstance(wish, commands.Reschedule)
        named[number] = wish.change_request_id
    await commit(url, [opened(at)])
    await commit(url, calls)
    return named


async def booked(url: str, first: int, count: int) -> list[int]:
    """Book the slots from the `first` on, in a store that is made; return bookings."""
    numbers, at = slices.ids(ORG_NR, first, count), clock.now()
    calls = [placed(one, slot(n), at) for n, one in enumerate(numbers, start=first)]
    await commit(url, calls)
    return numbers


async def commit(url: str, calls: Sequence[AnyCall]) -> None:
    async with bootstrap.opened(read_settings(running.environment(url))) as store:
        for several in batches(calls):
            for outcome in await store.commit(several):
                assert isinstance(outcome, Answered)
                assert outcome.answer.refused is None


def batches(calls: Sequence[AnyCall]) -> Iterator[Sequence[AnyCall]]:
    for start in itertools.count(0, MOST):
        several = calls[start : start + MOST]
        if not several:
            return
        yield several


def opened(at: datetime) -> WorkshopCall:
    return WorkshopCall(
        command_id=clock.new_id(),
        request_id=clock.new_id(),
        at=at,
        actor=STAFF,
        org_nr=ORG_NR,
        wish=commands.AddWorkshop(
            at=at, by=STAFF, org_nr=ORG_NR, name="One Bay", policy=POLICY
        ),
    )
