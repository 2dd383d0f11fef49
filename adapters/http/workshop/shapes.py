"""What a workshop is answered that a car owner is not."""

from datetime import datetime
from uuid import UUID

import msgspec

from adapters.http.envelopes import Group, Meta
from application.shapes import PolicyBody, ServiceBody, VehicleBody
from application.simulation import Simulated


class DeskBooking(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the desk's list; `change_request_id` is that of an open request."""

    id: int
    status: str
    start_time: datetime
    end_time: datetime
    group_id: UUID
    service: ServiceBody
    vehicle: VehicleBody
    change_request_id: UUID | None


class DeskMeta(msgspec.Struct, frozen=True, kw_only=True):
    """`total` counts the whole list, of which this is a page."""

    request_id: UUID
    generated_at: datetime
    position: str
    total: int
    page: int
    page_size: int


class DeskEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    items: list[DeskBooking]
    meta: DeskMeta


class GroupEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    data: Group
    meta: DeskMeta


class PolicyEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    data: PolicyBody
    meta: Meta


class SimulationEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    data: Simulated
    meta: Meta
