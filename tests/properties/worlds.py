"""Several bookings at one workshop, decided step by step.

A world keeps what a store would keep: each booking's history and state, the occupied
bays, and every policy that the workshop has had.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from domain import clock, commands, errors, requests
from domain.booking import Booking, evolve
from domain.changes import ChangeRequest
from domain.commands import BookingCommand
from domain.decide import Decided, Situation, decide_all
from domain.events import BookingEvent, Recorded
from domain.policy import (
    Policy,
)
from domain.slots import Hold, Occupancy
from domain.structs import replace
from tests.examples import (
    POLICY,
    WORKSHOP,
    origin,
    uuid,
)

NOBODYS = uuid(98)


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request, `later` than the one before: commands that happen together.

    Change requests are named when it comes to them: the booking's latest is meant.
    """

    booking_id: int
    commands: tuple[BookingCommand, ...]
    later: timedelta = timedelta()

    @property
    def at(self) -> datetime:
        return self.commands[0].at


Step = Call | Policy
"""A call, or the workshop's next policy."""

Decision = tuple[Decided, tuple[Recorded[BookingEvent], ...], Booking | None]


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """One event, with the state and the policy that its call met."""

    before: Booking | None
    recorded: Recorded[BookingEvent]
    policy: Policy
    policy_version: int


class World:
    def __init__(self) -> None:
        self.policies = [POLICY]
        self.bookings: dict[int, Booking] = {}
        self.requests: dict[int, ChangeRequest] = {}
        self.happened: dict[int, list[Happened]] = {}
        self.occupancy = Occupancy()

    def decide(self, call: Call, *, repeated: bool = False) -> Decision:
        """Decide `call` as things stand; `repeated`: its message is stored already."""
        workshop = replace(
            WORKSHOP, policy=self.policies[-1], policy_version=len(self.policies)
        )
        situation = Situation(
            workshop=workshop,
            occupancy=self.occupancy,
            twin=uuid(99) if repeated else None,
            request=self.requests.get(call.booking_id),
        )
        first = call.commands[0]
        return decide_all(
            call.commands,
            self.bookings.get(call.booking_id),
            situation,
            origin(first.at, first.by),
            len(self.happened.get(call.booking_id, ())),
        )

    def live(self, steps: Iterable[Step]) -> Iterator[Call]:
        """Take the steps one after the other; yield each call that was not refused."""
        for step in steps:
            if isinstance(step, Policy):
                self.policies.append(step)
                continue
            call = self._named(step)
            if self._take(call):
                yield call

    def holds(self) -> list[Hold]:
        return [hold for booking in self.bookings.values() for hold in booking.holds()]

    def history(self, booking_id: int) -> list[Recorded[BookingEvent]]:
        return [one.recorded for one in self.happened[booking_id]]

    def _named(self, call: Call) -> Call:
        latest = self.requests.get(call.booking_id)
        named = NOBODYS if latest is None else latest.id
        return replace(
            call,
            commands=tuple(
                replace(one, change_request_id=named)
                if isinstance(one, commands.RequestCommand)
                else one
                for one in call.commands
            ),
        )

    def _take(self, call: Call) -> bool:
        self._let_happen(call.booking_id, call.at)
        try:
            _decided, new, after = self.decide(call)
        except (errors.Refusal, errors.Missing):
            return False
        before = self.bookings.get(call.booking_id)
        assert after is not None
        had = before.holds() if before else ()
        for hold in after.holds():
            if hold not in had:
                for other in self.occupancy.in_the_way(hold):
                    self._let_happen(other, call.at)
        self._happen(before, new, after)
        return True

    def _let_happen(self, booking_id: int, now: datetime) -> None:
        """Write what the clock has done to a booking."""
        booking = self.bookings.get(booking_id)
        if booking is None:
            return
        for moment, event in clock.facts(booking, now):
            recorded = Recorded(
                version=len(self.happened[booking_id]) + 1,
                origin=origin(moment, clock.CLOCK),
                event=event,
            )
            after = evolve(booking, recorded)
            self._happen(booking, (recorded,), after)
            booking = after

    def _happen(
        self,
        before: Booking | None,
        new: Iterable[Recorded[BookingEvent]],
        after: Booking,
    ) -> None:
        for recorded in new:
            happened = Happened(
                before=before,
                recorded=recorded,
                policy=self.policies[-1],
                policy_version=len(self.policies),
            )
            self.happened.setdefault(after.id, []).append(happened)
            latest = requests.evolve(self.requests.get(after.id), recorded)
            if latest is not None:
                self.requests[after.id] = latest
        self.occupancy.change(before.holds() if before else (), after.holds())
        self.bookings[after.id] = after
