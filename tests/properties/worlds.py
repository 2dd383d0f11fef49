"""Random lives of several bookings at one workshop, decided step by step.

A world keeps what a store would keep: each booking's history and state, the occupied
bays, and every policy that the workshop has had.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import msgspec
from hypothesis import strategies as st

from domain import clock, commands, errors, requests
from domain.booking import Booking, evolve
from domain.changes import ChangeRequest
from domain.commands import BookingCommand
from domain.decide import Decided, Situation, decide_all
from domain.events import BookingEvent, Mark, Recorded
from domain.identity import Actor, Role
from domain.personal import Note, Reason
from domain.policy import (
    Effect,
    MoveLimit,
    Notice,
    Policy,
    PriceBand,
    PriceChange,
    ReasonTerms,
    Rules,
    Service,
)
from domain.slots import Hold, Occupancy
from domain.structs import replace
from tests.examples import (
    DAY,
    HOUR,
    MONDAY,
    OWNER,
    POLICY,
    STAFF,
    WORKSHOP,
    cancel,
    confirm,
    move,
    origin,
    place,
    say,
    uuid,
)

BOOKINGS = (123, 123 + 1024, 123 + 2048)
numbers = st.integers(100, 10**6)
hours = st.sampled_from([0, 0, 0, 0, 1, 12, 24]).map(lambda count: count * HOUR)
DEAR = PriceBand(days=("wed", "thu"), opens="10:00", closes="12:00", band="dear")
NOBODYS = uuid(98)
MANAGER = Actor(role=Role.MANAGER, id="manager-1")
NOTE = Note(note="So be it.")
WHY = Reason(reason="There is no other way.")


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


def lives() -> st.SearchStrategy[list[Step]]:
    """Return steps that begin with a policy and three bookings that are there."""
    placed: list[Step] = [
        Call(booking_id=number, commands=(placing(number, MONDAY + days * DAY),))
        for days, number in enumerate(BOOKINGS, start=2)
    ]
    placed += [
        Call(booking_id=number, commands=(confirm(),)) for number in BOOKINGS[:2]
    ]
    one: st.SearchStrategy[list[Step]] = st.one_of(*[calls()] * 5, policies()).map(
        lambda step: [step]
    )
    rest = st.lists(one | talks(), min_size=6, max_size=20)
    return st.builds(
        lambda policy, several: [policy, *placed, *timed(chain(*several))],
        policies(),
        rest,
    )


@st.composite
def talks(draw: st.DrawFn) -> list[Step]:
    """Return a wish, and what is said to it by one side or both."""
    number, request = draw(st.sampled_from(BOOKINGS)), uuid(draw(numbers))
    wish = draw(
        st.one_of(
            *[targets().map(lambda start: move(to=start, request=request))] * 3,
            st.just(cancel(request=request)),
        )
    )
    said = draw(st.lists(st.sampled_from(answers(draw(targets()))), min_size=1))
    return [
        Call(booking_id=number, commands=(one,), later=draw(hours))
        for one in (wish, *said[:3])
    ]


def timed(steps: Iterable[Step]) -> Iterator[Step]:
    """Let the steps come one after the other."""
    now = MONDAY
    for step in steps:
        if isinstance(step, Policy):
            yield step
        else:
            now += step.later
            wishes = tuple(replace(one, at=now) for one in step.commands)
            yield replace(step, commands=wishes)


@st.composite
def calls(draw: st.DrawFn) -> Call:
    number = draw(st.sampled_from(BOOKINGS))
    target = draw(targets())
    request, message = uuid(draw(numbers)), uuid(draw(numbers))
    actions: list[BookingCommand | None] = [
        placing(number, target),
        replace(placing(number, target), by=STAFF),
        *[move(to=target, request=request)] * 6,
        replace(move(to=target, request=request), by=MANAGER),
        replace(move(to=target, request=request), by=MANAGER, override=WHY),
        cancel(request=request),
        cancel(None, request=request),
        replace(cancel(request=request), by=MANAGER),
        *[confirm()] * 3,
        *steps(),
        *answers(target),
        None,
    ]
    action = draw(st.sampled_from(actions))
    wishes = () if action is None else (action,)
    if action is None or draw(st.booleans()):
        wishes = (*wishes, say(message=message))
    return Call(booking_id=number, commands=wishes, later=draw(hours))


def steps() -> list[BookingCommand]:
    return [
        commands.Start(at=MONDAY, by=STAFF),
        commands.Complete(at=MONDAY, by=STAFF),
        commands.RecordNoShow(at=MONDAY, by=STAFF),
        *(commands.SetMark(at=MONDAY, by=STAFF, mark=mark) for mark in Mark),
    ]


def answers(target: datetime) -> list[BookingCommand]:
    """Return what both sides say to a change request, the workshop first."""
    by_staff: dict[str, Any] = {
        "at": MONDAY,
        "by": STAFF,
        "change_request_id": NOBODYS,
    }
    by_owner: dict[str, Any] = by_staff | {"by": OWNER}
    return [
        commands.Approve(**by_staff),
        commands.Approve(**by_staff),
        commands.Reject(**by_staff, personal=NOTE),
        commands.Counter(**by_staff, start=target),
        commands.Counter(**by_staff, start=target, personal=NOTE),
        commands.Accept(**by_owner),
        commands.Decline(**by_owner, personal=NOTE),
        commands.Withdraw(**by_owner),
    ]


def placing(number: int, start: datetime) -> BookingCommand:
    return replace(place(start), booking_id=number)


def targets() -> st.SearchStrategy[datetime]:
    """Return few distinct times, so that bookings meet, on a day or at its borders."""
    days = st.sampled_from([1, 2, 3, 4, 5, 8, 9])
    quarters = st.sampled_from([-9, -8, -3, 0, 0, 0, 2, 4, 5, 20])
    return st.builds(
        lambda day, quarter: MONDAY + day * DAY + quarter * HOUR / 4, days, quarters
    )


def policies() -> st.SearchStrategy[Policy]:
    effects = st.sampled_from([Effect.REQUEST, Effect.REQUEST, Effect.DENY])
    notices = st.builds(Notice, hours=st.sampled_from([0, 24, 72]), effect=effects)
    services = st.builds(
        Service,
        id=st.just(1),
        name=st.just("Service"),
        minutes=st.sampled_from([30, 60, 150]),
        buffer=st.sampled_from([0, 15, 60]),
    )
    terms = st.builds(
        Rules,
        reschedule_notice=notices,
        cancel_notice=notices,
        max_reschedules=st.builds(
            MoveLimit, limit=st.sampled_from([0, 0, 1, 3]), effect=effects
        ),
        price_change=st.builds(PriceChange, effect=effects),
        reason=st.builds(ReasonTerms, required=st.sampled_from([False, False, True])),
    )
    return st.builds(
        lambda bays, service, bands, rules: replace(
            POLICY, bays=bays, services=(service,), price_bands=bands, rules=rules
        ),
        st.integers(min_value=1, max_value=2),
        services,
        st.sampled_from([(), (DEAR,)]),
        terms,
    )
