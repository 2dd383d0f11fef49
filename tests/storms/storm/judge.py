"""Whether all is as everybody was told: answers against the log, it against itself.

Each violation is a line that names what was told and what is there.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tests.storms.storm import keeping, order, rows, verdicts
from tests.storms.storm.facts import MESSAGE, SYSTEM, Fact, Found
from tests.storms.storm.ledger import Ledger, Sent, Shown, Try, name
from tests.storms.storm.lives import Life, Lives

# What is written when an outcome is told. A wish that is known writes nothing.
WRITTEN: Mapping[str, tuple[str, ...]] = {
    "rescheduled": ("booking.rescheduled",),
    "cancelled": ("booking.cancelled",),
    "change_requested": ("booking.change_requested",),
    "placed": ("booking.placed",),
    "confirmed": ("booking.confirmed",),
    "in_progress": ("booking.started",),
    "completed": ("booking.completed",),
    "no_show": ("booking.no_show_recorded",),
    "marked": ("booking.marked",),
    "approved": ("booking.change_approved",),
    "accepted": ("booking.change_approved",),
    "rejected": ("booking.change_rejected",),
    "declined": ("booking.change_rejected",),
    "countered": ("booking.change_countered",),
    "withdrawn": ("booking.change_withdrawn",),
    "message_appended": (),
    "unchanged": (),
}
NOT_HAPPENED = "did not happen"


def judge(
    ledger: Ledger,
    found: Found,
    seen: list[tuple[int, str, int]],
    shown: Mapping[int, Shown],
) -> list[str]:
    """Return all that is wrong; `shown` is what owners see in the end."""
    return [
        *ledger.wrong,
        *order.wrong(found, seen),
        *_answers(ledger, found),
        *_explained(ledger, found),
        *keeping.wrong(ledger, found),
        *_lives(ledger, found, shown),
    ]


def _answers(ledger: Ledger, found: Found) -> Iterator[str]:
    """Hold that what was told to have happened did, and nothing else."""
    asked_for = found.by_request()
    for sent in ledger.sent:
        for one in sent.tries:
            facts = asked_for.get(one.request_id, [])
            for what in _about(sent, one, facts, found):
                yield f"{name(sent, one)}: {what}"


def _about(sent: Sent, one: Try, facts: list[Fact], found: Found) -> Iterator[str]:
    kinds = sorted(fact.kind for fact in facts)
    if any(fact.sub != sent.who for fact in facts):
        yield f"it was {sent.who}, and the log says {facts[0].sub}"
    if not one.is_answered:
        yield from _unknown(sent, one, kinds)
    elif not one.is_done or not sent.is_noted:
        if facts:
            yield f"{one.status} {one.code or ''} was told, and there is {kinds}"
    elif sent.path == "/api/ws/policy":
        if kinds not in ([], ["workshop.policy_changed"]):
            yield f"a policy was put, and there is {kinds}"
    else:
        yield from _done(sent, one, facts, kinds)
        yield from _asked(one, found)


def _done(sent: Sent, one: Try, facts: list[Fact], kinds: list[str]) -> Iterator[str]:
    result = one.result
    due = [*WRITTEN[result["outcome"]]]
    if sent.role != "owner" and result["outcome"] == "placed":
        due.append("booking.confirmed")
    is_new = {"message", "attachments"} & set(result["changed"])
    is_placed = result["outcome"] == "placed" and "message" in (sent.body or {})
    is_told = result["outcome"] == "message_appended" and not sent.path.startswith(
        "/api/co"
    )
    if is_new or is_placed:
        due.append(MESSAGE)
    known = result["outcome"] == "change_requested" and due[0] not in kinds
    if known:
        due.remove("booking.change_requested")
    if kinds != sorted(due) and not (is_told and kinds == [MESSAGE]):
        yield f"{result['outcome']} was told, and there is {kinds}"
    if facts and one.body is not None:
        told = int(one.body["meta"]["position"].rpartition(":")[2])
        last = max(fact.position for fact in facts)
        if told != last:
            yield f"position {told} was told, and it is {last}"


def _asked(one: Try, found: Found) -> Iterator[str]:
    """Yield that a request was told of which the booking does not have."""
    request = one.result.get("change_request")
    if request is None:
        return
    of = found.requests.get(request["id"])
    if of is None or of[0] != one.data["id"]:
        yield f"request {request['id']} was told, and is not there"


def _unknown(sent: Sent, one: Try, kinds: list[str]) -> Iterator[str]:
    if len(kinds) != len(set(kinds)):
        yield f"it happened more than once: {kinds}"
    body = sent.body if isinstance(sent.body, dict) else {}
    has_words = "message" in body or "attachments" in body
    is_move_and_words = "service_start_time" in body and has_words
    has_name = "client_message_id" in (body.get("message") or {})
    may_be_known = sent.key is None and (has_name or "attachments" in body)
    if kinds and is_move_and_words and MESSAGE not in kinds and not may_be_known:
        yield f"half of it happened: {kinds}"
    detail = "" if one.body is None else str(one.body.get("detail"))
    if kinds and NOT_HAPPENED in detail:
        yield f"it was told that it did not happen, and there is {kinds}"


def _explained(ledger: Ledger, found: Found) -> Iterator[str]:
    """Hold that every event was asked for by somebody, or is the clock's."""
    known = {one.request_id for sent in ledger.sent for one in sent.tries}
    for fact in found.facts:
        if fact.role != SYSTEM and fact.request_id not in known:
            yield f"event {fact.position}, {fact.kind}, was asked for by nobody"


def _lives(ledger: Ledger, found: Found, shown: Mapping[int, Shown]) -> Iterator[str]:
    """Hold that the contract allows each event, and that rows and answers say so."""
    told, lives, last = _told(ledger), Lives(), _last_positions(found)
    wanted, before = _careful(ledger), dict[int, Life]()
    for fact in found.facts:
        _remember(fact, lives, shown, before)
        for wrong in (*_careless(fact, lives, wanted), *_against(fact, lives)):
            yield f"event {fact.position} of {fact.stream}: {wrong}"
        if fact.position == last.get(fact.request_id) and fact.request_id in told:
            sent, one = told[fact.request_id]
            for wrong in _differs(lives.of.get(one.data["id"]), one.data, "was told"):
                yield f"{name(sent, one)}: {wrong}"
    yield from rows.wrong(lives, found)
    for number, life in lives.of.items():
        for wrong in _shown(before.get(number, life), shown.get(number)):
            yield f"booking {number}: {wrong}"


def _remember(
    fact: Fact, lives: Lives, shown: Mapping[int, Shown], before: dict[int, Life]
) -> None:
    """Keep what a booking was when it was looked at, if the clock goes on then."""
    number = fact.booking_id
    if number in before or number not in shown or number not in lives.of:
        return
    if fact.role == SYSTEM and fact.at > shown[number].at:
        before[number] = msgspec.structs.replace(lives.of[number])


def _shown(life: Life, shown: Shown | None) -> Iterator[str]:
    """Compare with what the clock had made of it by then, written or not."""
    if shown is None or shown.data is None:
        yield "nothing is shown"
        return
    yield from _differs(life.by_the_clock(shown.at), shown.data, "is shown")


def _careful(ledger: Ledger) -> dict[str, str]:
    """Return, by request, the revision from which alone it was to change something."""
    return {
        one.request_id: sent.if_match
        for sent in ledger.sent
        if sent.if_match is not None
        for one in sent.tries
    }


def _careless(fact: Fact, lives: Lives, wanted: dict[str, str]) -> Iterator[str]:
    """Yield whether `fact` is the first of a call that wanted another revision."""
    if fact.booking_id not in lives.of or fact.role == SYSTEM:
        return
    tag, revision = (
        wanted.pop(fact.request_id, None),
        lives.of[fact.booking_id].revision,
    )
    if tag is not None and tag != f'"{revision}"':
        yield f"it was to change {tag} only, and changed {revision}"


def _against(fact: Fact, lives: Lives) -> Iterator[str]:
    """Yield what contract and policies have against `fact`, which is then taken in."""
    if fact.booking_id in lives.of:
        yield from verdicts.wrong(fact, lives.of[fact.booking_id])
    yield from lives.live(fact)
    yield from verdicts.too_many(fact, lives)


def _told(ledger: Ledger) -> dict[str, tuple[Sent, Try]]:
    """Return, by request, what was told to have happened to a booking."""
    return {
        one.request_id: (sent, one)
        for sent in ledger.sent
        for one in sent.tries
        if one.is_done and sent.is_write and not sent.is_dry and one.result
    }


def _last_positions(found: Found) -> dict[str, int]:
    """Return the last position of what each call asked for."""
    return {
        fact.request_id: fact.position for fact in found.facts if fact.role != SYSTEM
    }


def _differs(
    life: Life | None, data: Mapping[str, Any] | None, how: str
) -> Iterator[str]:
    if life is None or data is None:
        yield f"nothing {how}"
        return
    start = life.start.isoformat().replace("+00:00", "Z")
    request = data["pending_change_request"]
    ours = (
        life.status,
        start,
        life.revision,
        None if life.request is None else life.request.id,
    )
    theirs = (
        data["status"],
        data["service_start_time"],
        data["revision"],
        None if request is None else request["id"],
    )
    if ours != theirs:
        yield f"{theirs} {how}, and the log says {ours}"
