"""An owner who is erased: nothing of theirs can be opened, and all else stays."""

import msgspec
import pytest

from application import bodies
from application.answers import Answered
from application.calls import Call, EraseCall
from application.committer import commit
from application.stored import Append, UploadStatus, Wanted
from application.verify import verify
from domain.structs import replace
from tests import stores, stories
from tests.adapters import facts
from tests.adapters.facts import CAME
from tests.examples import (
    BOOKING_ID,
    CALL,
    LATE,
    MONDAY,
    NEXT_MONDAY,
    OPERATOR,
    OTHER_BOOKING_ID,
    OTHER_OWNER,
    OWNER,
    TUESDAY,
    uuid,
)
from tests.stories import CANCELLED_ID, PENDING_ID, VAULT

pytestmark = pytest.mark.anyio

ERASED = EraseCall(
    command_id=uuid(102), request_id=CALL, at=LATE, actor=OPERATOR, owner=OWNER.id
)
THEIRS = {BOOKING_ID, PENDING_ID, CANCELLED_ID}
NEW_ID = BOOKING_ID + 9 * 1024


@pytest.fixture
def anyio_backend():
    return "asyncio"


async def happen(url, *calls) -> list[Answered]:
    """Commit `calls` as one batch."""
    async with stores.storing(url) as store:
        outcomes = await commit(store, VAULT, calls)
    answered = [outcome for outcome in outcomes if isinstance(outcome, Answered)]
    assert len(answered) == len(calls), outcomes
    return answered


async def look(url, wanted: Wanted):
    async with stores.storing(url) as store:
        return await facts.look(store, wanted)


async def plate_of(url, booking_id: int) -> str | None:
    async with stores.reading(url) as reader:
        seen = await reader.booking(booking_id)
    assert seen is not None
    return bodies.seen(seen, VAULT, MONDAY).vehicle.plate


def place_later() -> Call:
    return stories.place(NEW_ID, NEXT_MONDAY)


async def test_their_key_is_gone_and_everybody_elses_is_there(told):
    await happen(told, ERASED)

    found = await look(told, Wanted(owners=(OWNER.id, OTHER_OWNER.id)))

    assert found.owner_keys.keys() == {OTHER_OWNER.id}


async def test_nothing_of_theirs_can_be_opened_and_the_rest_is_as_it_was(told):
    before = [msgspec.json.decode(data) for data in await stories.shown(told)]

    await happen(told, ERASED)

    after = [msgspec.json.decode(data) for data in await stories.shown(told)]
    assert await plate_of(told, BOOKING_ID) is None
    assert await plate_of(told, OTHER_BOOKING_ID) == f"AB{OTHER_BOOKING_ID}"
    for old, new in zip(before, after, strict=True):
        assert (old == new) == (old["id"] not in THEIRS)
        for name in ("status", "service_start_time", "service", "workshop"):
            assert old[name] == new[name]


async def test_it_is_an_event_of_each_of_their_bookings(told):
    before = await look(told, Wanted(owned=(OWNER.id,)))

    await happen(told, ERASED)

    after = await look(told, Wanted(owned=(OWNER.id,)))
    assert after.bookings.keys() == THEIRS
    for booking_id, stored in after.bookings.items():
        earlier = before.bookings[booking_id]
        assert stored.head.version > earlier.head.version
        assert stored.booking.erased == stored.head.version


async def test_what_is_left_is_sound(told):
    await happen(told, ERASED)

    with stores.snapshot(told) as snapshot:
        assert verify(snapshot).differences == ()


async def test_their_uploads_are_doomed(told):
    others = replace(CAME, id=uuid(701), owner=OTHER_OWNER.id)
    async with stores.storing(told) as store:
        await facts.write_down(store, Append(new_uploads=[CAME, others]))

    await happen(told, ERASED)

    found = await look(told, Wanted(uploads=(CAME.id, others.id)))
    assert found.uploads[CAME.id].status is UploadStatus.DOOMED
    assert found.uploads[others.id] == others


async def test_who_comes_back_has_another_key_and_the_past_stays_closed(told):
    old = (await look(told, Wanted(owners=(OWNER.id,)))).owner_keys[OWNER.id]
    await happen(told, ERASED)

    await happen(told, place_later())

    assert (await look(told, Wanted(owners=(OWNER.id,)))).owner_keys[OWNER.id] != old
    assert await plate_of(told, NEW_ID) == f"AB{NEW_ID}"
    assert await plate_of(told, BOOKING_ID) is None


async def test_who_is_erased_in_the_batch_of_their_first_booking_has_no_key(told):
    nobody = replace(OTHER_OWNER, id="owner-9")
    first = stories.place(NEW_ID, NEXT_MONDAY, nobody)

    await happen(told, first, replace(ERASED, owner=nobody.id))

    assert (await look(told, Wanted(owners=(nobody.id,)))).owner_keys == {}
    assert await plate_of(told, NEW_ID) is None


async def test_who_comes_back_in_the_same_batch_has_the_new_key(told):
    old = (await look(told, Wanted(owners=(OWNER.id,)))).owner_keys[OWNER.id]

    await happen(told, ERASED, place_later())

    assert (await look(told, Wanted(owners=(OWNER.id,)))).owner_keys[OWNER.id] != old
    assert await plate_of(told, NEW_ID) == f"AB{NEW_ID}"
    assert await plate_of(told, PENDING_ID) is None


async def test_whoever_is_not_known_is_erased_without_a_trace(told):
    before = stories.tables(told)

    await happen(told, replace(ERASED, owner="nobody"))

    assert stories.tables(told) == before


async def test_who_is_erased_twice_is_erased(told):
    await happen(told, ERASED)

    await happen(told, replace(ERASED, at=LATE + (LATE - TUESDAY)))

    assert await plate_of(told, BOOKING_ID) is None
    with stores.snapshot(told) as snapshot:
        assert verify(snapshot).is_sound
