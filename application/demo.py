"""The demo: one workshop, two car owners and their bookings, told as calls.

They happened in the days before `now`, each decided as if it were then. Booking ids are
the first of the workshop's slice, so that 123 is among them in every store.
"""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from application.calls import AnyCall, Call, WorkshopCall
from application.ports import Ids
from domain import calendar, commands, identity
from domain.commands import BookingCommand
from domain.events import Vehicle
from domain.identity import Actor, Role
from domain.personal import Plate, Reason, Words
from domain.policy import Notice, Policy, Rules, Service

ORG_NR = 313001083
NAME = "Fjordgata Verksted"
SERVICE = Service(id=1, name="Service", minutes=60, buffer=15)
TYRES = Service(id=2, name="Tyre change", minutes=30)
# Three days, so that a cancel before a weekend has to be asked for, whenever "now" is.
POLICY = Policy(
    time_zone="Europe/Oslo",
    bays=2,
    services=(SERVICE, TYRES),
    rules=Rules(cancel_notice=Notice(hours=72)),
)

KARI = Actor(role=Role.OWNER, id="kari")
OLA = Actor(role=Role.OWNER, id="ola")
OWNERS = (KARI, OLA)
STAFF = Actor(role=Role.STAFF, id="workshop-staff")
MANAGER = Actor(role=Role.MANAGER, id="mona")
OPERATOR = Actor(role=Role.SYSTEM, id="bookings demo")

BOOKINGS = tuple(
    n * identity.SLICES + identity.slice_of(ORG_NR)  # the ids that a store draws first
    for n in range(5)
)
FIRST, NEXT_MONTHS, GIVEN_UP, SOON, OLAS_WISH = BOOKINGS

_ZONE = ZoneInfo(POLICY.time_zone)
_SATURDAY = 5
_HOUR = timedelta(hours=1)


def calls(now: datetime, new_id: Ids) -> list[AnyCall]:
    """Return all that happens in the demo, in its order."""
    group = new_id()
    story = _Story(now, new_id)
    return [
        story.workshop(hours_ago=30),
        story.place(FIRST, KARI, SERVICE, ahead(now, 4, "10:00"), group=group),
        story.place(NEXT_MONTHS, KARI, TYRES, ahead(now, 20, "12:00"), group=group),
        story.place(GIVEN_UP, KARI, SERVICE, ahead(now, 5, "09:00"), group=new_id()),
        story.place(SOON, OLA, SERVICE, _soon(now), group=new_id()),
        story.place(OLAS_WISH, OLA, SERVICE, ahead(now, 4, "10:00"), group=new_id()),
        story.confirm(FIRST),
        story.confirm(SOON),
        story.say(FIRST, KARI, "The brakes squeal when it rains.", hours_ago=6),
        story.say(FIRST, STAFF, "We will take it for a drive first.", hours_ago=5),
        story.cancel(GIVEN_UP, KARI, "The car is sold.", hours_ago=4),
        # Too late to happen alone: it becomes a request to the workshop.
        story.cancel(SOON, OLA, "I am ill.", hours_ago=0),
    ]


def move_target(now: datetime, current: datetime) -> datetime:
    """Return a time to move a booking to that begins at `current`."""
    start = ahead(now, 5, "13:00")
    return start if start != current else ahead(now, 6, "14:30")


def ahead(now: datetime, days: int, clock: str) -> datetime:
    """Return when the workshop's clock shows `clock`, `days` working days ahead."""
    day = calendar.local(now, POLICY.time_zone).date()
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < _SATURDAY
    wall = datetime.combine(day, time.fromisoformat(clock), tzinfo=_ZONE)
    return wall.astimezone(UTC)


def _soon(now: datetime) -> datetime:
    """Return the first full hour that can be booked three hours from now."""
    later = (calendar.local(now, POLICY.time_zone) + 4 * _HOUR).replace(
        minute=0, second=0, microsecond=0
    )
    while _closed(later):
        later += _HOUR
    return later.astimezone(UTC)


def _closed(start: datetime) -> bool:
    end = start + timedelta(minutes=SERVICE.minutes)
    return calendar.why_closed(start, end, POLICY) is not None


class _Story:
    """Draws the ids of the calls and puts them into the hours before `now`."""

    def __init__(self, now: datetime, new_id: Ids) -> None:
        self._now = now
        self._new_id = new_id

    def workshop(self, *, hours_ago: int) -> WorkshopCall:
        at = self._now - hours_ago * _HOUR
        wish = commands.AddWorkshop(
            at=at, by=OPERATOR, org_nr=ORG_NR, name=NAME, policy=POLICY
        )
        return WorkshopCall(
            command_id=self._new_id(),
            request_id=self._new_id(),
            at=at,
            actor=OPERATOR,
            org_nr=ORG_NR,
            wish=wish,
        )

    def place(
        self,
        booking_id: int,
        owner: Actor,
        service: Service,
        start: datetime,
        *,
        group: UUID,
    ) -> Call:
        at = self._now - 26 * _HOUR
        wish = commands.Place(
            at=at,
            by=owner,
            booking_id=booking_id,
            owner=owner.id,
            org_nr=ORG_NR,
            group_id=group,
            service_id=service.id,
            start=start,
            vehicle=_VEHICLES[owner.id],
            personal=_PLATES[owner.id],
        )
        return self._call(booking_id, owner, at, wish)

    def confirm(self, booking_id: int) -> Call:
        at = self._now - 8 * _HOUR
        return self._call(booking_id, STAFF, at, commands.Confirm(at=at, by=STAFF))

    def say(self, booking_id: int, by: Actor, text: str, *, hours_ago: int) -> Call:
        at = self._now - hours_ago * _HOUR
        wish = commands.AppendMessage(
            at=at, by=by, message_id=self._new_id(), personal=Words(text=text)
        )
        return self._call(booking_id, by, at, wish)

    def cancel(
        self, booking_id: int, by: Actor, reason: str, *, hours_ago: int
    ) -> Call:
        at = self._now - hours_ago * _HOUR
        wish = commands.Cancel(
            at=at,
            by=by,
            change_request_id=self._new_id(),
            personal=Reason(reason=reason),
        )
        return self._call(booking_id, by, at, wish)

    def _call(
        self, booking_id: int, actor: Actor, at: datetime, wish: BookingCommand
    ) -> Call:
        return Call(
            command_id=self._new_id(),
            request_id=self._new_id(),
            at=at,
            actor=actor,
            booking_id=booking_id,
            wishes=(wish,),
        )


_VEHICLES = {
    KARI.id: Vehicle(make="Volvo", model="V70", year=2014),
    OLA.id: Vehicle(make="Toyota", model="Yaris", year=2019),
}
_PLATES = {KARI.id: Plate(plate="EL 12345"), OLA.id: Plate(plate="BT 67890")}
