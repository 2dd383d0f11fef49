"""What an owner takes away is whole, however long the lists of it are."""

import asyncio
from typing import Any

import pytest

from adapters.reading import CoalescingReader
from application import exporting
from application.exporting import Exported
from domain import events
from domain.structs import replace
from tests import lived, stores
from tests.examples import (
    ADDED,
    ASKED_TO_CANCEL,
    BOOKING_ID,
    LATE,
    ORG_NR,
    OWNER,
    PLACED,
    SAID_HELLO,
    WITHDRAWN,
    uuid,
)

MANY = 5


def said(number: int) -> events.MessageAppended:
    return replace(SAID_HELLO, message_id=uuid(1000 + number))


def asked(number: int) -> list[events.BookingEvent]:
    request_id = uuid(2000 + number)
    return [
        replace(ASKED_TO_CANCEL, change_request_id=request_id),
        replace(WITHDRAWN, change_request_id=request_id),
    ]


def placed(number: int) -> events.Placed:
    """Return another booking at the same time, in a bay of its own."""
    taken = replace(PLACED.slot, bay=1 + number)
    return replace(PLACED, booking_id=BOOKING_ID + number * 1024, slot=taken)


async def exported(url: str) -> list[Exported]:
    async with stores.reading(url) as reader:
        return await _all(reader)


async def _all(reader: CoalescingReader) -> list[Exported]:
    every = exporting.export(OWNER.id, reader, lived.VAULT, LATE)
    return [one async for one in every]


@pytest.mark.parametrize("page", [2, 5, 100])
def test_every_page_of_every_list_is_there_once(
    store_url: str, page: int, monkeypatch: Any
):
    monkeypatch.setattr(exporting, "PAGE", page)
    first: list[events.BookingEvent] = [PLACED, *map(said, range(MANY))]
    for number in range(MANY):
        first += asked(number)
    others = [lived.of_booking(placed(n).booking_id, placed(n)) for n in range(1, MANY)]
    lived.store(
        store_url,
        [
            lived.of_workshop(ORG_NR, ADDED),
            *(lived.of_booking(BOOKING_ID, event) for event in first),
            *others,
        ],
    )

    found = asyncio.run(exported(store_url))

    ids = [BOOKING_ID + number * 1024 for number in reversed(range(MANY))]
    assert [one.booking.id for one in found] == ids
    whole = found[-1]
    assert [m.id for m in whole.messages] == [said(n).message_id for n in range(MANY)]
    assert [r.id for r in whole.change_requests] == [
        uuid(2000 + n) for n in range(MANY)
    ]
    assert [e.version for e in whole.history] == list(range(1, len(first) + 1))
    assert whole.booking.vehicle.plate == "AB12345"
