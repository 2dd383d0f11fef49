"""Whether a time can be booked: past, lead, horizon, grid, opening hours, holidays.

Instants are aware and in UTC; a workshop's day and its spans are local. Whatever is
compared is compared as instants, so that a clock that jumps cannot make a day longer.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.policy import DAY_MINUTES, DAYS, Policy, Service, Spans


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


def why_closed(start: datetime, end: datetime, policy: Policy) -> str | None:
    """Return why the workshop is not open for all of `start` to `end`, or None."""
    day = local(start, policy.time_zone).date()
    if day.isoformat() in policy.holidays:
        return "The workshop is closed on that day."
    spans: Spans = getattr(policy.opening_hours, DAYS[day.weekday()])
    zone = ZoneInfo(policy.time_zone)
    for opens, closes in spans:
        if _instant(day, opens, zone) <= start and end <= _instant(day, closes, zone):
            return None
    return "The workshop is not open for all of that time."


def price_band(instant: datetime, policy: Policy) -> str | None:
    """Return the band in which the workshop's clock is at `instant`, if any.

    A price goes by what the clock shows: the hour that comes twice has its band twice.
    """
    shown = local(instant, policy.time_zone)
    day, clock = DAYS[shown.weekday()], f"{shown:%H:%M}"
    for band in policy.price_bands:
        if day in band.days and band.opens <= clock < band.closes:
            return band.band
    return None


def _on_grid(at: datetime, grid_minutes: int) -> bool:
    whole = at.second == 0 and at.microsecond == 0
    return whole and (at.hour * 60 + at.minute) % grid_minutes == 0


def _instant(day: date, clock: str, zone: ZoneInfo) -> datetime:
    """Return when the clocks of `zone` show `clock`.

    Beside a time in UTC it compares as an instant, whatever the clocks do that day.
    """
    minutes = int(clock[:2]) * 60 + int(clock[3:])
    if minutes == DAY_MINUTES:
        day, minutes = day + timedelta(days=1), 0
    return datetime.combine(day, time(minutes // 60, minutes % 60), tzinfo=zone)
