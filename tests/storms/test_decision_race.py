"""Several decide one change request at once: one wins, the others find it closed.

The same decision twice is no quarrel: whoever was second is told so, kindly.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

import pytest

from application.verify import verify
from tests import stores
from tests.storms import races, wishing
from tests.storms.racing import racing
from tests.storms.wishing import Wish

REQUESTS = 200
AT_ONCE = 20
DECISIONS = ("approve", "approve", "reject", "withdraw")
CLOSED = (409, "request_closed")
ENDS = {
    "approve": [(200, "approved"), (200, "unchanged"), CLOSED, CLOSED],
    "reject": [(200, "rejected"), CLOSED, CLOSED, CLOSED],
    "withdraw": [(200, "withdrawn"), CLOSED, CLOSED, CLOSED],
}


def heats(requests: dict[int, UUID]) -> Iterator[list[Wish]]:
    """Yield the wishes of each heat, so that no process has one decision only."""
    pairs = list(requests.items())
    for first in range(0, len(pairs), AT_ONCE):
        several = enumerate(pairs[first : first + AT_ONCE])
        yield [
            Wish(
                what=what,
                booking_id=number,
                owner=wishing.owner(number).id,
                request=request,
            )
            for n, (number, request) in several
            for what in (*DECISIONS[n % 4 :], *DECISIONS[: n % 4])
        ]


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_of_decisions_made_at_once_one_wins(store, request):
    url = request.getfixturevalue(f"{store}_url")
    processes = {"sqlite": 2, "postgres": 4}[store]
    requests = asyncio.run(races.asked(url, requests=REQUESTS))

    with racing(url, processes) as race:
        told = [one for wishes in heats(requests) for one in race.heat(wishes)]

    ends = defaultdict(list)
    for one in told:
        ends[one.wish.request].append((one.status, one.word))
    assert len(ends) == REQUESTS
    for found in ends.values():
        assert sorted(found) in [sorted(end) for end in ENDS.values()]
    with stores.snapshot(url) as snapshot:
        assert verify(snapshot).differences == ()
