"""What a call on a booking finds, if its caller may see it and may do what it wants.

Whoever may not see a booking is told that there is none.
"""

import msgspec

from application.calls import Call, Forbidden, NotFound
from application.scene import Scene
from domain import clock, commands, roles
from domain.booking import Booking
from domain.changes import ChangeRequest
from domain.decide import Situation
from domain.structs import replace
from domain.thread import Message
from domain.workshop import Workshop


class Met(msgspec.Struct, frozen=True, kw_only=True):
    """The booking as its events say (`stored`), and as it is at the call's time.

    `request` is the change request that the call names, `twin` the stored message that
    its message repeats.
    """

    workshop: Workshop
    stored: Booking | None
    booking: Booking | None
    request: ChangeRequest | None
    twin: Message | None


def meet(call: Call, scene: Scene) -> Met:
    """Return what `call` finds.

    Raises `NotFound`, and `Forbidden` when it takes another role.
    """
    stored = scene.booking(call.booking_id)
    at_workshop = _workshop_of(call, stored, scene)
    booking = None if stored is None else clock.at(stored, call.at)
    request = twin = None
    for wish in call.wishes:
        if booking is not None and roles.forbids(wish, booking):
            raise Forbidden
        if isinstance(wish, commands.RequestCommand):
            asked = wish.change_request_id
            request = scene.request(call.booking_id, asked, call.at)
            if request is None:
                raise NotFound
        if isinstance(wish, commands.AppendMessage):
            twin = scene.twin(call, wish)
    return Met(
        workshop=at_workshop,
        stored=stored,
        booking=booking,
        request=request,
        twin=twin,
    )


def situation(call: Call, met: Met, scene: Scene) -> Situation:
    """Return what the call's commands are decided in."""
    found = Situation(
        workshop=met.workshop,
        occupancy=scene.occupancy,
        twin=None if met.twin is None else met.twin.id,
        request=met.request,
    )
    for wish in call.wishes:
        if isinstance(wish, commands.Place):
            found = replace(
                found,
                pending_elsewhere=scene.pending_elsewhere(wish),
                group_is_known=scene.knows_group(wish),
            )
        if isinstance(wish, commands.AppendMessage):
            found = replace(found, uploads=scene.usable(call, wish))
    return found


def _workshop_of(call: Call, stored: Booking | None, scene: Scene) -> Workshop:
    first = call.wishes[0] if call.wishes else None
    if isinstance(first, commands.Place):
        org_nr = first.org_nr
    elif stored is None or call.owner not in {None, stored.owner}:
        raise NotFound
    else:
        org_nr = stored.org_nr
    workshop = scene.workshop(org_nr)
    if workshop is None or call.org_nr not in {None, org_nr}:
        raise NotFound
    return workshop
