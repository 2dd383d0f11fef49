"""`bookings seed`: many bookings, the same ones for the same arguments."""

from datetime import date
from typing import Annotated

from cyclopts import Parameter, validators

from adapters import bootstrap, seeding
from adapters.bootstrap import Opened
from adapters.cli import output
from adapters.cli.parameters import Count
from adapters.seeding import FIRST_DAY, SEEDS, Plan
from application.stored import Wanted


async def seed(
    *,
    bookings: Annotated[Count, Parameter(help="How many bookings.")],
    events_per_booking: Annotated[Count, Parameter(help="How many events of each.")],
    seed: Annotated[
        int,
        Parameter(
            help="What all that looks random follows from.",
            validator=validators.Number(gte=0, lt=SEEDS),
        ),
    ] = 0,
    first_day: Annotated[
        date, Parameter(help="The first bookings are in its week.")
    ] = FIRST_DAY,
) -> None:
    plan = Plan(
        bookings=bookings,
        events_per_booking=events_per_booking,
        seed=seed,
        first_day=first_day,
    )
    async with bootstrap.opened(bootstrap.settings()) as store:
        found = await store.look(Wanted(workshops=plan.workshops))
        if found.workshops:
            raise output.Failed(f"The store has data of --seed {seed}; name another.")
        await _make(store, plan)
    output.write(
        f"{plan.events} events: {bookings} bookings at {len(plan.workshops)} workshops."
    )


async def _make(store: Opened, plan: Plan) -> None:
    ids = {
        org_nr: await store.store.draw_ids(org_nr, plan.count_at(org_nr))
        for org_nr in plan.workshops
    }
    made = 0
    with output.progress("Seeding") as told:
        for calls, events in seeding.batches(plan, ids):
            for outcome in await store.commit(calls):
                _must_be_right(outcome)
            made += events
            told(made, plan.events)


def _must_be_right(outcome: bootstrap.Outcome) -> None:
    """Raise for what the plan promised not to happen."""
    if isinstance(outcome, Exception):
        raise outcome
    if outcome.answer.refused is not None:
        raise RuntimeError(outcome.answer.refused.detail)
