"""The table of contract section 3, in words: every owner's PUT, and its answer.

Nothing here knows the domain. A case says what the booking is and what is asked of it;
`answer` reads the contract. Whoever doubts a line holds it against the document.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

STATES = (
    "PENDING",
    "PENDING, but its start has come",
    "CONFIRMED",
    "IN_PROGRESS",
    "COMPLETED",
    "NO_SHOW",
    "CANCELLED",
)
ACTIONS = (
    "no action",
    "move to the free slot",
    "move to its own start",
    "move to the taken slot",
    "move to the unbookable time",
    "move to the unbookable time, taken too",
    "cancel with a reason",
    "cancel without a reason",
)
MESSAGES = (
    "no message",
    "M",
    "A",
    "M+A",
    "A, unusable",
    "M+A, unusable",
    "M, a twin",
    "A, a twin",
    "M+A, a twin",
    "A, a twin, unusable now",
)
VERDICTS = ("ALLOW", "REQUEST", "DENY")
REASONS = ("reason optional", "reason required")
REQUESTS = (
    "no request",
    "asks for the free slot",
    "asks for the unbookable time",
    "asks for another slot",
    "asks to cancel",
    "countered with the free slot",
    "countered with another slot, asked for the free one",
    "asked for the free slot, lapsed",
    "countered with the free slot, lapsed",
    "asked to cancel, lapsed",
)
THREADS = ("thread open", "thread closed")

ORDER = (
    "thread_closed",
    "booking_closed",
    "booking_in_progress",
    "upload_unusable",
    "slot_unbookable",
    "slot_taken",
    "too_many_open",
    "reason_required",
    "policy_denied",
)


@dataclass(frozen=True)
class Case:
    state: str
    action: str
    message: str
    verdict: str
    reason: str
    request: str
    thread: str

    @property
    def moves(self) -> bool:
        return self.action.startswith("move")

    @property
    def cancels(self) -> bool:
        return self.action.startswith("cancel")

    @property
    def talks(self) -> bool:
        return self.message != "no message"

    @property
    def is_twin(self) -> bool:
        return "twin" in self.message

    @property
    def has_request(self) -> bool:
        """Whether a request is open: one that the clock has ended is not."""
        return self.request != "no request" and "lapsed" not in self.request


@dataclass(frozen=True)
class Answer:
    """What is told: `code` of a 409; of the others what happened, and what is open.

    `request` is the one named in the answer, `open_request` the one that is open then:
    "new", "kept" (the one before) or None. `judged` is whether policy was asked.
    """

    status: int
    code: str | None = None
    outcome: str | None = None
    events: tuple[str, ...] = ()
    request: str | None = None
    open_request: str | None = None
    changed: tuple[str, ...] = ()
    judged: bool = False


def every_case() -> Iterator[Case]:
    """Return the whole cross product, but for what cannot come about."""
    axes = (STATES, ACTIONS, MESSAGES, VERDICTS, REASONS, REQUESTS, THREADS)
    for case in (Case(*values) for values in product(*axes)):
        if can_be(case):
            yield case


def can_be(case: Case) -> bool:
    """Whether a booking can have come into this case, and a body can ask for it."""
    wants_something = case.moves or case.cancels or case.talks
    return wants_something and not (request_cannot_be(case) or time_cannot_be(case))


def request_cannot_be(case: Case) -> bool:
    if case.request == "no request":
        return False
    # A start, a no-show, a cancel end every request; a closed booking has none.
    if case.state not in {"PENDING", "PENDING, but its start has come", "CONFIRMED"}:
        return True
    # What was never accepted is cancelled at once: nobody needs to ask.
    if "cancel" in case.request and case.state != "CONFIRMED":
        return True
    # A request expires at the old start at the latest.
    return case.has_request and case.state == "PENDING, but its start has come"


def time_cannot_be(case: Case) -> bool:
    """30 days after its end, a booking's start has come, and no notice is kept."""
    return case.thread == "thread closed" and (
        case.state == "PENDING"
        or (case.state == "CONFIRMED" and case.verdict == "ALLOW")
    )


def answer(case: Case) -> Answer:
    """Return what section 3 answers to `case`."""
    met = set(refusals(case))
    if met:
        first = min(met, key=ORDER.index)
        judged = first in {"reason_required", "policy_denied"}
        return Answer(409, code=first, judged=judged)
    what = happens(case)
    superseding = ("ChangeSuperseded",) if case.has_request else ()
    kept = "kept" if case.has_request else None
    # A message is an event of its own, after the action's, in the same commit.
    said = ("MessageAppended",) if case.talks and not case.is_twin else ()
    named = tuple(members_said(case))
    match what:
        case "moved":
            return Answer(
                200,
                outcome="rescheduled",
                events=(*superseding, "Rescheduled", *said),
                changed=("service_start_time", *named),
                judged=True,
            )
        case "cancelled":
            return Answer(
                200,
                outcome="cancelled",
                events=(*superseding, "Cancelled", *said),
                changed=("status", *named),
                judged=True,
            )
        case "asked":
            return Answer(
                202,
                outcome="change_requested",
                events=(*superseding, "ChangeRequested", *said),
                request="new",
                open_request="new",
                changed=named,
                judged=True,
            )
        case "asked already":
            return Answer(
                202,
                outcome="change_requested",
                events=said,
                request="kept",
                open_request="kept",
                changed=named,
            )
        case _:
            return Answer(
                200,
                outcome="message_appended" if case.talks else "unchanged",
                events=said,
                open_request=kept,
                changed=named,
            )


def refusals(case: Case) -> Iterator[str]:
    """Yield every refusal that `case` meets, in no order."""
    if case.talks and case.thread == "thread closed":
        yield "thread_closed"
    # Twins are looked for before uploads are.
    if "unusable" in case.message and not case.is_twin:
        yield "upload_unusable"
    if case.moves or case.cancels:
        yield from refusals_by_state(case)
    if is_judged(case):
        yield from refusals_of_the_wish(case)


def refusals_by_state(case: Case) -> Iterator[str]:
    if state(case) in {"COMPLETED", "NO_SHOW"}:
        yield "booking_closed"
    if state(case) == "CANCELLED" and case.moves:
        yield "booking_closed"
    if state(case) == "IN_PROGRESS":
        yield "booking_in_progress"


def refusals_of_the_wish(case: Case) -> Iterator[str]:
    if "unbookable" in case.action:
        yield "slot_unbookable"
    if "taken" in case.action:
        yield "slot_taken"
    if case.cancels and case.state == "PENDING":
        return  # It needs no reason, and is always allowed.
    if case.action == "cancel without a reason" and case.reason == "reason required":
        yield "reason_required"
    if case.verdict == "DENY":
        yield "policy_denied"


def state(case: Case) -> str:
    """Return the state as the clock has it."""
    if case.state == "PENDING, but its start has come":
        return "CANCELLED"
    return case.state


def is_judged(case: Case) -> bool:
    """Whether a wish is left that slot and policy are asked about."""
    if state(case) not in {"PENDING", "CONFIRMED"}:
        return False
    if case.action == "move to its own start":
        return False
    return (case.moves or case.cancels) and not is_asked_already(case)


def is_asked_already(case: Case) -> bool:
    """Whether the same wish is open: same kind, same target, whatever the reason.

    While a request is countered, its target is the counter's start.
    """
    match case.request:
        case "asks for the free slot" | "countered with the free slot":
            return case.action == "move to the free slot"
        case "asks for the unbookable time":
            return case.action == "move to the unbookable time"
        case "asks to cancel":
            return case.cancels
        case _:
            return False


def happens(case: Case) -> str:
    """Return what becomes of an action that nothing refuses."""
    if is_judged(case):
        if case.cancels and (case.state == "PENDING" or case.verdict == "ALLOW"):
            return "cancelled"
        return "moved" if case.verdict == "ALLOW" else "asked"
    if state(case) in {"PENDING", "CONFIRMED"} and is_asked_already(case):
        return "asked already"
    return "nothing"


def members_said(case: Case) -> Iterator[str]:
    """Yield the members that took effect with the message; a twin's did long ago."""
    if case.is_twin:
        return
    if case.message.startswith("M"):
        yield "message"
    if "A" in case.message:
        yield "attachments"
