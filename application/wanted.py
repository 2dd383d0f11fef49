"""What must be loaded before a batch of calls can be decided."""

from collections.abc import Iterable
from typing import assert_never
from uuid import UUID

import msgspec

from application.calls import AnyCall, Call, EraseCall, UploadCall, WorkshopCall
from application.sealing import CANARY
from application.stored import AtWorkshop, GroupId, KeyId, TwinId, Wanted, WantedSlot
from domain import commands
from domain.commands import BookingCommand
from domain.identity import Role


class _Sets(msgspec.Struct, kw_only=True):
    """The members of `Wanted`, and at which workshop the batch places bookings."""

    bookings: set[int] = msgspec.field(default_factory=set)
    workshops: set[int] = msgspec.field(default_factory=set)
    owners: set[str] = msgspec.field(default_factory=set)
    keys: set[KeyId] = msgspec.field(default_factory=set)
    twins: set[TwinId] = msgspec.field(default_factory=set)
    slots: set[WantedSlot] = msgspec.field(default_factory=set)
    requests: set[UUID] = msgspec.field(default_factory=set)
    uploads: set[UUID] = msgspec.field(default_factory=set)
    owners_open: set[AtWorkshop] = msgspec.field(default_factory=set)
    groups: set[GroupId] = msgspec.field(default_factory=set)
    owned: set[str] = msgspec.field(default_factory=set)
    placed: dict[int, int] = msgspec.field(default_factory=dict)


def wanted(calls: Iterable[AnyCall], *, seals: bool = False) -> Wanted:
    """Return what `calls` need, each thing once; what new keys need if `seals`."""
    sets = _Sets(owners={CANARY} if seals else set())
    for call in calls:
        if call.key is not None:
            sets.keys.add(call.key)
        match call:
            case Call():
                sets.bookings.add(call.booking_id)
                for wish in call.wishes:
                    _want_for(wish, call, sets)
            case UploadCall():
                sets.bookings.add(call.booking_id)
                sets.uploads.add(call.upload.id)
            case WorkshopCall():
                sets.workshops.add(call.org_nr)
            case EraseCall():
                sets.owned.add(call.owner)
                sets.owners.add(call.owner)
            case _:
                assert_never(call)
    return Wanted(
        **{name: tuple(getattr(sets, name)) for name in Wanted.__struct_fields__}
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


def _want_for(wish: BookingCommand, call: Call, sets: _Sets) -> None:
    match wish:
        case commands.Place():
            _want_to_place(wish, sets)
        case commands.Reschedule():
            _want_slot(wish, call, sets)
        case commands.Counter():
            sets.requests.add(wish.change_request_id)
            _want_slot(wish, call, sets)
        case commands.AppendMessage():
            sets.uploads.update(wish.uploads)
            if (twin := twin_id(call, wish.client_message_id)) is not None:
                sets.twins.add(twin)
        case commands.RequestCommand():
            sets.requests.add(wish.change_request_id)
        case (
            commands.Confirm()
            | commands.Start()
            | commands.Complete()
            | commands.RecordNoShow()
            | commands.SetMark()
            | commands.Cancel()
        ):
            pass
        case _:
            assert_never(wish)


def _want_to_place(wish: commands.Place, sets: _Sets) -> None:
    sets.workshops.add(wish.org_nr)
    sets.owners.add(wish.owner)
    sets.slots.add(WantedSlot(start=wish.start, at=wish.at, org_nr=wish.org_nr))
    sets.placed[wish.booking_id] = wish.org_nr
    if wish.by.role is Role.OWNER:
        sets.owners_open.add((wish.owner, wish.org_nr))
    if wish.group_given:
        sets.groups.add((wish.owner, wish.org_nr, wish.group_id))


def _want_slot(
    wish: commands.Reschedule | commands.Counter, call: Call, sets: _Sets
) -> None:
    # The store does not know the workshop of a booking placed in this batch.
    org_nr = sets.placed.get(call.booking_id)
    sets.slots.add(
        WantedSlot(
            start=wish.start, at=wish.at, booking_id=call.booking_id, org_nr=org_nr
        )
    )
