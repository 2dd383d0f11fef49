"""What holds of every history that was ever decided."""

from itertools import combinations

import pytest
from hypothesis import given, settings

from application import codec
from domain import calendar, chain, clock, commands, errors, events, rejudge
from domain.booking import Booking, Status, fold
from domain.changes import ChangeRequest
from domain.events import BookingEvent
from domain.identity import booking_stream
from domain.rules import PolicyDecision, Verdict
from domain.slots import Hold, Slot, has_expired
from domain.structs import replace
from tests.examples import POLICY
from tests.golden.box import FixedBox
from tests.properties.lives import lives
from tests.properties.worlds import Happened, Step, World

every_life = given(lives())
patient = settings(deadline=None, max_examples=50)
BOX = FixedBox()
CLOSED = (Status.COMPLETED, Status.NO_SHOW, Status.CANCELLED)


def lived(steps: list[Step]) -> World:
    world = World()
    for _call in world.live(steps):
        pass
    return world


@patient
@every_life
def test_a_command_twice_gives_no_second_event(steps: list[Step]):
    world = World()
    for call in world.live(steps):
        if isinstance(call.commands[0], commands.Place):
            with pytest.raises(errors.AlreadyPlaced):
                world.decide(call, repeated=True)
        # The clock can end in this very moment what was moved to it.
        elif not clock.facts(world.bookings[call.booking_id], call.at):
            decided, new, after = world.decide(call, repeated=True)
            assert (decided.events, new) == ((), ())
            assert after == world.bookings[call.booking_id]


@patient
@every_life
def test_no_bay_is_held_twice(steps: list[Step]):
    world = World()
    for _call in world.live(steps):
        for one, other in combinations(world.holds(), 2):
            assert one.booking_id == other.booking_id or not overlap(one, other)


@patient
@every_life
def test_the_occupied_bays_are_those_that_the_bookings_hold(steps: list[Step]):
    world = World()
    for call in world.live(steps):
        for hold in world.holds():
            free = world.occupancy.free_bay(
                org_nr=hold.org_nr,
                booking_id=0,
                bays=hold.bay,
                start=hold.start,
                until=hold.free_at,
                now=call.at,
            )
            assert (free == hold.bay) is has_expired(hold, call.at)


@patient
@every_life
def test_a_history_folds_to_the_state_that_was_decided_on(steps: list[Step]):
    world = World()
    for call in world.live(steps):
        history = world.history(call.booking_id)

        assert fold(history) == world.bookings[call.booking_id]
        assert [one.version for one in history] == list(range(1, len(history) + 1))


@patient
@every_life
def test_the_revision_counts_all_events_but_messages(steps: list[Step]):
    world = lived(steps)
    for number, booking in world.bookings.items():
        told = [type(one.event) for one in world.history(number)]

        assert booking.revision == len(told) - told.count(events.MessageAppended)


@patient
@every_life
def test_a_stored_decision_can_be_made_again(steps: list[Step]):
    for happened in everything(lived(steps)):
        event, before = happened.recorded.event, happened.before
        if before is not None:
            stored = rejudge.decision_of(event)
            terms = happened.policy, happened.policy_version
            assert stored == rejudge.again(event, before, *terms)


@patient
@every_life
def test_what_happened_is_what_its_verdict_lets_happen(steps: list[Step]):
    for happened in everything(lived(steps)):
        event = happened.recorded.event
        decision: PolicyDecision | None = getattr(event, "decision", None)
        # An override is judged, but not bound.
        if decision is not None and not getattr(event, "override", False):
            asked = isinstance(event, events.ChangeRequested)
            assert decision.verdict is (Verdict.REQUEST if asked else Verdict.ALLOW)


@patient
@every_life
def test_only_bookable_times_are_ever_taken(steps: list[Step]):
    for happened in everything(lived(steps)):
        slot, policy = claimed(happened.recorded.event), happened.policy
        if slot is not None:
            now = happened.recorded.origin.at
            assert calendar.why_unbookable(slot.start, slot.end, policy, now) is None
            assert 1 <= slot.bay <= policy.bays


@patient
@every_life
def test_what_is_granted_was_held_and_lies_in_the_hours_of_that_day(steps: list[Step]):
    for happened in everything(lived(steps)):
        event, before = happened.recorded.event, happened.before
        if isinstance(event, events.ChangeApproved) and event.slot is not None:
            slot = event.slot
            assert calendar.why_closed(slot.start, slot.end, happened.policy) is None
            assert before is not None
            assert slot.start in {hold.start for hold in before.holds()}


@patient
@every_life
def test_an_override_heeds_the_past_and_the_bays(steps: list[Step]):
    for happened in everything(lived(steps)):
        event = happened.recorded.event
        if isinstance(event, events.Rescheduled) and event.override:
            assert event.slot.start >= happened.recorded.origin.at
            assert 1 <= event.slot.bay <= happened.policy.bays


@patient
@every_life
def test_a_request_expires_after_it_was_asked_and_within_its_ttl(steps: list[Step]):
    ttl = POLICY.rules.change_request.ttl_hours * 3600
    for happened in everything(lived(steps)):
        event = happened.recorded.event
        if isinstance(event, events.ChangeRequested | events.ChangeCountered):
            left = event.expires_at - happened.recorded.origin.at
            assert 0 < left.total_seconds() <= ttl


@patient
@every_life
def test_a_closed_booking_holds_nothing_and_asks_nothing(steps: list[Step]):
    for booking in lived(steps).bookings.values():
        if booking.status in CLOSED:
            assert booking.holds() == ()
            assert booking.open_request is None


@patient
@every_life
def test_no_decision_depends_on_what_is_personal(steps: list[Step]):
    world, without = World(), World()
    for step in steps:
        assert list(world.live([step])) == list(without.live([step]))
        without.bookings = {
            number: erased(booking) for number, booking in without.bookings.items()
        }
        without.requests = {
            number: asked_by_nobody(one) for number, one in without.requests.items()
        }
        assert without.bookings == {
            number: erased(booking) for number, booking in world.bookings.items()
        }


@patient
@every_life
def test_what_is_stored_folds_to_the_same_state(steps: list[Step]):
    world = lived(steps)
    for number, booking in world.bookings.items():
        folded = fold(stored_and_read(world, number))

        assert folded is not None
        assert erased(folded) == erased(booking)


def overlap(one: Hold, other: Hold) -> bool:
    return (
        one.bay == other.bay and one.start < other.free_at and other.start < one.free_at
    )


def everything(world: World) -> list[Happened]:
    return [one for history in world.happened.values() for one in history]


def claimed(event: BookingEvent) -> Slot | None:
    match event:
        case events.Placed(slot=slot) | events.Rescheduled(slot=slot, override=False):
            return slot
        case (
            events.ChangeRequested(target=target)
            | events.ChangeCountered(target=target)
        ):
            return target
        case _:
            return None


def erased(booking: Booking) -> Booking:
    cancellation, request = booking.cancellation, booking.open_request
    return replace(
        booking,
        personal=None,
        cancellation=cancellation and replace(cancellation, personal=None),
        open_request=request and asked_by_nobody(request),
    )


def asked_by_nobody(request: ChangeRequest) -> ChangeRequest:
    counter, answer = request.counter, request.answer
    return replace(
        request,
        personal=None,
        counter=counter and replace(counter, personal=None),
        answer=answer and replace(answer, personal=None),
    )


def stored_and_read(world: World, number: int):
    """Yield a booking's events as the log gives them back."""
    stream = booking_stream(number)
    prev = chain.genesis(stream)
    for recorded in world.history(number):
        stored = codec.record(codec.seal(recorded, stream, BOX), stream, prev)
        read, read_prev = codec.decode(stored.state, recorded.version)
        assert read_prev == prev
        prev = chain.link(prev, recorded.version, stored.topic, stored.state)
        yield read
