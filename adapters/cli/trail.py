"""`bookings replay`: what happened, to one booking or as it comes; read only."""

import sys
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.table import Table

from adapters import bootstrap, master_keys
from adapters.cli import following, output, words
from adapters.cli.parameters import BookingId, Count, Json
from application import replay as replaying
from application import trees
from application.following import Followed
from application.replay import AsOf, NothingThere, Step, Trail
from application.sealing import CANARY, WrongKey

DIFFERENCE = 1


def replay(
    booking: Annotated[
        BookingId | None, Parameter(help="The booking's id. Without it: all, followed.")
    ] = None,
    /,
    *,
    as_of: Annotated[
        str | None, Parameter(help="A version, or a time as 2026-06-01T12:00:00Z.")
    ] = None,
    follow: Annotated[
        bool,
        Parameter(alias="-f", negative="", help="Go on with what comes, until Ctrl-C."),
    ] = False,
    first: Annotated[
        Count | None,
        Parameter(name="--from", help="The position that following begins with: 1."),
    ] = None,
    json: Json = False,
) -> None:
    if follow:
        if as_of is not None:
            raise output.Failed(
                "--as-of is about the past, which --follow goes beyond."
            )
        _follow(booking, first or 1, json=json)
        return
    if booking is None:
        raise output.Failed("BOOKING requires an argument, unless with --follow.")
    if first is not None:
        raise output.Failed("--from is for --follow; --as-of ends at a version.")
    trail = _trail(booking, None if as_of is None else _as_of(as_of))
    if json:
        output.write_json(trail.steps)
    else:
        _draw(trail)
    if trail.faults:
        raise output.Failed(*trail.faults, exit_code=DIFFERENCE)


def _follow(booking: int | None, first: int, *, json: bool) -> None:
    output.end_with_the_reader()
    for one in following.follow(booking, first):
        if json:
            output.write_json([one])
        else:
            _tell(one)
        # Whoever reads it waits for it.
        sys.stdout.flush()


def _tell(one: Followed) -> None:
    """Tell a person of one event, in a few lines."""
    output.write(
        f"{one.event}: {one.stream}, version {one.version}, position {one.position}"
    )
    if one.at is not None and one.actor is not None and one.request_id is not None:
        output.write("  " + ", ".join(words.origin(one.at, one.actor, one.request_id)))
    for line in (*words.changes(one.changes), *words.judged(one.policy_decision)):
        output.write("  " + line)
    if one.fault is not None:
        output.write(f"  cannot be shown: {one.fault}")


def _trail(booking_id: int, as_of: AsOf | None) -> Trail:
    settings = bootstrap.settings()
    vault, at = bootstrap.vault(settings), bootstrap.kind(settings)
    at.check()
    with at.log() as log:
        canary = log.owner_key(CANARY)
        if canary is not None:
            master_keys.must_open(vault, canary)
        try:
            return replaying.replay(log, vault, booking_id, as_of)
        except NothingThere as error:
            raise output.Failed(str(error)) from None
        except WrongKey:
            # The master key opened another, so this one is not as it was written.
            raise output.Failed(
                f"The key of booking {booking_id}'s owner was changed by hand.",
                exit_code=DIFFERENCE,
            ) from None


def _as_of(text: str) -> AsOf:
    try:
        return replaying.parse_as_of(text)
    except ValueError as error:
        raise output.Failed(f"--as-of: {error}.") from None


def _draw(trail: Trail) -> None:
    if not trail.steps:
        return
    steps = Table(title=f"Booking {trail.booking_id}", title_justify="left")
    steps.add_column("Event", no_wrap=True)
    steps.add_column("What it changed", overflow="fold")
    for step in trail.steps:
        what = "\n".join(
            (
                step.event,
                *words.changes(step.changes),
                *words.judged(step.policy_decision),
            )
        )
        steps.add_row(_origin(step), what, end_section=True)
    console = output.people()
    console.print(steps)
    console.print(_state(trail.steps[-1]))


def _origin(step: Step) -> str:
    lines = (
        f"version {step.version}, position {step.position}",
        *words.origin(step.at, step.actor, step.request_id),
    )
    return "\n".join(lines)


def _state(last: Step) -> Table:
    table = Table(title=f"As of version {last.version}", title_justify="left")
    table.add_column("Field")
    table.add_column("Value", overflow="fold")
    for path, value in trees.leaves(msgspec.to_builtins(last.state)):
        table.add_row(path, str(value))
    return table
