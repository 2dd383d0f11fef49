"""The state of a workshop, folded from its events, and the decisions about it."""

from typing import assert_never

import msgspec

from domain import commands, errors, events
from domain.commands import WorkshopCommand
from domain.events import WorkshopEvent
from domain.policy import Policy
from domain.structs import replace


class Workshop(msgspec.Struct, frozen=True, kw_only=True):
    """`policy_version` counts the policies that it has had, from 1.

    `longest_hold` is the most minutes that a service of any of them takes a bay: a
    booking keeps its service when that is no longer offered.
    """

    org_nr: int
    name: str
    policy: Policy
    policy_version: int
    longest_hold: int


def evolve(workshop: Workshop | None, event: WorkshopEvent) -> Workshop:
    match event:
        case events.WorkshopAdded():
            return Workshop(
                org_nr=event.org_nr,
                name=event.name,
                policy=event.policy,
                policy_version=1,
                longest_hold=event.policy.longest_hold,
            )
        case events.PolicyChanged():
            known = _known(workshop)
            return replace(
                known,
                policy=event.policy,
                policy_version=known.policy_version + 1,
                longest_hold=max(known.longest_hold, event.policy.longest_hold),
            )
        case _:
            assert_never(event)


def decide(command: WorkshopCommand, workshop: Workshop | None) -> WorkshopEvent | None:
    """Return what follows from `command`; the policy that is there changes nothing."""
    match command:
        case commands.AddWorkshop():
            if workshop is not None:
                raise errors.WorkshopExists
            return events.WorkshopAdded(
                org_nr=command.org_nr, name=command.name, policy=command.policy
            )
        case commands.ChangePolicy():
            if command.policy == _known(workshop).policy:
                return None
            return events.PolicyChanged(policy=command.policy)
        case _:
            assert_never(command)


def _known(workshop: Workshop | None) -> Workshop:
    if workshop is None:
        raise errors.Missing
    return workshop
