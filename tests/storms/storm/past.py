"""What was before the storm: bookings of weeks ago that were confirmed, and no more.

Nobody noted since whether their owner came. Each call is dated back, and decided then.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from adapters import clock
from adapters.bootstrap import Opened
from application.calls import Call
from domain import commands
from domain.identity import Actor, Role
from tests import running
from tests.storms.storm.ledger import Sent, Try

MISSED = 6
AGO = timedelta(days=40)  # their threads are closed since
_BEFORE = timedelta(days=1)


async def live(opened: Opened, owner: str, org_nr: int) -> dict[int, Sequence[Sent]]:
    """Return what was sent of each of them, by its id; nobody heard the answers."""
    ids = await opened.store.draw_ids(org_nr, MISSED)
    first = clock.now().replace(minute=0, second=0, microsecond=0) - AGO
    lived: dict[int, Sequence[Sent]] = {}
    for number, booking_id in enumerate(ids):
        start = first + timedelta(hours=number)
        calls = (
            running.placing(owner, booking_id, org_nr, start, at=start - 2 * _BEFORE),
            _confirm(booking_id, org_nr, start - _BEFORE),
        )
        outcomes = await opened.commit(calls)
        assert not any(isinstance(one, Exception) for one in outcomes), outcomes
        lived[booking_id] = [_sent(one) for one in calls]
    return lived


def _confirm(number: int, org_nr: int, at: datetime) -> Call:
    by = Actor(role=Role.STAFF, id=f"staff-{org_nr}")
    return Call(
        command_id=clock.new_id(),
        request_id=clock.new_id(),
        at=at,
        actor=by,
        booking_id=number,
        wishes=(commands.Confirm(at=at, by=by),),
    )


def _sent(call: Call) -> Sent:
    return Sent(
        who=call.actor.id,
        role=call.actor.role.value,
        method="POST",
        path=f"weeks ago: {call.booking_id}",
        booking_id=call.booking_id,
        tries=[Try(request_id=str(call.request_id), address="")],
    )
