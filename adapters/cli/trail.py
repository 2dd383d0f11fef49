"""`bookings replay`: what happened to one booking, and what it led to; read only."""

from collections.abc import Iterator
from datetime import UTC
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.table import Table

from adapters import bootstrap
from adapters.cli import output
from adapters.cli.parameters import BookingId, Json
from application import replay as replaying
from application import trees
from application.replay import AsOf, NothingThere, Step, Trail
from application.sealing import WrongKey

DIFFERENCE = 1


def replay(
    booking: Annotated[BookingId, Parameter(help="The booking's id.")],
    /,
    *,
    as_of: Annotated[
        str | None, Parameter(help="A version, or a time as 2026-06-01T12:00:00Z.")
    ] = None,
    json: Json = False,
) -> None:
    trail = _trail(booking, None if as_of is None else _as_of(as_of))
    if json:
        output.write_json(trail.steps)
    else:
        _draw(trail)
    if trail.faults:
        raise output.Failed(*trail.faults, exit_code=DIFFERENCE)


def _trail(booking_id: int, as_of: AsOf | None) -> Trail:
    settings = bootstrap.settings()
    vault, at = bootstrap.vault(settings), bootstrap.kind(settings)
    at.check()
    with at.log() as log:
        canary = log.owner_key(bootstrap.CANARY)
        if canary is not None:
            bootstrap.must_open(vault, canary)
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
        what = "\n".join((step.event, *_changes(step), *_judged(step)))
        steps.add_row(_origin(step), what, end_section=True)
    console = output.people()
    console.print(steps)
    console.print(_state(trail.steps[-1]))


def _origin(step: Step) -> str:
    return (
        f"version {step.version}, position {step.position}\n"
        f"{step.at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}\n"
        f"{step.actor.role.value} {step.actor.id}\n"
        f"{step.request_id}"
    )


def _changes(step: Step) -> Iterator[str]:
    for change in step.changes:
        if trees.is_object(change.to):
            yield f"{change.field}:"
            for path, value in trees.leaves(change.to):
                yield f"  {path}: {value}"
        elif change.from_ is None:
            yield f"{change.field}: {change.to}"
        else:
            old = "…" if trees.is_object(change.from_) else change.from_
            yield f"{change.field}: {old} → {change.to}"


def _judged(step: Step) -> Iterator[str]:
    if step.policy_decision is None:
        return
    for rule in step.policy_decision.rules:
        told = "passed" if rule.passed else f"failed, so {rule.effect.value}"
        yield f"policy: {rule.id} {told}"


def _state(last: Step) -> Table:
    table = Table(title=f"As of version {last.version}", title_justify="left")
    table.add_column("Field")
    table.add_column("Value", overflow="fold")
    for path, value in trees.leaves(msgspec.to_builtins(last.state)):
        table.add_row(path, str(value))
    return table
