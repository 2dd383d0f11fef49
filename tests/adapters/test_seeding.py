"""Seeded bookings are the same for the same plan, and every one was decided."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest

from adapters import seeding
from adapters.seeding import BATCH, Plan
from adapters.vault import AesVault
from application import demo
from application.batch import Batch
from application.calls import AnyCall, Call
from application.kept import Pending
from application.stored import Append, Loaded
from domain import events, identity

VAULT = AesVault(bytes(32))


def ids(plan: Plan) -> dict[int, list[int]]:
    return {
        org_nr: [
            n * identity.SLICES + identity.slice_of(org_nr)
            for n in range(1, plan.count_at(org_nr) + 1)
        ]
        for org_nr in plan.workshops
    }


def calls(plan: Plan) -> Iterator[AnyCall]:
    for batch, _events in seeding.batches(plan, ids(plan)):
        yield from batch


def happened(plan: Plan) -> Append:
    """Return all that a plan leads to, in one batch on an empty store."""
    batch = Batch(Loaded(), VAULT)
    for call in calls(plan):
        outcome = batch.run(call)
        assert isinstance(outcome, Pending)
        assert outcome.answer.refused is None
    return batch.append


@pytest.mark.parametrize("count", [1, 2, 3, 4, 10])
def test_each_booking_has_exactly_the_events_that_were_asked_for(count: int):
    plan = Plan(bookings=200, events_per_booking=count, seed=1)

    append = happened(plan)

    lengths = Counter(change.tip.version for change in append.bookings.values())
    assert lengths == {count: 200}
    assert len(append.workshops) == len(plan.workshops) == 3
    assert len(append.stored) == plan.events


def test_the_same_plan_gives_the_same_calls():
    plan = Plan(bookings=50, events_per_booking=10, seed=1)

    assert list(calls(plan)) == list(calls(plan))


def test_another_seed_gives_other_calls_at_other_workshops():
    one = Plan(bookings=50, events_per_booking=10, seed=1)
    other = Plan(bookings=50, events_per_booking=10, seed=2)

    assert list(calls(one)) != list(calls(other))
    assert not set(one.workshops) & set(other.workshops)


def test_many_bookings_are_more_of_the_same_day_and_more_days():
    append = happened(Plan(bookings=1200, events_per_booking=1, seed=1))

    starts = Counter(change.after.slot.start for change in append.bookings.values())
    assert max(starts.values()) <= 3 * seeding.BAYS
    assert len({start.date() for start in starts}) == 1200 // (3 * 4 * seeding.BAYS)


def test_all_that_can_happen_to_a_booking_happens():
    append = happened(Plan(bookings=300, events_per_booking=8, seed=1))

    kinds = {
        type(recorded.event)
        for change in append.bookings.values()
        for recorded in change.recorded
    }
    assert kinds == {
        events.Placed,
        events.Confirmed,
        events.Rescheduled,
        events.Cancelled,
        events.MessageAppended,
        events.ChangeRequested,
    }
    requests = {
        change.after.open_request.kind
        for change in append.bookings.values()
        if change.after.open_request is not None
    }
    assert len(requests) == 2


def test_events_come_in_the_order_of_their_time():
    plan = Plan(bookings=300, events_per_booking=5, seed=1)

    times = [call.at for call in calls(plan) if isinstance(call, Call)]

    assert times == sorted(times)


def test_a_batch_is_small_enough_to_let_others_write():
    plan = Plan(bookings=300, events_per_booking=10, seed=1)

    sizes = [events for _calls, events in seeding.batches(plan, ids(plan))]

    assert sum(sizes) == plan.events
    assert max(sizes) <= BATCH
    assert min(sizes[:-1]) >= BATCH - 1


def test_the_first_week_can_be_chosen():
    plan = Plan(
        bookings=6, events_per_booking=1, seed=1, first_day=date(2030, 6, 5)
    )  # a Wednesday

    append = happened(plan)

    days = {change.after.slot.start.date() for change in append.bookings.values()}
    assert days == {date(2030, 6, 3)}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_workshop_shares_the_demos_ids(seed: int):
    plan = Plan(bookings=60_000, events_per_booking=1, seed=seed)

    assert len(plan.workshops) == 60
    assert identity.slice_of(demo.ORG_NR) not in map(identity.slice_of, plan.workshops)
