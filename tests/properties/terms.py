"""A workshop's policy, read from contract section 8 alone: what it lets happen, when.

Times are minutes since the epoch; notice is in hours, as in the document.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = 60
DAY = 24 * HOUR
OSLO = ZoneInfo("Europe/Oslo")
STRICTNESS = ("ALLOW", "REQUEST", "DENY")
MODES = {"ALLOW": "direct", "REQUEST": "request", "DENY": "denied"}


def minutes(at: datetime) -> int:
    return (at - EPOCH) // timedelta(minutes=1)


def instant(at: int) -> datetime:
    return EPOCH + timedelta(minutes=at)


@dataclass(frozen=True)
class Terms:
    """Monday to Friday, from 08:00 to the hour `closes`; dearer from `noon` on."""

    bays: int = 1
    minutes: int = 60
    buffer: int = 0
    move_notice: int = 24
    move_effect: str = "REQUEST"
    cancel_notice: int = 24
    cancel_effect: str = "REQUEST"
    moves: int = 3
    moves_effect: str = "REQUEST"
    work_effect: str = "REQUEST"
    noon: int | None = None
    price_effect: str = "REQUEST"
    reason: bool = False
    waiting: int = 5
    ttl: int = 48
    lead: int = 120
    horizon: int = 90
    grid: int = 15
    holiday: str = "2026-12-25"
    closes: int = 16


@dataclass(frozen=True)
class Judged:
    """The strictest of the effects of the rules that failed, and their names."""

    verdict: str
    failed: tuple[str, ...]


def judged(failed: dict[str, str]) -> Judged:
    verdict = max(failed.values(), key=STRICTNESS.index, default="ALLOW")
    return Judged(verdict, tuple(sorted(failed)))


def judge_move(
    terms: Terms,
    *,
    start: int,
    target: int | None,
    moves: int,
    marked: bool,
    now: int,
) -> Judged:
    """Judge an owner's move; without a target, as far as that goes."""
    failed = {}
    earlier = start if target is None else min(start, target)
    if earlier - now < terms.move_notice * HOUR:
        failed["reschedule_notice"] = terms.move_effect
    if moves >= terms.moves:
        failed["max_reschedules"] = terms.moves_effect
    if marked:
        failed["work_started"] = terms.work_effect
    if target is not None and is_dear(start, terms) != is_dear(target, terms):
        failed["price_change"] = terms.price_effect
    return judged(failed)


def judge_cancel(
    terms: Terms, *, start: int, marked: bool, has_reason: bool, now: int
) -> Judged:
    failed = {}
    if start - now < terms.cancel_notice * HOUR:
        failed["cancel_notice"] = terms.cancel_effect
    if marked:
        failed["work_started"] = terms.work_effect
    if terms.reason and not has_reason:
        failed["reason"] = "DENY"
    return judged(failed)


def is_dear(start: int, terms: Terms) -> bool:
    if terms.noon is None:
        return False
    local = instant(start).astimezone(OSLO)
    return local.weekday() < 5 and local.hour >= terms.noon


def is_bookable(start: int, terms: Terms, now: int) -> bool:
    """Whether the target window lets `start` be booked."""
    local = instant(start).astimezone(OSLO)
    return (
        now + terms.lead <= start <= now + terms.horizon * DAY
        and (local.hour * 60 + local.minute) % terms.grid == 0
        and is_open(start, terms.minutes, terms)
    )


def is_open(start: int, length: int, terms: Terms) -> bool:
    """Whether the workshop works for all of `length` minutes from `start` on."""
    begin = instant(start).astimezone(OSLO)
    end = instant(start + length).astimezone(OSLO)
    return (
        begin.date().isoformat() != terms.holiday
        and begin.weekday() < 5
        and begin.date() == end.date()
        and begin.hour >= 8
        and end.hour * 60 + end.minute <= terms.closes * 60
    )
