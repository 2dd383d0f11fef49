"""Random lives of several bookings at one workshop, decided step by step.

A world keeps what a store would keep: each booking's history and state, the occupied
bays, and every policy that the workshop has had.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec
from hypothesis import strategies as st

from domain import errors
from domain.booking import Booking
from domain.commands import BookingCommand
from domain.decide import Decided, Situation, decide_all
from domain.events import BookingEvent, Recorded
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
    POLICY,
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


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request: an action, a message, or an action and then its message."""

    booking_id: int
    commands: tuple[BookingCommand, ...]


DEAR = PriceBand(days=("wed", "thu"), opens="10:00", closes="12:00", band="dear")

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
            elif self._take(step):
                yield step

    def holds(self) -> list[Hold]:
        return [hold for booking in self.bookings.values() for hold in booking.holds()]

    def history(self, booking_id: int) -> list[Recorded[BookingEvent]]:
        return [one.recorded for one in self.happened[booking_id]]

    def _take(self, call: Call) -> bool:
        try:
            _decided, new, after = self.decide(call)
        except (errors.Refusal, errors.Missing):
            return False
        before = self.bookings.get(call.booking_id)
        assert after is not None
        self.happened.setdefault(call.booking_id, []).extend(
            Happened(
                before=before,
                recorded=recorded,
                policy=self.policies[-1],
                policy_version=len(self.policies),
            )
            for recorded in new
        )
        self.occupancy.change(before.holds() if before else (), after.holds())
        self.bookings[call.booking_id] = after
        return True


def lives() -> st.SearchStrategy[list[Step]]:
    """Return steps that begin with a policy and three bookings that are there."""
    placed: list[Step] = [
        Call(booking_id=number, commands=(placing(number, MONDAY + days * DAY),))
        for days, number in enumerate(BOOKINGS, start=2)
    ]
    rest: st.SearchStrategy[Step] = st.one_of(*[calls()] * 5, policies())
    return st.builds(
        lambda policy, steps: [policy, *placed, *steps],
        policies(),
        st.lists(rest, min_size=6, max_size=25),
    )


@st.composite
def calls(draw: st.DrawFn) -> Call:
    number = draw(st.sampled_from(BOOKINGS))
    at = MONDAY + draw(st.sampled_from([0, 0, 1, 12, 24, 47, 49, 72, 90])) * HOUR
    target = draw(targets())
    request, message = (uuid(draw(st.integers(100, 10**6))) for _ in range(2))
    actions: list[BookingCommand | None] = [
        placing(number, target, at),
        *[move(to=target, at=at, request=request)] * 5,
        cancel(at=at, request=request),
        cancel(None, at=at, request=request),
        confirm(at=at),
        None,
    ]
    action = draw(st.sampled_from(actions))
    commands = () if action is None else (action,)
    if action is None or draw(st.booleans()):
        commands = (*commands, say(at=at, message=message))
    return Call(booking_id=number, commands=commands)


def placing(number: int, start: datetime, at: datetime = MONDAY) -> BookingCommand:
    return replace(place(start, at=at), booking_id=number)


def targets() -> st.SearchStrategy[datetime]:
    """Return few distinct times, so that bookings meet, on a day or at its borders."""
    days = st.sampled_from([1, 2, 3, 4, 5, 8, 9])
    quarters = st.sampled_from([-9, -8, -3, 0, 0, 0, 2, 4, 5, 20])
    return st.builds(
        lambda day, quarter: MONDAY + day * DAY + quarter * HOUR / 4, days, quarters
    )


def policies() -> st.SearchStrategy[Policy]:
    notices = st.builds(
        Notice, hours=st.sampled_from([0, 24, 72]), effect=st.sampled_from(Effect)
    )
    services = st.builds(
        Service,
        id=st.just(1),
        name=st.just("Service"),
        minutes=st.sampled_from([30, 60, 150]),
        buffer=st.sampled_from([0, 15, 60]),
    )
    effects = st.sampled_from(Effect)
    terms = st.builds(
        Rules,
        reschedule_notice=notices,
        cancel_notice=notices,
        max_reschedules=st.builds(
            MoveLimit, limit=st.sampled_from([1, 3]), effect=effects
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
