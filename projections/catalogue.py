"""Workshops: name, policy and its version, as far as each stream goes."""

from domain import workshop as workshops
from domain.events import Recorded, WorkshopEvent
from domain.workshop import Workshop


def apply(row: Workshop | None, recorded: Recorded[WorkshopEvent]) -> Workshop:
    return workshops.evolve(row, recorded.event)
