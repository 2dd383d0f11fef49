"""What the model remembers, what reaches it, and what it tells.

Times are minutes since the epoch.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

OCCUPYING = ("PENDING", "CONFIRMED", "IN_PROGRESS")
CLOSED = ("COMPLETED", "NO_SHOW", "CANCELLED")
RANK = [
    "group_unknown",
    "thread_closed",
    "booking_closed",
    "booking_in_progress",
    "upload_unusable",
    "slot_unbookable",
    "slot_taken",
    "too_many_open",
    "reason_required",
    "policy_denied",
]


@dataclass
class Request:
    """A change request; `target` is what is held, `asked` what its owner wished."""

    id: str
    number: int
    kind: str
    asked: int | None
    target: int | None
    bay: int | None
    minutes: int
    buffer: int
    expires: int
    reason: str | None
    rules: tuple[str, ...]
    status: str = "PENDING"
    counter: dict[str, Any] | None = None
    decision: dict[str, Any] | None = None

    @property
    def until(self) -> int | None:
        return None if self.target is None else self.target + self.minutes + self.buffer


@dataclass
class Booked:
    owner: str
    org_nr: int
    group: str
    start: int
    minutes: int
    buffer: int
    bay: int
    plate: str | None = "AB 12345"
    status: str = "PENDING"
    revision: int = 1
    moves: int = 0
    marks: set[str] = field(default_factory=set)
    request: Request | None = None
    closed: dict[str, Any] | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def free_at(self) -> int:
        return self.start + self.minutes + self.buffer


@dataclass
class Upload:
    number: int
    owner: str
    is_there: bool = False
    message: str | None = None


@dataclass(frozen=True)
class Told:
    """What a client is told: `outcome` of a 2xx, `code` of anything else.

    `request` and `message` are ids, of which a dry run gives no new ones.
    """

    status: int
    outcome: str | None = None
    code: str | None = None
    changed: tuple[str, ...] = ()
    request: str | None = None
    request_status: str | None = None
    message: str | None = None
    verdict: str | None = None
    revision: int | None = None


class Refused(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Sent:
    """A call on a booking as it arrives, with the ids that it may use.

    `what` is "put" or a step; `request` is the change request that its path names. Who
    is no owner calls for the workshop `org_nr`.
    """

    who: str
    role: str
    number: int
    what: str
    now: int
    org_nr: int | None = None
    body: dict[str, Any] = field(default_factory=dict)
    request: str | None = None
    new_request: str = ""
    new_message: str = ""
    if_match: tuple[str, ...] | None = None
    key: str | None = None
    dry: bool = False

    @property
    def talks(self) -> bool:
        return "message" in self.body or "attachments" in self.body

    @property
    def uploads(self) -> list[str]:
        return [one["upload_id"] for one in self.body.get("attachments", ())]


@dataclass(frozen=True)
class Placing:
    """A booking as it is placed, by its owner or for them by the workshop."""

    who: str
    role: str
    owner: str
    org_nr: int
    number: int
    start: int
    now: int
    new_group: str = ""
    group: str | None = None
    message: dict[str, Any] | None = None
    new_message: str = ""
    key: str | None = None


@dataclass(frozen=True)
class Act:
    """What becomes of an action that was not refused.

    `steps` is how far the revision rises, `do` lets it happen.
    """

    outcome: str = "unchanged"
    changed: tuple[str, ...] = ()
    request: Request | None = None
    verdict: str | None = None
    supersedes: bool = False
    steps: int = 0
    do: Callable[[], None] = lambda: None


def first(refusals: list[str]) -> str:
    """Return the first in `RANK`; a refusal that is not there comes alone."""
    return refusals[0] if len(refusals) == 1 else min(refusals, key=RANK.index)
