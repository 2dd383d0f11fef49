"""The catalogue of workshops: a row each, with name, policy and its version."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from domain.workshop import Workshop
from projections.place import Place

_encode = msgspec.json.Encoder().encode


class WorkshopRow(NamedTuple):
    """`longest_hold` is in minutes."""

    org_nr: int
    version: int
    chain: bytes
    at: datetime
    longest_hold: int
    state: bytes
    ordinal: int


def row(workshop: Workshop, place: Place) -> WorkshopRow:
    return WorkshopRow(
        org_nr=workshop.org_nr,
        version=place.version,
        chain=place.chain,
        at=place.at,
        longest_hold=workshop.longest_hold,
        state=_encode(workshop),
        ordinal=place.ordinal,
    )
