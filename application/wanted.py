"""What must be loaded before a batch of calls can be decided."""

from collections.abc import Iterable
from typing import assert_never
from uuid import UUID

import msgspec

from application.calls import AnyCall, Call, WorkshopCall
from application.ports import KeyId, TwinId, Wanted, WantedSlot
from domain import commands
from domain.commands import BookingCommand


class _Sets(msgspec.Struct, kw_only=True):
    bookings: set[int] = msgspec.field(default_factory=set)
    workshops: set[int] = msgspec.field(default_factory=set)
    owners: set[str] = msgspec.field(default_factory=set)
    keys: set[KeyId] = msgspec.field(default_factory=set)
    twins: set[TwinId] = msgspec.field(default_factory=set)
    slots: set[WantedSlot] = msgspec.field(default_factory=set)
    placed: dict[int, int] = msgspec.field(default_factory=dict)


def wanted(calls: Iterable[AnyCall]) -> Wanted:
    """Return what `calls` need, each thing once."""
    sets = _Sets()
    for call in calls:
        if isinstance(call, WorkshopCall):
            sets.workshops.add(call.org_nr)
        else:
            _want(call, sets)
    return Wanted(
        bookings=tuple(sets.bookings),
        workshops=tuple(sets.workshops),
        owners=tuple(sets.owners),
        keys=tuple(sets.keys),
        twins=tuple(sets.twins),
        slots=tuple(sets.slots),
    )


def twin_id(call: Call, client_message_id: UUID | None) -> TwinId | None:
    """Return how the author of a message named it, if they did."""
    if client_message_id is None:
        return None
    return TwinId(
        booking_id=call.booking_id,
        author=call.actor.id,
        client_message_id=client_message_id,
    )


def _want(call: Call, sets: _Sets) -> None:
    sets.bookings.add(call.booking_id)
    if call.key is not None:
        sets.keys.add(call.key)
    for wish in call.wishes:
        _want_for(wish, call, sets)


def _want_for(wish: BookingCommand, call: Call, sets: _Sets) -> None:
    match wish:
        case commands.Place():
            sets.workshops.add(wish.org_nr)
            sets.owners.add(wish.owner)
            sets.slots.add(WantedSlot(start=wish.start, at=wish.at, org_nr=wish.org_nr))
            sets.placed[call.booking_id] = wish.org_nr
        case commands.Reschedule():
            # The store does not know the workshop of a booking placed in this batch.
            org_nr = sets.placed.get(call.booking_id)
            sets.slots.add(
                WantedSlot(
                    start=wish.start,
                    at=wish.at,
                    booking_id=call.booking_id,
                    org_nr=org_nr,
                )
            )
        case commands.AppendMessage():
            if (twin := twin_id(call, wish.client_message_id)) is not None:
                sets.twins.add(twin)
        case commands.Confirm() | commands.Cancel():
            pass
        case _:
            assert_never(wish)
