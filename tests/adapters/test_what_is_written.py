"""What a batch may change beside its events, on each store: uploads, whole owners."""

import pytest

from application.failures import Conflict
from application.stored import (
    Append,
    KeyId,
    NewAnswer,
    UploadStatus,
    Wanted,
    WantedSlot,
)
from domain import events
from domain.structs import replace
from tests import stores
from tests.adapters import facts
from tests.adapters.facts import ANNOUNCED, CAME, Facts, look, placed
from tests.examples import (
    ASKED_FOR_FRIDAY,
    BOOKING_ID,
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
    STAFF,
    THURSDAY,
    uuid,
)

pytestmark = pytest.mark.anyio

ANOTHER = OTHER_BOOKING_ID + 1024
EXPIRED = events.ChangeExpired(change_request_id=ASKED_FOR_FRIDAY.change_request_id)
GONE = events.Cancelled()
USED = replace(CAME, message_id=MESSAGE)


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def store(store_url):
    stores.migrate(store_url)
    async with stores.storing(store_url) as store:
        await facts.happen(store, Facts().workshop())
        yield store


def kept(caller: str, scope: str, key: str = "k") -> NewAnswer:
    return NewAnswer(
        key=KeyId(caller=caller, scope=scope, key=key),
        fingerprint=bytes(32),
        answer=b"{}",
        at=MONDAY,
        position=1,
    )


async def test_an_upload_is_new_only_once(store):
    await facts.write_down(store, Append(new_uploads=[ANNOUNCED]))

    with pytest.raises(Conflict, match="upload"):
        await facts.write_down(store, Append(new_uploads=[ANNOUNCED]))


async def test_an_upload_that_is_made_and_used_in_one_batch_is_as_it_is_in_the_end(
    store,
):
    batch = Append(new_uploads=[ANNOUNCED], changed_uploads=[CAME, USED])

    await facts.write_down(store, batch)

    assert (await look(store, Wanted(uploads=(USED.id,)))).uploads == {USED.id: USED}


async def test_what_was_announced_of_an_upload_never_changes(store):
    await facts.write_down(store, Append(new_uploads=[ANNOUNCED]))
    other = replace(CAME, owner="x", booking_id=1, size=1, name="x", sha256=None)

    await facts.write_down(store, Append(changed_uploads=[other]))

    assert (await look(store, Wanted(uploads=(CAME.id,)))).uploads == {CAME.id: CAME}


async def test_of_a_forgotten_owner_neither_key_nor_answers_are_left(store):
    await facts.happen(
        store,
        Facts().place(placed(), placed(OTHER_BOOKING_ID, FRIDAY, owner=OTHER_OWNER)),
    )
    its, others = f"booking-{BOOKING_ID}", f"booking-{OTHER_BOOKING_ID}"
    wanted = [
        kept(OWNER.id, its),
        kept(OWNER.id, f"workshop-{ORG_NR}"),
        kept(STAFF.id, its),
        kept(STAFF.id, others),
        kept(OTHER_OWNER.id, others),
    ]
    owners = [(owner.id, b"wrapped", MONDAY) for owner in (OWNER, OTHER_OWNER)]
    await facts.write_down(store, Append(answers=wanted, owner_keys=owners))

    await facts.write_down(store, Append(forgotten_owners=[OWNER.id]))

    found = await look(
        store,
        Wanted(
            owners=(OWNER.id, OTHER_OWNER.id), keys=tuple(new.key for new in wanted)
        ),
    )
    assert found.owner_keys.keys() == {OTHER_OWNER.id}
    assert found.keys.keys() == {wanted[3].key, wanted[4].key}
    assert (await look(store, Wanted(bookings=(BOOKING_ID,)))).owner_keys == {}


async def test_the_uploads_of_a_forgotten_owner_are_doomed_and_lose_their_names(store):
    others = replace(CAME, id=uuid(701), owner=OTHER_OWNER.id)
    await facts.write_down(store, Append(new_uploads=[USED, others]))

    await facts.write_down(store, Append(forgotten_owners=[OWNER.id]))

    found = await look(store, Wanted(uploads=(USED.id, others.id)))
    assert found.uploads == {
        USED.id: replace(USED, status=UploadStatus.DOOMED, name=None),
        others.id: others,
    }


async def test_an_owner_who_comes_back_in_the_same_batch_has_a_new_key(store):
    await facts.write_down(store, Append(owner_keys=[(OWNER.id, b"old", MONDAY)]))

    await facts.write_down(
        store,
        Append(forgotten_owners=[OWNER.id], owner_keys=[(OWNER.id, b"new", MONDAY)]),
    )

    found = await look(store, Wanted(owners=(OWNER.id,)))
    assert found.owner_keys == {OWNER.id: b"new"}


@pytest.mark.parametrize(
    ("start", "held", "freed"),
    [
        (THURSDAY, (), GONE),
        (FRIDAY, (CONFIRMED, ASKED_FOR_FRIDAY), EXPIRED),
    ],
    ids=["a booking that was never accepted", "a request that expired"],
)
async def test_the_slot_of_what_expired_is_taken_by_the_append_that_frees_it(
    store, start, held, freed
):
    await facts.happen(store, Facts(at=LATE).place(placed()).booking(BOOKING_ID, *held))
    taking = placed(OTHER_BOOKING_ID, start + HOUR / 2, owner=OTHER_OWNER)

    # The new one first: what is released goes before what is claimed, in any order.
    await facts.happen(store, Facts(at=FRIDAY).place(taking).booking(BOOKING_ID, freed))

    slot = WantedSlot(start=start, at=FRIDAY, org_nr=ORG_NR)
    (hold,) = (await look(store, Wanted(slots=(slot,)))).holds
    assert hold.booking_id == OTHER_BOOKING_ID


@pytest.mark.parametrize(
    ("start", "held"),
    [(THURSDAY, ()), (FRIDAY, (CONFIRMED, ASKED_FOR_FRIDAY))],
    ids=["a booking that was never accepted", "a request that expired"],
)
async def test_the_slot_of_what_expired_is_not_taken_otherwise(store, start, held):
    await facts.happen(store, Facts(at=LATE).place(placed()).booking(BOOKING_ID, *held))
    taking = placed(OTHER_BOOKING_ID, start + HOUR / 2, owner=OTHER_OWNER)

    with pytest.raises(Conflict, match=r"slot_is_free|bay 1 is taken"):
        await facts.happen(store, Facts(at=FRIDAY + 90 * DAY).place(taking))

    found = await look(store, Wanted(bookings=(BOOKING_ID, OTHER_BOOKING_ID)))
    assert found.bookings.keys() == {BOOKING_ID}


async def test_two_who_take_what_the_clock_freed_do_not_both_get_it(store):
    await facts.happen(store, Facts().place(placed()))
    wanted = Wanted(slots=(WantedSlot(start=THURSDAY, at=THURSDAY, org_nr=ORG_NR),))
    seen = await look(store, wanted)

    async def take(booking_id: int) -> None:
        batch = (
            Facts(at=THURSDAY)
            .booking(BOOKING_ID, GONE)
            .place(placed(booking_id, owner=OTHER_OWNER))
            .append(seen)
        )
        await facts.write_down(store, batch)

    await take(OTHER_BOOKING_ID)
    with pytest.raises(Conflict):
        await take(ANOTHER)
