"""A rebuild changes nothing that anybody reads, and can be broken off at any moment."""

import asyncio

from application.rebuild import rebuild
from tests import stores, stories


def test_nobody_sees_that_all_was_folded_afresh(told):
    rows, data = stories.tables(told), asyncio.run(stories.shown(told))

    with stores.shadow(told) as shadow:
        rebuilt = rebuild(shadow)

    assert stories.tables(told) == rows
    assert asyncio.run(stories.shown(told)) == data
    assert len(data) == len(stories.BOOKINGS)
    assert (rebuilt.events, rebuilt.streams) == (stories.EVENTS, 5)
    assert (rebuilt.position, rebuilt.tries) == (stories.EVENTS, 1)
