"""A workshop's policy document: what it offers, when, and which changes it lets happen.

The document is data with defaults; `soundness` says what contradicts itself, `rules`
judges by it. Times in it are local to the workshop.
"""

from enum import Enum

import msgspec

DAY_MINUTES = 24 * 60
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

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


class PriceBand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The name of a price, and when it is asked; `to` is exclusive."""

    days: tuple[str, ...]
    opens: str = msgspec.field(name="from")
    closes: str = msgspec.field(name="to")
    band: str


class Notice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long before its start a booking can still be changed."""

    hours: int = 24
    effect: Effect = Effect.REQUEST


class MoveLimit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often an owner may move one booking, at once or by a request."""

    limit: int = 3
    effect: Effect = Effect.REQUEST


class WorkStarted(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """Parts were ordered, or the vehicle is there."""

    effect: Effect = Effect.REQUEST


class PriceChange(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """The new start lies in another price band than the old one."""

    effect: Effect = Effect.REQUEST


class ReasonTerms(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """Whether an owner says why, when cancelling."""

    required: bool = False


class OpenLimit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many bookings of one owner may wait for the workshop at once."""

    limit: int = 5


class TargetWindow(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """How near, how far and how fine the times are that can be booked."""

    lead_minutes: int = 120
    horizon_days: int = 90
    grid_minutes: int = 15


class RequestTerms(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """How long a change request waits for its answer."""

    ttl_hours: int = 48


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reschedule_notice: Notice = Notice()
    cancel_notice: Notice = Notice()
    max_reschedules: MoveLimit = MoveLimit()
    work_started: WorkStarted = WorkStarted()
    price_change: PriceChange = PriceChange()
    reason: ReasonTerms = ReasonTerms()
    open_bookings: OpenLimit = OpenLimit()
    target_window: TargetWindow = TargetWindow()
    change_request: RequestTerms = RequestTerms()


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole document, as it is shown and replaced."""

    time_zone: str
    bays: int = 1
    services: tuple[Service, ...] = (Service(id=1, name="Service", minutes=60),)
    opening_hours: Week = OFFICE_WEEK
    holidays: tuple[str, ...] = ()
    price_bands: tuple[PriceBand, ...] = ()
    rules: Rules = Rules()

    def service(self, service_id: int) -> Service | None:
        return next((s for s in self.services if s.id == service_id), None)

    @property
    def longest_hold(self) -> int:
        """Minutes that the longest service takes a bay, its buffer included."""
        return max(s.minutes + s.buffer for s in self.services)
