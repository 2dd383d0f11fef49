"""A change request: an owner's wish that the workshop decides; it has its own life.

It never moves or cancels the booking itself. While open it holds its target slot.
"""

from datetime import datetime
from enum import Enum
from uuid import UUID

import msgspec

from domain.identity import Actor
from domain.personal import Note, Reason, Sealed
from domain.policy import Service
from domain.rules import PolicyDecision
from domain.slots import Slot


class Kind(Enum):
    RESCHEDULE = "RESCHEDULE"
    CANCEL = "CANCEL"


class RequestStatus(Enum):
    PENDING = "PENDING"
    COUNTERED = "COUNTERED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    SUPERSEDED = "SUPERSEDED"


OPEN = frozenset({RequestStatus.PENDING, RequestStatus.COUNTERED})


class Counter(msgspec.Struct, frozen=True, kw_only=True):
    """The slot that the workshop proposes instead."""

    service: Service
    slot: Slot
    at: datetime
    personal: Note | Sealed | None


class RequestAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Who decided the request, and when."""

    by: Actor
    at: datetime
    personal: Note | Sealed | None


class ChangeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`asked` is the slot asked for, `service` what it takes; None for a cancel.

    `expires_at` is the earliest of asked (or countered) + ttl, the target's start, and
    the old start if that lies ahead. `decision` is the policy's, `answer` whoever
    decided the request.
    """

    id: UUID
    kind: Kind
    status: RequestStatus
    from_start: datetime
    service: Service | None
    asked: Slot | None
    personal: Reason | Sealed | None
    requested_by: Actor
    requested_at: datetime
    expires_at: datetime
    decision: PolicyDecision
    counter: Counter | None = None
    answer: RequestAnswer | None = None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def target(self) -> Slot | None:
        """The slot that is held: the workshop's proposal, once there is one."""
        return self.asked if self.counter is None else self.counter.slot

    def wishes(self, kind: Kind, start: datetime | None) -> bool:
        """Whether this is the same wish: kind and target count, the reason does not."""
        return self.kind is kind and start == (self.target and self.target.start)

    @property
    def blocked_by(self) -> tuple[str, ...]:
        return tuple(rule.id for rule in self.decision.rules if not rule.passed)
