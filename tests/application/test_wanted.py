"""What a batch loads is what it needs, also of bookings that it makes itself."""

from application.calls import Call
from application.ports import WantedSlot
from application.wanted import wanted
from domain import commands
from domain.commands import BookingCommand
from tests.examples import (
    BOOKING_ID,
    COMMAND,
    FRIDAY,
    GROUP,
    LAST_WEEK,
    ORG_NR,
    OWNER,
    PLATE,
    REQUEST,
    SERVICE,
    THURSDAY,
    VEHICLE,
)

PLACE = commands.Place(
    at=LAST_WEEK,
    by=OWNER,
    booking_id=BOOKING_ID,
    owner=OWNER.id,
    org_nr=ORG_NR,
    group_id=GROUP,
    service_id=SERVICE.id,
    start=THURSDAY,
    vehicle=VEHICLE,
    personal=PLATE,
)
MOVE = commands.Reschedule(
    at=LAST_WEEK, by=OWNER, start=FRIDAY, change_request_id=REQUEST
)


def call(wish: BookingCommand) -> Call:
    return Call(
        command_id=COMMAND,
        request_id=REQUEST,
        at=LAST_WEEK,
        actor=OWNER,
        booking_id=BOOKING_ID,
        wishes=(wish,),
    )


def test_a_move_looks_for_holds_at_the_bookings_workshop():
    (slot,) = wanted([call(MOVE)]).slots

    assert slot == WantedSlot(start=FRIDAY, at=LAST_WEEK, booking_id=BOOKING_ID)


def test_a_move_of_a_booking_placed_in_the_same_batch_names_the_workshop_itself():
    slots = wanted([call(PLACE), call(MOVE)]).slots

    assert set(slots) == {
        WantedSlot(start=THURSDAY, at=LAST_WEEK, org_nr=ORG_NR),
        WantedSlot(start=FRIDAY, at=LAST_WEEK, booking_id=BOOKING_ID, org_nr=ORG_NR),
    }
