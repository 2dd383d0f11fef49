"""What the town's policies say of an owner's wish, in words of our own.

The three workshops differ so much that this is short: one grants, one asks, one denies.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from tests.storms.storm.facts import Fact
from tests.storms.storm.lives import Life, Lives
from tests.storms.storm.people import ASKING, EASY, NOTICE, STRICT

ALLOW, REQUEST, DENY = "ALLOW", "REQUEST", "DENY"
OPEN_AT_ONCE = 3  # of an owner, where all is granted
_FOLLOWS: Mapping[str, str] = {
    "booking.rescheduled": ALLOW,
    "booking.cancelled": ALLOW,
    "booking.change_requested": REQUEST,
}


def wrong(fact: Fact, life: Life) -> Iterator[str]:
    """Yield what is wrong with what was decided on `life`, as it was before `fact`."""
    decision = fact.event.get("decision")
    if fact.role != "owner" or fact.kind not in _FOLLOWS:
        return
    if decision is None:
        yield f"{fact.kind} has no decision"
        return
    due, verdict = _due(fact, life, decision), decision["verdict"]
    if verdict != due:
        yield f"it was judged {verdict}, and is {due}"
    if verdict != _FOLLOWS[fact.kind]:
        yield f"{fact.kind} follows from {verdict}"


def _due(fact: Fact, life: Life, decision: Mapping[str, Any]) -> str:
    at = datetime.fromisoformat(decision["evaluated_at"])
    target = fact.event.get("slot") or fact.event.get("target")
    if target is None:
        if life.status == "PENDING":
            return ALLOW
        is_near = life.org_nr == ASKING and life.start < at + timedelta(hours=NOTICE)
        return REQUEST if is_near or _is_late(life, life.start, at) else ALLOW
    earlier = min(life.start, datetime.fromisoformat(target["start"]))
    if life.org_nr == STRICT:
        return DENY
    return REQUEST if life.org_nr == ASKING or _is_late(life, earlier, at) else ALLOW


def _is_late(life: Life, start: datetime, at: datetime) -> bool:
    """Whether work has begun, or the start is over: then even the easy one asks."""
    return bool(life.marks) or start < at


def too_many(fact: Fact, lives: Lives) -> Iterator[str]:
    """Yield whether `fact`, which is taken in already, is one booking too many."""
    if fact.kind != "booking.placed" or fact.event["org_nr"] != EASY:
        return
    owner = fact.event["owner"]
    mine = [
        life
        for life in lives.of.values()
        if (life.owner, life.org_nr, life.status) == (owner, EASY, "PENDING")
        and life.start > fact.at
    ]
    if len(mine) > OPEN_AT_ONCE:
        yield f"{owner} has {len(mine)} bookings that wait, and may have {OPEN_AT_ONCE}"
