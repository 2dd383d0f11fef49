"""Rows written event by event are those of a fold of the whole log, of every event."""

import asyncio
from collections.abc import Sequence
from typing import get_args
from uuid import UUID

import msgspec
import pytest

from application.rebuild import rebuild
from application.stored import Append
from application.verify import verify
from domain.events import BookingEvent
from tests import stores, stories
from tests.adapters import facts
from tests.adapters.facts import CAME, Facts, placed
from tests.examples import (
    ACCEPTED,
    APPROVED,
    APPROVED_CANCEL,
    ASKED_FOR_FRIDAY,
    ASKED_TO_CANCEL,
    CANCELLED,
    COMPLETED,
    CONFIRMED,
    COUNTERED_WITH_SATURDAY,
    DECLINED,
    ERASED,
    EXPIRED,
    LATE,
    MISSED,
    MOVED_TO_FRIDAY,
    ORG_NR,
    PARTS_ORDERED,
    REJECTED,
    SAID_HELLO,
    STARTED,
    SUPERSEDED,
    VEHICLE_RECEIVED,
    WITHDRAWN,
    uuid,
)

# Each at a workshop of its own, so that none is in another's way.
LIVES: Sequence[Sequence[BookingEvent]] = (
    (
        *(CONFIRMED, ASKED_FOR_FRIDAY, COUNTERED_WITH_SATURDAY, ACCEPTED),
        *(PARTS_ORDERED, STARTED, VEHICLE_RECEIVED, SAID_HELLO, COMPLETED, ERASED),
    ),
    (CONFIRMED, ASKED_FOR_FRIDAY, APPROVED, MISSED),
    (CONFIRMED, ASKED_TO_CANCEL, APPROVED_CANCEL),
    (ASKED_FOR_FRIDAY, SUPERSEDED, MOVED_TO_FRIDAY),
    (ASKED_FOR_FRIDAY, REJECTED),
    (CONFIRMED, ASKED_FOR_FRIDAY, COUNTERED_WITH_SATURDAY, DECLINED),
    (ASKED_FOR_FRIDAY, WITHDRAWN, CANCELLED),
    (ASKED_FOR_FRIDAY, EXPIRED),
    (CONFIRMED, ASKED_FOR_FRIDAY, COUNTERED_WITH_SATURDAY),
    (ASKED_FOR_FRIDAY,),
    (),
)


def of_its_own(event: BookingEvent, request_id: UUID) -> BookingEvent:
    """Return the event about a request that no other booking has."""
    if "change_request_id" not in event.__struct_fields__ or event == SAID_HELLO:
        return event
    return msgspec.structs.replace(event, change_request_id=request_id)


async def live(url: str) -> None:
    """Let all lives happen, with a commit for each event."""
    async with stores.storing(url) as store:
        for n, life in enumerate(LIVES, start=1):
            org_nr = ORG_NR + n
            await facts.happen(store, Facts().workshop(org_nr))
            await facts.happen(store, Facts().place(placed(n, org_nr=org_nr)))
            for event in life:
                its = of_its_own(event, uuid(200 + n))
                await facts.happen(store, Facts(at=LATE).booking(n, its))
        await facts.write_down(store, Append(new_uploads=[CAME]))


@pytest.fixture
def lived(store_url):
    stores.migrate(store_url)
    asyncio.run(live(store_url))
    return store_url


def test_there_is_a_life_with_each_event():
    happen = {type(event) for life in LIVES for event in (placed(), *life)}

    assert happen == set(get_args(BookingEvent))


def test_what_was_written_event_by_event_is_sound(lived):
    with stores.snapshot(lived) as snapshot:
        report = verify(snapshot)

    assert report.differences == ()


def test_a_rebuild_makes_the_same_rows_and_leaves_uploads_alone(lived):
    before, uploads = stories.tables(lived), stories.rows(lived, "SELECT * FROM upload")

    with stores.shadow(lived) as shadow:
        rebuild(shadow)

    assert stories.tables(lived) == before
    assert stories.rows(lived, "SELECT * FROM upload") == uploads
    assert len(uploads) == 1


@pytest.mark.parametrize(
    ("change", "subject", "field"),
    [
        ("UPDATE booking SET due_at = NULL WHERE id = 11", "booking 11", "due_at"),
        (
            "UPDATE slot SET expires_at = NULL WHERE booking_id = 10 AND kind = 'hold'",
            "slot 10 hold",
            "expires_at",
        ),
        (
            "UPDATE change_request SET expires_at = requested_at WHERE booking_id = 10",
            f"change_request {uuid(210)}",
            "expires_at",
        ),
        (
            "UPDATE change_request SET requested_at = expires_at WHERE booking_id = 10",
            f"change_request {uuid(210)}",
            "requested_at",
        ),
    ],
)
def test_a_changed_time_of_the_clock_is_named_and_mended(lived, change, subject, field):
    before = stories.tables(lived)
    stores.execute(lived, change)

    with stores.snapshot(lived) as snapshot:
        (difference,) = verify(snapshot).differences
    with stores.shadow(lived) as shadow:
        rebuild(shadow)

    assert (difference.subject, difference.field) == (subject, field)
    assert stories.tables(lived) == before
