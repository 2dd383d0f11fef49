"""Which part of a list is wanted: from where, of which times, of which statuses.

Rows hold what events say. A filter by status means what the clock makes of that: its
`spans` are what to look for in the rows.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import NamedTuple, TypeVar
from uuid import UUID

import msgspec

from domain.booking import Status
from domain.changes import OPEN, RequestStatus

S = TypeVar("S", bound=Enum)

EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 12, 31, tzinfo=UTC)
_NEXT = timedelta(microseconds=1)


class Span(NamedTuple):
    """A stored status, where its time lies in [since, until)."""

    status: str
    since: datetime
    until: datetime


class Only(msgspec.Struct, frozen=True, kw_only=True):
    """What of a list is wanted: starts in [since, until), and `statuses` as of `now`.

    No status means all of them.
    """

    now: datetime
    statuses: frozenset[Status] = frozenset()
    since: datetime = EARLIEST
    until: datetime = LATEST

    def spans(self) -> Sequence[Span]:
        """Return where starts lie: a PENDING booking whose start came is CANCELLED."""
        return [
            span
            for status in _in_order(self.statuses)
            for span in _bookings_seen_as(status, self.now)
        ]


class OnlyRequests(msgspec.Struct, frozen=True, kw_only=True):
    """Which requests are wanted: those of `statuses` as of `now`, or all."""

    now: datetime
    statuses: frozenset[RequestStatus] = frozenset()

    def spans(self) -> Sequence[Span]:
        """Return where `expires_at` lies: an open one that expired is EXPIRED."""
        return [
            span
            for status in _in_order(self.statuses)
            for span in _requests_seen_as(status, self.now)
        ]


class ListKey(msgspec.Struct, frozen=True, kw_only=True):
    """The place in an owner's list after which a page begins: newest start first."""

    start: datetime
    booking_id: int


class RequestKey(msgspec.Struct, frozen=True, kw_only=True):
    """The place in a list of requests after which a page begins: oldest first."""

    requested_at: datetime
    request_id: UUID


def _bookings_seen_as(status: Status, now: datetime) -> Iterator[Span]:
    """Yield where bookings are, by start, that are `status` at `now`."""
    begun = now + _NEXT
    if status is Status.PENDING:
        yield Span(status.value, begun, LATEST)
        return
    yield Span(status.value, EARLIEST, LATEST)
    if status is Status.CANCELLED:
        yield Span(Status.PENDING.value, EARLIEST, begun)


def _requests_seen_as(status: RequestStatus, now: datetime) -> Iterator[Span]:
    """Yield where requests are, by `expires_at`, that are `status` at `now`."""
    run_out = now + _NEXT
    if status in OPEN:
        yield Span(status.value, run_out, LATEST)
        return
    yield Span(status.value, EARLIEST, LATEST)
    if status is RequestStatus.EXPIRED:
        for still in _in_order(OPEN):
            yield Span(still.value, EARLIEST, run_out)


def _in_order(statuses: Iterable[S]) -> Sequence[S]:
    return sorted(statuses, key=lambda status: str(status.value))
