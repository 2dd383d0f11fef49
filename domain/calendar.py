"""Whether a time can be booked: past, lead, horizon, grid, opening hours, holidays.

Instants are aware and in UTC; a workshop's day and its spans are local. Whatever is
compared is compared as instants, so that a clock that jumps cannot make a day longer.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from math import gcd
from zoneinfo import ZoneInfo

from domain.policy import DAY_MINUTES, DAYS, Policy, Service, Spans

OFFSET_MINUTES = 15
"""Every offset from UTC since 1973 is a whole number of quarters of an hour."""
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def local(instant: datetime, time_zone: str) -> datetime:
    """Return `instant` with the offset that `time_zone` has then."""
    return instant.astimezone(ZoneInfo(time_zone))


def ends(start: datetime, service: Service) -> tuple[datetime, datetime]:
    """Return when the service ends, and when its bay is free again."""
    end = start + timedelta(minutes=service.minutes)
    return end, end + timedelta(minutes=service.buffer)


def why_unbookable(
    start: datetime, end: datetime, policy: Policy, now: datetime
) -> str | None:
    """Return what forbids a service from `start` to `end`, or None if nothing does."""
    window = policy.rules.target_window
    if start < now:
        return "It is in the past."
    if start - now < timedelta(minutes=window.lead_minutes):
        return f"It is less than {window.lead_minutes} minutes ahead."
    if start - now > timedelta(days=window.horizon_days):
        return f"It is more than {window.horizon_days} days ahead."
    if not _on_grid(local(start, policy.time_zone), window.grid_minutes):
        return f"Times are {window.grid_minutes} minutes apart, from midnight on."
    return why_closed(start, end, policy)


def starts(
    service: Service, policy: Policy, first: datetime, last: datetime, now: datetime
) -> Iterator[datetime]:
    """Yield, in order, the starts in [first, last) that are bookable at `now`."""
    window = policy.rules.target_window
    first = max(first, now + timedelta(minutes=window.lead_minutes))
    final = min(last - timedelta.resolution, now + timedelta(days=window.horizon_days))
    length = timedelta(minutes=service.minutes)
    step = timedelta(minutes=gcd(window.grid_minutes, OFFSET_MINUTES))
    for day in open_days(first, final, policy):
        for opens, closes in open_spans(day, policy):
            for start in _every(step, max(first, opens), min(final, closes - length)):
                shown = local(start, policy.time_zone)
                if shown.date() == day and _on_grid(shown, window.grid_minutes):
                    yield start


def why_closed(start: datetime, end: datetime, policy: Policy) -> str | None:
    """Return why the workshop is not open for all of `start` to `end`, or None."""
    day = local(start, policy.time_zone).date()
    if is_holiday(day, policy):
        return "The workshop is closed on that day."
    for opens, closes in open_spans(day, policy):
        if opens <= start and end <= closes:
            return None
    return "The workshop is not open for all of that time."


def open_days(first: datetime, final: datetime, policy: Policy) -> Iterator[date]:
    """Yield the local days from `first` to `final` that are no holidays."""
    begin, end = (local(at, policy.time_zone).date() for at in (first, final))
    for ahead in range((end - begin).days + 1):
        day = begin + timedelta(days=ahead)
        if not is_holiday(day, policy):
            yield day


def is_holiday(day: date, policy: Policy) -> bool:
    return day.isoformat() in policy.holidays


def open_spans(day: date, policy: Policy) -> tuple[tuple[datetime, datetime], ...]:
    """Return the spans in which the workshop is open on `day`, if it is no holiday."""
    spans: Spans = getattr(policy.opening_hours, DAYS[day.weekday()])
    return opening_instants(day, spans, policy.time_zone)


def price_band(instant: datetime, policy: Policy) -> str | None:
    """Return the band in which the workshop's clock is at `instant`, if any.

    A price goes by what the clock shows: the hour that comes twice has its band twice.
    """
    if not policy.price_bands:
        return None
    shown = local(instant, policy.time_zone)
    day, clock = DAYS[shown.weekday()], f"{shown.hour:02}:{shown.minute:02}"
    for band in policy.price_bands:
        if day in band.days and band.opens <= clock < band.closes:
            return band.band
    return None


def _every(step: timedelta, first: datetime, final: datetime) -> Iterator[datetime]:
    """Yield the whole multiples of `step` from `first` to `final`, both included."""
    begin = first + (_EPOCH - first) % step
    for ahead in range((final - begin) // step + 1):
        yield begin + ahead * step


def _on_grid(at: datetime, grid_minutes: int) -> bool:
    whole = at.second == 0 and at.microsecond == 0
    return whole and (at.hour * 60 + at.minute) % grid_minutes == 0


@lru_cache(maxsize=1024)
def opening_instants(
    day: date, spans: Spans, time_zone: str
) -> tuple[tuple[datetime, datetime], ...]:
    """Return when the local `spans` of `day` begin and end.

    They are remembered: calls ask for few days, and finding them costs more than all
    else that is asked of a time.
    """
    zone = ZoneInfo(time_zone)
    return tuple(
        (_instant(day, opens, zone), _instant(day, closes, zone))
        for opens, closes in spans
    )


def _instant(day: date, clock: str, zone: ZoneInfo) -> datetime:
    """Return when the clocks of `zone` show `clock`, the first time that day."""
    minutes = int(clock[:2]) * 60 + int(clock[3:])
    if minutes == DAY_MINUTES:
        day, minutes = day + timedelta(days=1), 0
    shown = datetime.combine(day, time(minutes // 60, minutes % 60), tzinfo=zone)
    return shown.astimezone(UTC)
