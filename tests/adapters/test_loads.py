"""What a batch may ask of a store before it decides, on each of them."""

from datetime import timedelta

import pytest

from application.stored import Append, Loaded, StoredRequest, Wanted, WantedSlot
from domain.changes import RequestStatus
from domain.structs import replace
from tests import stores
from tests.adapters import facts
from tests.adapters.facts import ANNOUNCED, CAME, Facts, look, placed
from tests.examples import (
    ASKED_FOR_FRIDAY,
    BOOKING_ID,
    CANCELLED,
    CONFIRMED,
    DAY,
    FRIDAY,
    HOUR,
    LATE,
    MESSAGE,
    MONDAY,
    ORG_NR,
    OTHER_BOOKING_ID,
    OTHER_OWNER,
    OWNER,
    PHOTO,
    REQUEST,
    SAID_HELLO,
    SATURDAY,
    SUPERSEDED,
    THURSDAY,
    uuid,
)

pytestmark = pytest.mark.anyio

ANOTHER = OTHER_BOOKING_ID + 1024
ELSEWHERE = ORG_NR + 1
MOMENT = timedelta(microseconds=1)
BOTH_WAYS = pytest.mark.parametrize("locked", [False, True])


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def store(store_url):
    stores.migrate(store_url)
    async with stores.storing(store_url) as store:
        await facts.happen(store, Facts().workshop())
        yield store


def wish(start=THURSDAY, *, at=MONDAY, org_nr=ORG_NR) -> Wanted:
    return Wanted(slots=(WantedSlot(start=start, at=at, org_nr=org_nr),))


async def test_who_asks_for_nothing_gets_nothing(store):
    assert await look(store, Wanted()) == Loaded()


@BOTH_WAYS
async def test_what_does_not_exist_is_missing(store, locked):
    wanted = Wanted(
        requests=(REQUEST,),
        uploads=(ANNOUNCED.id,),
        owners_open=((OWNER.id, ORG_NR),),
        groups=((OWNER.id, ORG_NR, uuid(1)),),
        owned=(OWNER.id,),
    )

    assert await look(store, wanted, locked=locked) == Loaded()


@BOTH_WAYS
async def test_requests_are_found_by_their_ids_whatever_became_of_them(store, locked):
    other = replace(ASKED_FOR_FRIDAY, change_request_id=uuid(300))
    await facts.happen(
        store,
        Facts(at=LATE)
        .place(placed())
        .booking(BOOKING_ID, CONFIRMED, ASKED_FOR_FRIDAY, SUPERSEDED, other),
    )

    found = await look(store, Wanted(requests=(REQUEST, uuid(300))), locked=locked)

    assert found.requests.keys() == {REQUEST, uuid(300)}
    assert found.requests[REQUEST].booking_id == BOOKING_ID
    assert found.requests[REQUEST].request.status is RequestStatus.SUPERSEDED
    booking = (await look(store, Wanted(bookings=(BOOKING_ID,)))).bookings[BOOKING_ID]
    assert booking.booking.open_request is not None
    assert found.requests[uuid(300)] == StoredRequest(
        booking_id=BOOKING_ID, request=booking.booking.open_request
    )


async def test_a_request_that_cannot_be_decoded_faults_its_booking_alone(
    store, store_url
):
    await facts.happen(
        store, Facts().place(placed()).booking(BOOKING_ID, ASKED_FOR_FRIDAY)
    )
    stores.execute(store_url, "UPDATE change_request SET state = '{}'")

    found = await look(store, Wanted(requests=(REQUEST,)))

    assert found.requests == {}
    assert found.faults.keys() == {BOOKING_ID}


@BOTH_WAYS
async def test_uploads_come_back_as_they_were_written(store, locked):
    bare = replace(ANNOUNCED, id=uuid(701), name=None, sha256=None)
    await facts.write_down(store, Append(new_uploads=[ANNOUNCED, bare]))
    await facts.write_down(store, Append(changed_uploads=[CAME]))

    found = await look(store, Wanted(uploads=(CAME.id, bare.id)), locked=locked)

    assert found.uploads == {CAME.id: CAME, bare.id: bare}
    assert found.upload_messages == {}


@BOTH_WAYS
async def test_a_used_upload_comes_with_its_message_and_that_ones_author(store, locked):
    said = replace(SAID_HELLO, attachments=(replace(PHOTO, upload_id=CAME.id),))
    await facts.happen(store, Facts().place(placed()).booking(BOOKING_ID, said))
    used = replace(CAME, message_id=MESSAGE)
    await facts.write_down(store, Append(new_uploads=[used]))

    found = await look(store, Wanted(uploads=(used.id,)), locked=locked)

    ((message_id, (author, message)),) = found.upload_messages.items()
    assert (message_id, author) == (MESSAGE, OWNER.id)
    assert message.attachments == said.attachments


@BOTH_WAYS
async def test_an_owners_pending_bookings_are_known_by_workshop(store, locked):
    await facts.happen(
        store,
        Facts()
        .workshop(ELSEWHERE)
        .place(
            placed(),
            placed(OTHER_BOOKING_ID, FRIDAY),
            placed(ANOTHER, SATURDAY),
            placed(ANOTHER + 1, org_nr=ELSEWHERE),
            placed(ANOTHER + 1024, SATURDAY + 2 * HOUR, owner=OTHER_OWNER),
        )
        .booking(OTHER_BOOKING_ID, CONFIRMED),
    )
    here, there = (OWNER.id, ORG_NR), (OWNER.id, ELSEWHERE)
    nobodys = ("nobody", ORG_NR)

    found = await look(store, Wanted(owners_open=(here, there, nobodys)), locked=locked)

    assert found.pending == {
        here: {BOOKING_ID: THURSDAY, ANOTHER: SATURDAY},
        there: {ANOTHER + 1: THURSDAY},
    }


@BOTH_WAYS
async def test_a_group_is_known_to_its_owner_at_its_workshop_only(store, locked):
    await facts.happen(
        store,
        Facts().place(
            placed(group_id=uuid(1)), placed(OTHER_BOOKING_ID, FRIDAY, group_id=uuid(1))
        ),
    )
    its = (OWNER.id, ORG_NR, uuid(1))
    others = (
        (OWNER.id, ORG_NR, uuid(2)),
        (OTHER_OWNER.id, ORG_NR, uuid(1)),
        (OWNER.id, ELSEWHERE, uuid(1)),
    )

    found = await look(store, Wanted(groups=(its, *others)), locked=locked)

    assert found.groups == {its}


@BOTH_WAYS
async def test_all_bookings_of_an_owner_come_with_their_workshops(store, locked):
    await facts.happen(
        store,
        Facts()
        .workshop(ELSEWHERE)
        .place(
            placed(),
            placed(OTHER_BOOKING_ID, FRIDAY, owner=OTHER_OWNER),
            placed(ANOTHER, org_nr=ELSEWHERE),
        )
        .booking(ANOTHER, CANCELLED),
    )

    found = await look(store, Wanted(owned=(OWNER.id,)), locked=locked)

    assert found.bookings.keys() == {BOOKING_ID, ANOTHER}
    assert found.workshops.keys() == {ORG_NR, ELSEWHERE}
    assert found == await look(store, Wanted(bookings=(BOOKING_ID, ANOTHER)))


@BOTH_WAYS
async def test_a_slot_that_the_clock_freed_comes_with_its_booking(store, locked):
    await facts.happen(store, Facts().place(placed()))

    before = await look(store, wish(at=THURSDAY - MOMENT), locked=locked)
    then = await look(store, wish(at=THURSDAY), locked=locked)

    assert before.bookings == {}
    assert then.bookings.keys() == {BOOKING_ID}
    assert then.bookings == (await look(store, Wanted(bookings=(BOOKING_ID,)))).bookings
    assert before.holds == then.holds
    assert [hold.expires_at for hold in then.holds] == [THURSDAY]


async def test_the_hold_of_an_expired_request_comes_with_its_booking(store):
    asked = replace(ASKED_FOR_FRIDAY, expires_at=LATE + HOUR + MOMENT)
    await facts.happen(
        store, Facts(at=LATE).place(placed()).booking(BOOKING_ID, CONFIRMED, asked)
    )

    before = await look(store, wish(FRIDAY, at=LATE + HOUR))
    then = await look(store, wish(FRIDAY, at=LATE + HOUR + MOMENT))
    beside = await look(store, wish(THURSDAY, at=LATE + 9 * DAY))

    assert before.bookings == {}
    assert then.bookings.keys() == {BOOKING_ID}
    assert beside.bookings == {}
    assert [hold.expires_at for hold in beside.holds] == [None]


async def test_two_who_wish_for_one_slot_find_each_hold_once(store):
    await facts.happen(store, Facts().place(placed()))
    wished = (
        WantedSlot(start=THURSDAY, at=MONDAY, org_nr=ORG_NR),
        WantedSlot(start=THURSDAY, at=THURSDAY, org_nr=ORG_NR),
        WantedSlot(start=THURSDAY + HOUR, at=MONDAY, booking_id=BOOKING_ID),
    )

    found = await look(store, Wanted(bookings=(BOOKING_ID,), slots=wished))

    assert [hold.booking_id for hold in found.holds] == [BOOKING_ID]
    assert found.bookings.keys() == {BOOKING_ID}


async def test_a_freed_booking_that_cannot_be_decoded_is_a_fault_of_its_own(
    store, store_url
):
    await facts.happen(store, Facts().place(placed()))
    stores.execute(store_url, "UPDATE booking SET state = '{}'")

    found = await look(store, wish(at=THURSDAY))

    assert found.bookings == {}
    assert found.faults.keys() == {BOOKING_ID}
    assert len(found.holds) == 1
