"""A store that is measured: workshops with bookings of owners, each with room to move.

No move meets another booking, and each is a move: no time is used in two turns.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

import msgspec

from adapters import bootstrap, clock
from adapters.bootstrap import Opened
from adapters.settings import read_settings
from application.calls import AnyCall, Call
from domain import commands
from domain.commands import BookingCommand
from domain.events import Vehicle
from domain.identity import Actor, Role
from domain.personal import Plate, Words
from domain.policy import (
    MoveLimit,
    Notice,
    OpenLimit,
    Policy,
    Rules,
    Service,
    TargetWindow,
)
from tests import running, stores
from tests.examples import EVERY_DAY

TEXT = "I will be ten minutes late, and the left rear door squeals."
_FIRST_ORG_NR = 330_000_000
_AT_A_WORKSHOP = 128  # bookings
_A_DAY = 7  # times between early morning and evening
_BATCH = 250  # calls of one commit
_OPERATOR = Actor(role=Role.SYSTEM, id="benchmarks")
_SERVICE = Service(id=1, name="Service", minutes=60, buffer=15)
_POLICY = Policy(
    time_zone="Europe/Oslo",
    bays=4,
    services=(_SERVICE,),
    opening_hours=EVERY_DAY,
    rules=Rules(
        reschedule_notice=Notice(hours=0),
        max_reschedules=MoveLimit(limit=1_000_000),
        open_bookings=OpenLimit(limit=1_000_000),
        target_window=TargetWindow(grid_minutes=1),
    ),
)
TURNS = 70
_APART = timedelta(minutes=_SERVICE.minutes + _SERVICE.buffer + TURNS)
_FAR = timedelta(days=30)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A booking and its owner; `first` is when it was placed for."""

    id: int
    owner: str
    first: datetime

    def at(self, turn: int, way: int) -> datetime:
        """Return where it moves to: on one day and another, each turn a bit later."""
        assert turn < TURNS
        return self.first + way * _FAR + timedelta(minutes=1 + turn)


Owners = Sequence[Sequence[Line]]
"""The bookings of each."""


def make(url: str, owners: int, each: int) -> Owners:
    """Fill a new store at `url` with `each` bookings of so many owners."""
    stores.migrate(url)
    return asyncio.run(_make(url, owners, each))


def spread(owners: Owners, ways: int = 4) -> Owners:
    """Return the bookings of each owner in several parts."""
    return [
        lines[way::ways] for lines in owners for way in range(min(ways, len(lines)))
    ]


def write(url: str, lines: Sequence[Line], messages: int) -> None:
    """Let the owner of each booking write so many messages."""
    calls = (call(line, message(line)) for line in lines for _time in range(messages))
    asyncio.run(_commit(url, calls))


def lengthen(url: str, lines: Sequence[Line], events: int) -> None:
    """Let the owner of each booking, just placed, write and move until it has these."""
    calls = (
        call(line, move(line, line.at(turn, 0)) if turn % 2 else message(line))
        for line in lines
        for turn in range(events - 1)
    )
    asyncio.run(_commit(url, calls))


def call(line: Line, *wishes: BookingCommand) -> Call:
    """Return what the owner of a booking wants now."""
    return Call(
        command_id=clock.new_id(),
        request_id=clock.new_id(),
        at=wishes[0].at,
        actor=wishes[0].by,
        booking_id=line.id,
        wishes=wishes,
    )


def move(line: Line, start: datetime) -> commands.Reschedule:
    return commands.Reschedule(
        at=clock.now(), by=_owner(line), start=start, change_request_id=clock.new_id()
    )


def message(line: Line) -> commands.AppendMessage:
    return commands.AppendMessage(
        at=clock.now(),
        by=_owner(line),
        message_id=clock.new_id(),
        personal=Words(text=TEXT),
    )


async def _make(url: str, owners: int, each: int) -> Owners:
    count = owners * each
    workshops = range(_FIRST_ORG_NR, _FIRST_ORG_NR + -(-count // _AT_A_WORKSHOP))
    async with bootstrap.opened(read_settings(running.environment(url))) as store:
        adding = (
            running.adding(org_nr, "Always Open", _POLICY) for org_nr in workshops
        )
        await _commit_all(store, adding)
        lines: list[Line] = []
        for org_nr in workshops:
            ids = await store.store.draw_ids(org_nr, _AT_A_WORKSHOP)
            # An owner's bookings are at many workshops.
            made = [
                _line(booking_id, f"owner-{(len(lines) + place) % owners}", place)
                for place, booking_id in enumerate(ids)
            ]
            await _commit_all(store, (call(e, _placing(e, org_nr)) for e in made))
            lines += made
    return [lines[owner:count:owners] for owner in range(owners)]


async def _commit(url: str, calls: Iterable[AnyCall]) -> None:
    async with bootstrap.opened(read_settings(running.environment(url))) as store:
        await _commit_all(store, calls)


async def _commit_all(store: Opened, calls: Iterable[AnyCall]) -> None:
    for batch in _batches(calls):
        for outcome in await store.commit(batch):
            if isinstance(outcome, Exception):
                raise outcome
            assert outcome.answer.refused is None, outcome.answer.refused


def _batches(calls: Iterable[AnyCall]) -> Iterator[list[AnyCall]]:
    left = iter(calls)
    while batch := list(islice(left, _BATCH)):
        yield batch


def _line(booking_id: int, owner: str, place: int) -> Line:
    """Return a booking that shares its times with one other, in another bay."""
    day, turn = divmod(place // 2, _A_DAY)
    morning = running.first_start() + timedelta(days=day, hours=4)
    return Line(id=booking_id, owner=owner, first=morning + turn * _APART)


def _placing(line: Line, org_nr: int) -> commands.Place:
    return commands.Place(
        at=clock.now(),
        by=_owner(line),
        booking_id=line.id,
        owner=line.owner,
        org_nr=org_nr,
        group_id=clock.new_id(),
        service_id=_SERVICE.id,
        start=line.first,
        vehicle=Vehicle(make="Volvo", model="V70", year=2014),
        personal=Plate(plate="EL 12345"),
    )


def _owner(line: Line) -> Actor:
    return Actor(role=Role.OWNER, id=line.owner)
