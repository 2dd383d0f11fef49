"""What races need: a workshop of one bay, bookings, wishes, and ghosts in the way.

A ghost is a booking that once asked for a slot; nobody answered, nobody swept. Its
request has expired, so the slot can be had.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from adapters import bootstrap, clock, slices
from adapters.settings import read_settings
from application.answers import Answered
from application.calls import AnyCall, Call, WorkshopCall
from domain import commands
from domain.commands import BookingCommand
from domain.events import Mark, Vehicle
from domain.identity import Actor, Role
from domain.personal import Note, Plate
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

STAFF = Actor(role=Role.STAFF, id="staff")
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


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants of a booking: to move it, or to answer its request."""

    what: str
    booking_id: int
    start: datetime | None = None
    request: UUID | None = None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """`word` is the outcome, or the code of a refusal."""

    wish: Wish
    status: int
    word: str


@dataclass(frozen=True)
class Course:
    """Slots to race for, and the bookings of each lane; every other slot is haunted."""

    targets: Sequence[datetime]
    lanes: Sequence[Sequence[int]]
    ghosts: Sequence[int]


async def laid_out(url: str, *, targets: int, lanes: int, racers: int) -> Course:
    """Make the store at `url`, with `racers` bookings in each lane."""
    stores.migrate(url)
    first = running.first_start()
    slots = [first + n * HALF_AN_HOUR for n in range(targets)]
    haunted = slots[::2]
    numbers = slices.ids(ORG_NR, 0, lanes * racers + len(haunted))
    ghosts = numbers[lanes * racers :]
    homes = [slots[-1] + (n + 1) * HALF_AN_HOUR for n in range(len(numbers))]
    at = clock.now() - LONG_AGO
    calls: list[AnyCall] = [
        placed(number, home, at) for number, home in zip(numbers, homes, strict=True)
    ]
    for ghost, slot in zip(ghosts, haunted, strict=True):
        calls += asks(ghost, slot, at)
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
    first, at = running.first_start(), clock.now()
    numbers = slices.ids(ORG_NR, 0, requests)
    named, calls = dict[int, UUID](), list[AnyCall]()
    for n, number in enumerate(numbers):
        calls.append(placed(number, first + 2 * n * HALF_AN_HOUR, at))
        marks, asks_to_move = asks(number, first + (2 * n + 1) * HALF_AN_HOUR, at)
        calls += [marks, asks_to_move]
        (wish,) = asks_to_move.wishes
        assert isinstance(wish, commands.Reschedule)
        named[number] = wish.change_request_id
    await commit(url, [opened(at)])
    await commit(url, calls)
    return named


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


def placed(number: int, start: datetime, at: datetime) -> Call:
    wish = commands.Place(
        at=at,
        by=STAFF,
        booking_id=number,
        owner=owner(number).id,
        org_nr=ORG_NR,
        group_id=clock.new_id(),
        service_id=1,
        start=start,
        vehicle=Vehicle(),
        personal=Plate(plate="AB 12345"),
    )
    return call(number, STAFF, wish)


def asks(number: int, start: datetime, at: datetime) -> tuple[Call, Call]:
    """Return what makes a ghost: parts were ordered, so its move must be asked for."""
    marks = commands.SetMark(at=at, by=STAFF, mark=Mark.PARTS_ORDERED)
    return call(number, STAFF, marks), moves(number, start, at)


def call_for(wish: Wish, at: datetime) -> Call:
    number = wish.booking_id
    if wish.start is not None:
        return moves(number, wish.start, at)
    assert wish.request is not None
    on_it: dict[str, Any] = {"at": at, "change_request_id": wish.request}
    decisions: dict[str, BookingCommand] = {
        "approve": commands.Approve(by=STAFF, **on_it),
        "reject": commands.Reject(by=STAFF, personal=Note(note="No."), **on_it),
        "withdraw": commands.Withdraw(by=owner(number), **on_it),
    }
    decision = decisions[wish.what]
    return call(number, decision.by, decision)


def moves(number: int, start: datetime, at: datetime) -> Call:
    wish = commands.Reschedule(
        at=at, by=owner(number), start=start, change_request_id=clock.new_id()
    )
    return call(number, owner(number), wish)


def call(number: int, by: Actor, wish: BookingCommand) -> Call:
    return Call(
        command_id=clock.new_id(),
        request_id=clock.new_id(),
        at=wish.at,
        actor=by,
        booking_id=number,
        wishes=(wish,),
        owner=by.id if by.role is Role.OWNER else None,
    )


def owner(number: int) -> Actor:
    return Actor(role=Role.OWNER, id=f"owner-of-{number}")
