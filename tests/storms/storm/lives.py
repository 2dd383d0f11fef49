"""A booking's life once more, from the contract's words: which event may follow which.

It knows nothing of the domain's code, so that two readings are compared.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

import msgspec

from tests.storms.storm.facts import MESSAGE, SYSTEM, Fact

Hold = tuple[int, datetime, datetime]
"""A bay, and from when until when."""

THREAD_STAYS_OPEN = timedelta(days=30)
_OPEN = frozenset({"PENDING", "CONFIRMED"})
_CLOSED = frozenset({"CANCELLED", "COMPLETED", "NO_SHOW"})
# From where a step leads where to.
_STEPS: Mapping[str, tuple[frozenset[str], str]] = {
    "booking.confirmed": (frozenset({"PENDING"}), "CONFIRMED"),
    "booking.started": (frozenset({"CONFIRMED"}), "IN_PROGRESS"),
    "booking.completed": (frozenset({"IN_PROGRESS"}), "COMPLETED"),
    "booking.no_show_recorded": (frozenset({"CONFIRMED"}), "NO_SHOW"),
    "booking.cancelled": (_OPEN, "CANCELLED"),
}
_ENDS: Mapping[str, str] = {
    "booking.change_approved": "APPROVED",
    "booking.change_rejected": "REJECTED",
    "booking.change_withdrawn": "WITHDRAWN",
    "booking.change_expired": "EXPIRED",
    "booking.change_superseded": "SUPERSEDED",
}


class Request(msgspec.Struct):
    id: str
    kind: str
    status: str
    target: Hold | None
    expires_at: datetime


class Life(msgspec.Struct):
    """What a booking is after some of its events.

    `requests` have the status of each, `messages` by version their id and author,
    `uploads` the file and the message that has it.
    """

    org_nr: int = 0
    owner: str = ""
    status: str = ""
    slot: Hold | None = None
    request: Request | None = None
    revision: int = 0
    version: int = 0
    marks: set[str] = msgspec.field(default_factory=set)
    requests: dict[str, str] = msgspec.field(default_factory=dict)
    messages: dict[int, tuple[str, str]] = msgspec.field(default_factory=dict)
    names: set[tuple[str, str]] = msgspec.field(default_factory=set)
    uploads: list[tuple[str, str]] = msgspec.field(default_factory=list)

    @property
    def start(self) -> datetime:
        assert self.slot is not None
        return self.slot[1]

    @property
    def end(self) -> datetime:
        """When its service ends, which frees the bay: no service here has a buffer."""
        assert self.slot is not None
        return self.slot[2]

    @property
    def holds(self) -> dict[str, Hold]:
        """Return what it keeps from others."""
        held: dict[str, Hold] = {}
        if self.status not in _CLOSED and self.slot is not None:
            held["slot"] = self.slot
        if self.request is not None and self.request.target is not None:
            held["hold"] = self.request.target
        return held

    def live(self, fact: Fact) -> Iterator[str]:
        """Take an event; yield what the contract has against it."""
        self.version = fact.version
        yield from self._by_the_clock(fact)
        if fact.kind == MESSAGE:
            yield from self._say(fact)
            return
        self.revision += 1
        yield from self._TAKES.get(fact.kind, Life._answer)(self, fact)
        if self.status in _CLOSED and self.request is not None:
            yield f"request {self.request.id} is open though it is {self.status}"

    def by_the_clock(self, now: datetime) -> "Life":
        """Return what it is once all that the clock does by `now` has happened."""
        later = msgspec.structs.replace(self)
        if later.request is not None and now >= later.request.expires_at:
            later.request, later.revision = None, later.revision + 1
        if later.status == "PENDING" and now >= later.start:
            later.status, later.revision = "CANCELLED", later.revision + 1
        return later

    def _by_the_clock(self, fact: Fact) -> Iterator[str]:
        """Hold the clock to its facts, and everybody else to what they find then."""
        is_over = self.status == "PENDING" and fact.at >= self.start
        has_run_out = self.request is not None and fact.at >= self.request.expires_at
        if fact.role != SYSTEM:
            if is_over:
                yield f"{fact.kind} after its start came, unconfirmed"
            if has_run_out:
                yield f"{fact.kind} after its request had run out"
        elif not (has_run_out and fact.kind == "booking.change_expired") and not (
            is_over and fact.kind == "booking.cancelled"
        ):
            yield f"{fact.kind} is nothing that the clock did"

    def _place(self, fact: Fact) -> Iterator[str]:
        if self.status:
            yield "it was placed twice"
        self.org_nr, self.owner = fact.event["org_nr"], fact.event["owner"]
        self.status, self.slot = "PENDING", _hold(fact.event["slot"])

    def _move(self, fact: Fact) -> Iterator[str]:
        if self.status not in _OPEN:
            yield f"it was moved while {self.status}"
        self.slot = _hold(fact.event["slot"])

    def _mark(self, fact: Fact) -> Iterator[str]:
        if self.status not in {"CONFIRMED", "IN_PROGRESS"}:
            yield f"it has {fact.event['mark']} while {self.status}"
        if fact.event["mark"] in self.marks:
            yield f"it has {fact.event['mark']} twice"
        self.marks.add(fact.event["mark"])

    def _step(self, fact: Fact) -> Iterator[str]:
        come_from, status = _STEPS[fact.kind]
        if self.status not in come_from:
            yield f"{fact.kind} while {self.status}"
        if status == "NO_SHOW" and fact.at < self.start:
            yield "nobody came before its start"
        if self.request is not None and status != "CONFIRMED":
            yield f"{fact.kind} while request {self.request.id} is open"
        self.status = status

    def _ask(self, fact: Fact) -> Iterator[str]:
        if self.status not in _OPEN:
            yield f"a change was asked for while {self.status}"
        if self.request is not None:
            yield f"a second request is open beside {self.request.id}"
        target = fact.event.get("target")
        self.request = Request(
            fact.event["change_request_id"],
            fact.event["kind"],
            "PENDING",
            None if target is None else _hold(target),
            datetime.fromisoformat(fact.event["expires_at"]),
        )
        self.requests[self.request.id] = "PENDING"

    def _answer(self, fact: Fact) -> Iterator[str]:
        asked, request = fact.event["change_request_id"], self.request
        if self.requests.get(asked) in _ENDS.values():
            yield f"request {asked} was closed twice"
        if request is None or request.id != asked:
            yield f"{fact.kind} of {asked}, which is not open"
        elif fact.kind == "booking.change_countered":
            yield from self._counter(fact, request)
        elif fact.kind in _ENDS:
            self.requests[asked], self.request = _ENDS[fact.kind], None
            if fact.kind == "booking.change_approved":
                yield from self._grant(fact, request)
        else:
            yield f"{fact.kind} is unknown"

    def _counter(self, fact: Fact, request: Request) -> Iterator[str]:
        if request.status != "PENDING":
            yield f"request {request.id} was countered while {request.status}"
        if request.kind != "RESCHEDULE":
            yield f"request {request.id} was countered, and is a {request.kind}"
        self.requests[request.id] = request.status = "COUNTERED"
        request.target = _hold(fact.event["target"])
        request.expires_at = datetime.fromisoformat(fact.event["expires_at"])

    def _grant(self, fact: Fact, request: Request) -> Iterator[str]:
        if (request.status == "COUNTERED") != (fact.role == "owner"):
            yield f"request {request.id}, {request.status}, was granted by {fact.role}"
        if request.kind == "CANCEL":
            self.status = "CANCELLED"
            return
        granted = _hold(fact.event["slot"])
        if request.target is None or granted[1] != request.target[1]:
            yield f"request {request.id} was granted another slot than was held"
        self.slot = granted

    def _say(self, fact: Fact) -> Iterator[str]:
        if fact.at > self.end + THREAD_STAYS_OPEN:
            yield "something was said after its thread closed"
        message, name = fact.event["message_id"], fact.event.get("client_message_id")
        self.messages[fact.version] = message, fact.sub
        for one in fact.event.get("attachments", ()):
            self.uploads.append((one["upload_id"], message))
        if name is None:
            return
        if (fact.sub, name) in self.names:
            yield f"message {name} of {fact.sub} is there twice"
        self.names.add((fact.sub, name))

    _TAKES: ClassVar[Mapping[str, Callable[[Any, Fact], Iterator[str]]]] = {
        "booking.placed": _place,
        "booking.rescheduled": _move,
        "booking.marked": _mark,
        "booking.change_requested": _ask,
        **dict.fromkeys(_STEPS, _step),
    }


def _hold(slot: Mapping[str, Any]) -> Hold:
    start, until = (datetime.fromisoformat(slot[name]) for name in ("start", "free_at"))
    return slot["bay"], start, until


class Lives:
    """Every booking's, up to some position of the log."""

    def __init__(self) -> None:
        self.of: dict[int, Life] = {}

    def live(self, fact: Fact) -> Iterator[str]:
        number = fact.booking_id
        if number is None:
            return
        life = self.of.setdefault(number, Life())
        before = life.holds
        yield from life.live(fact)
        for name, held in life.holds.items():
            if before.get(name) != held:
                yield from self._overlaps(number, life.org_nr, held)

    def _overlaps(self, number: int, org_nr: int, held: Hold) -> Iterator[str]:
        bay, start, until = held
        for other, life in self.of.items():
            if other == number or life.org_nr != org_nr:
                continue
            for theirs in life.holds.values():
                if theirs[0] == bay and start < theirs[2] and theirs[1] < until:
                    yield f"bay {bay} is held by booking {other} too"
