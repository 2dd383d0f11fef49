"""A change request: an owner's wish that the workshop decides; it has its own life.

It never moves or cancels the booking itself. While open it holds its target slot.
"""

from datetime import datetime
from enum import Enum
from uuid import UUID

import msgspec

from domain.identity import Actor
from domain.personal import Reason, Sealed
from domain.rules import PolicyDecision
from domain.slots import Slot


class Kind(Enum):
    RESCHEDULE = "RESCHEDULE"
    CANCEL = "CANCEL"


class RequestStatus(Enum):
    PENDING = "PENDING"
    SUPERSEDED = "SUPERSEDED"


class ChangeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`target` is the slot asked for and held; None for a cancel.

    `expires_at` is the earliest of asked + ttl, the target's start, and the old start
    if that lies ahead.
    """

    id: UUID
    kind: Kind
    status: RequestStatus
    from_start: datetime
    target: Slot | None
    personal: Reason | Sealed | None
    requested_by: Actor
    requested_at: datetime
    expires_at: datetime
    decision: PolicyDecision

    def wishes(self, kind: Kind, start: datetime | None) -> bool:
        """Whether this is the same wish: kind and target count, the reason does not."""
        return self.kind is kind and start == (self.target and self.target.start)

    @property
    def blocked_by(self) -> tuple[str, ...]:
        return tuple(rule.id for rule in self.decision.rules if not rule.passed)
