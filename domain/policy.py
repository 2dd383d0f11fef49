"""A workshop's policy document: what it offers, when, and which changes it lets happen.

The document is data with defaults; `problems` says what contradicts itself, `rules`
judges by it. Times in it are local to the workshop.
"""

import re
from collections.abc import Iterator
from datetime import date
from enum import Enum
from zoneinfo import available_timezones

import msgspec

DAY_MINUTES = 24 * 60
MOST_BAYS = 100
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")

Span = tuple[str, str]
Spans = tuple[Span, ...]
OFFICE: Spans = (("08:00", "16:00"),)


class Effect(Enum):
    """What the failure of a rule leads to."""

    REQUEST = "REQUEST"
    DENY = "DENY"


class Service(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`minutes` of work, then `buffer` minutes in which the bay stays taken."""

    id: int
    name: str
    minutes: int
    buffer: int = 0


class Week(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Opening spans of each weekday, as pairs of "HH:MM"; `to` is exclusive."""

    mon: Spans = ()
    tue: Spans = ()
    wed: Spans = ()
    thu: Spans = ()
    fri: Spans = ()
    sat: Spans = ()
    sun: Spans = ()


OFFICE_WEEK = Week(mon=OFFICE, tue=OFFICE, wed=OFFICE, thu=OFFICE, fri=OFFICE)


class Notice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    hours: int = 24
    effect: Effect = Effect.REQUEST


class TargetWindow(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    lead_minutes: int = 120
    horizon_days: int = 90
    grid_minutes: int = 15


class RequestTerms(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    ttl_hours: int = 48


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reschedule_notice: Notice = Notice()
    cancel_notice: Notice = Notice()
    target_window: TargetWindow = TargetWindow()
    change_request: RequestTerms = RequestTerms()


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The document of contract section 8, as far as its rules exist."""

    time_zone: str
    bays: int = 1
    services: tuple[Service, ...] = (Service(id=1, name="Service", minutes=60),)
    opening_hours: Week = OFFICE_WEEK
    holidays: tuple[str, ...] = ()
    rules: Rules = Rules()

    def service(self, service_id: int) -> Service | None:
        return next((s for s in self.services if s.id == service_id), None)

    @property
    def longest_hold(self) -> int:
        """Minutes that the longest service takes a bay, its buffer included."""
        return max(s.minutes + s.buffer for s in self.services)


Problem = tuple[str, str, str]


def problems(policy: Policy) -> list[Problem]:
    """Return (JSON pointer, code, detail) for all in which `policy` is impossible."""
    return [
        *_place_problems(policy),
        *_service_problems(policy.services),
        *_week_problems(policy.opening_hours),
        *_holiday_problems(policy.holidays),
        *_rule_problems(policy.rules),
    ]


def _place_problems(policy: Policy) -> Iterator[Problem]:
    if policy.time_zone not in available_timezones():
        yield "/time_zone", "format", f"{policy.time_zone!r} is no IANA time zone."
    if not 1 <= policy.bays <= MOST_BAYS:
        yield "/bays", "format", f"There are 1 to {MOST_BAYS} bays."


def _service_problems(services: tuple[Service, ...]) -> Iterator[Problem]:
    if not services:
        yield "/services", "length", "A workshop offers at least one service."
    seen: set[int] = set()
    for index, service in enumerate(services):
        at = f"/services/{index}"
        if service.id in seen:
            yield f"{at}/id", "duplicate", f"Service {service.id} is there twice."
        seen.add(service.id)
        if not 1 <= service.id < 2**31:
            yield f"{at}/id", "format", "A service's id is 1 to 2147483647."
        if not service.name.strip():
            yield f"{at}/name", "length", "A service has a name."
        if not 1 <= service.minutes <= DAY_MINUTES:
            yield f"{at}/minutes", "format", "A service takes 1 to 1440 minutes."
        if not 0 <= service.buffer <= DAY_MINUTES:
            yield f"{at}/buffer", "format", "A buffer takes 0 to 1440 minutes."


def _week_problems(week: Week) -> Iterator[Problem]:
    for day in DAYS:
        spans: Spans = getattr(week, day)
        end_before = "00:00"
        for index, (start, end) in enumerate(spans):
            at = f"/opening_hours/{day}/{index}"
            if not (_CLOCK.fullmatch(start) and _CLOCK.fullmatch(end)):
                yield at, "format", 'A span is ["HH:MM", "HH:MM"], "24:00" at most.'
            elif start >= end:
                yield at, "format", "A span ends after it starts."
            elif start < end_before:
                yield at, "format", "Spans are in order and do not overlap."
            else:
                end_before = end


def _holiday_problems(holidays: tuple[str, ...]) -> Iterator[Problem]:
    for index, day in enumerate(holidays):
        if not _is_date(day):
            yield f"/holidays/{index}", "format", 'A holiday is "YYYY-MM-DD".'


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _rule_problems(rules: Rules) -> Iterator[Problem]:
    window = rules.target_window
    for pointer, value, least, most in (
        ("reschedule_notice/hours", rules.reschedule_notice.hours, 0, 24 * 365),
        ("cancel_notice/hours", rules.cancel_notice.hours, 0, 24 * 365),
        ("target_window/lead_minutes", window.lead_minutes, 0, DAY_MINUTES * 365),
        ("target_window/horizon_days", window.horizon_days, 1, 366 * 2),
        ("target_window/grid_minutes", window.grid_minutes, 1, DAY_MINUTES),
        ("change_request/ttl_hours", rules.change_request.ttl_hours, 1, 24 * 365),
    ):
        if not least <= value <= most:
            yield f"/rules/{pointer}", "format", f"It is {least} to {most}."
