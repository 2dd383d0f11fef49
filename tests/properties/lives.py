"""Random lives of several bookings at one workshop: what is asked of them, and when."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any

from hypothesis import strategies as st

from domain import commands
from domain.commands import BookingCommand
from domain.events import Mark
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
from domain.structs import replace
from tests.examples import (
    DAY,
    HOUR,
    MONDAY,
    OWNER,
    POLICY,
    STAFF,
    cancel,
    confirm,
    move,
    place,
    say,
    uuid,
)
from tests.properties.worlds import NOBODYS, Call, Step

BOOKINGS = (123, 123 + 1024, 123 + 2048)
MANAGER = Actor(role=Role.MANAGER, id="manager-1")
NOTE = Note(note="So be it.")
WHY = Reason(reason="There is no other way.")
numbers = st.integers(100, 10**6)
hours = st.sampled_from([0, 0, 0, 0, 1, 12, 24]).map(lambda count: count * HOUR)
DEAR = PriceBand(days=("wed", "thu"), opens="10:00", closes="12:00", band="dear")


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
