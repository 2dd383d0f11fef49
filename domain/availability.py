"""What can be had: the bookable starts of a service, and the bays free at each.

It asks the calendar as a booking does, so what is listed here can be booked.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import accumulate, groupby

import msgspec

from domain import calendar
from domain.policy import Policy, Service
from domain.slots import Hold, has_expired


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """A service could be from `start` to `end`, in any of `bays` bays."""

    start: datetime
    end: datetime
    bays: int


def openings(
    policy: Policy,
    service: Service,
    holds: Iterable[Hold],
    first: datetime,
    last: datetime,
    *,
    now: datetime,
) -> list[Opening]:
    """Return what can be booked at `now` from `first` on and before `last`, in order.

    `holds` are the workshop's, at least those that touch the time from `first` until a
    service that starts before `last` leaves its bay.
    """
    starts = list(calendar.starts(service, policy, first, last, now))
    taken = _taken(starts, service, _by_bay(holds, policy.bays, now))
    return [
        Opening(start=start, end=calendar.ends(start, service)[0], bays=free)
        for index, start in enumerate(starts)
        if (free := policy.bays - taken[index]) > 0
    ]


def _by_bay(holds: Iterable[Hold], bays: int, now: datetime) -> list[Hold]:
    """Return the holds that count, bay by bay and each bay's by their start."""
    counting = [h for h in holds if h.bay <= bays and not has_expired(h, now)]
    return sorted(counting, key=lambda hold: (hold.bay, hold.start))


def _taken(
    starts: Sequence[datetime], service: Service, holds: Iterable[Hold]
) -> list[int]:
    """Return for each start how many bays are not free for all of its time.

    A hold takes its bay from all starts in one stretch of `starts`. Where stretches of
    one bay begin and end is noted, and summed up in one sweep.
    """
    changes = [0] * (len(starts) + 1)
    length = timedelta(minutes=service.minutes + service.buffer)
    for _bay, held in groupby(holds, key=lambda hold: hold.bay):
        done = 0
        for hold in held:
            begin = max(done, bisect_right(starts, hold.start - length))
            done = max(begin, bisect_left(starts, hold.free_at))
            changes[begin] += 1
            changes[done] -= 1
    return list(accumulate(changes))
