"""What a policy document says that cannot be: all of it is told at once.

The document has the right types already; a sound one has no problems, and every rule
can judge by it.
"""

import re
from collections.abc import Hashable, Iterable, Iterator
from datetime import date
from functools import cache
from zoneinfo import available_timezones

from domain.policy import (
    DAY_MINUTES,
    DAYS,
    Policy,
    PriceBand,
    Rules,
    Service,
    Spans,
    TargetWindow,
    Week,
)

Problem = tuple[str, str, str]

MOST_BAYS = 100
MOST_SERVICES = 100
MOST_HOLIDAYS = 1000
MOST_BANDS = 100
LONGEST_NAME = 100
_YEAR_HOURS = 24 * 365
_LONGEST_LEAD = _YEAR_HOURS * 60
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")


def problems(policy: Policy) -> list[Problem]:
    """Return (JSON pointer, code, detail) for all in which `policy` is impossible."""
    return [
        *_place_problems(policy),
        *_service_problems(policy.services),
        *_week_problems(policy.opening_hours),
        *_holiday_problems(policy.holidays),
        *_band_problems(policy.price_bands),
        *_rule_problems(policy.rules),
        *_window_problems(policy.rules.target_window),
    ]


def _place_problems(policy: Policy) -> Iterator[Problem]:
    if policy.time_zone not in _time_zones():
        yield "/time_zone", "format", f"{policy.time_zone!r} is no IANA time zone."
    if not 1 <= policy.bays <= MOST_BAYS:
        yield "/bays", "format", f"There are 1 to {MOST_BAYS} bays."


@cache
def _time_zones() -> frozenset[str]:
    """Return the zones' names; to list them takes long. "localtime" is none of them."""
    return frozenset(available_timezones() - {"localtime"})


def _service_problems(services: tuple[Service, ...]) -> Iterator[Problem]:
    if not 1 <= len(services) <= MOST_SERVICES:
        yield (
            "/services",
            "length",
            f"A workshop offers 1 to {MOST_SERVICES} services.",
        )
    for index in _repeated(service.id for service in services):
        twice = f"Service {services[index].id} is there twice."
        yield f"/services/{index}/id", "duplicate", twice
    for index, service in enumerate(services):
        at = f"/services/{index}"
        if not 1 <= service.id < 2**31:
            yield f"{at}/id", "format", "A service's id is 1 to 2147483647."
        yield from _name_problems(f"{at}/name", service.name)
        if not 1 <= service.minutes <= DAY_MINUTES:
            yield f"{at}/minutes", "format", "A service takes 1 to 1440 minutes."
        if not 0 <= service.buffer <= DAY_MINUTES:
            yield f"{at}/buffer", "format", "A buffer takes 0 to 1440 minutes."


def _name_problems(at: str, name: str) -> Iterator[Problem]:
    if not (name.strip() and len(name) <= LONGEST_NAME):
        yield at, "length", f"A name has 1 to {LONGEST_NAME} characters."
    elif not name.isprintable():
        yield at, "format", "A name has printable characters only."


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
    if len(holidays) > MOST_HOLIDAYS:
        yield "/holidays", "length", f"There are at most {MOST_HOLIDAYS} holidays."
    for index, day in enumerate(holidays):
        if not _is_date(day):
            yield f"/holidays/{index}", "format", 'A holiday is "YYYY-MM-DD".'
    for index in _repeated(holidays):
        yield f"/holidays/{index}", "duplicate", "The day is there twice."


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _band_problems(bands: tuple[PriceBand, ...]) -> Iterator[Problem]:
    if len(bands) > MOST_BANDS:
        yield "/price_bands", "length", f"There are at most {MOST_BANDS} price bands."
        return  # Each is compared with each.
    before: list[PriceBand] = []
    for index, band in enumerate(bands):
        at = f"/price_bands/{index}"
        yield from _day_problems(f"{at}/days", band.days)
        yield from _name_problems(f"{at}/band", band.band)
        wrong = list(_hour_problems(at, band))
        yield from wrong
        if not wrong and any(_overlap(band, other) for other in before):
            yield at, "format", "Price bands do not overlap."
        elif not wrong:
            before.append(band)


def _day_problems(at: str, days: tuple[str, ...]) -> Iterator[Problem]:
    if not days:
        yield at, "length", "A price band has at least one day."
    for index, day in enumerate(days):
        if day not in DAYS:
            yield f"{at}/{index}", "format", f"A day is one of {', '.join(DAYS)}."
    for index in _repeated(days):
        yield f"{at}/{index}", "duplicate", "The day is there twice."


def _hour_problems(at: str, band: PriceBand) -> Iterator[Problem]:
    clocks = {"from": band.opens, "to": band.closes}
    wrong = [name for name, clock in clocks.items() if not _CLOCK.fullmatch(clock)]
    for name in wrong:
        yield f"{at}/{name}", "format", 'A time is "HH:MM", "24:00" at most.'
    if not wrong and band.opens >= band.closes:
        yield f"{at}/to", "format", "A price band ends after it starts."


def _overlap(one: PriceBand, other: PriceBand) -> bool:
    together = one.opens < other.closes and other.opens < one.closes
    return together and not set(one.days).isdisjoint(other.days)


def _rule_problems(rules: Rules) -> Iterator[Problem]:
    window = rules.target_window
    for pointer, value, least, most in (
        ("reschedule_notice/hours", rules.reschedule_notice.hours, 0, _YEAR_HOURS),
        ("cancel_notice/hours", rules.cancel_notice.hours, 0, _YEAR_HOURS),
        ("max_reschedules/limit", rules.max_reschedules.limit, 0, 1000),
        ("open_bookings/limit", rules.open_bookings.limit, 1, 1000),
        ("target_window/lead_minutes", window.lead_minutes, 0, _LONGEST_LEAD),
        ("target_window/horizon_days", window.horizon_days, 1, 366 * 2),
        ("target_window/grid_minutes", window.grid_minutes, 1, DAY_MINUTES),
        ("change_request/ttl_hours", rules.change_request.ttl_hours, 1, _YEAR_HOURS),
    ):
        if not least <= value <= most:
            yield f"/rules/{pointer}", "format", f"It is {least} to {most}."


def _window_problems(window: TargetWindow) -> Iterator[Problem]:
    lead, days = window.lead_minutes, window.horizon_days
    if days >= 1 and days * DAY_MINUTES < lead <= _LONGEST_LEAD:
        at = "/rules/target_window/lead_minutes"
        yield at, "format", "The lead ends before the horizon does."


def _repeated(values: Iterable[Hashable]) -> Iterator[int]:
    """Yield the places of values that were there before."""
    seen: set[Hashable] = set()
    for index, value in enumerate(values):
        if value in seen:
            yield index
        seen.add(value)
