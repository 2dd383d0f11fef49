"""What stores load is enough for facts of the clock, counts, uploads and requests."""

import asyncio
from collections.abc import Iterable

import pytest

from application.answers import Answered
from application.calls import Call, UploadCall, WorkshopCall
from application.committer import commit
from application.stored import UploadStatus
from application.verify import verify
from domain import commands
from domain.personal import Note, Reason, Words
from domain.policy import OpenLimit, Rules
from domain.structs import replace
from tests import stores, stories
from tests.batches import call, photo, upload_call
from tests.examples import (
    BOOKING_ID,
    FRIDAY,
    HOUR,
    LATE,
    MANAGER,
    MINUTE,
    NEXT_MONDAY,
    OPERATOR,
    OWNER,
    POLICY,
    SATURDAY,
    STAFF,
    THURSDAY,
    uuid,
)
from tests.stories import PENDING_ID, VAULT

NEW_ID = BOOKING_ID + 9 * 1024
# Booking 123 is Thursday's, and asked for Saturday until then.
ASKED_FOR_SATURDAY = uuid(205)


class Watched:
    """A store that remembers which batches took the head row before they loaded."""

    def __init__(self, store):
        self._store = store
        self.locked: list[bool] = []

    async def transact(self, wanted, decide, *, locked):
        self.locked.append(locked)
        return await self._store.transact(wanted, decide, locked=locked)

    async def committed(self, append):
        return await self._store.committed(append)

    async def draw_ids(self, org_nr, count):
        return await self._store.draw_ids(org_nr, count)


def committed(url, *batch) -> list[Answered]:
    async def all_at_once():
        async with stores.storing(url) as store:
            return await commit(store, VAULT, batch)

    return answered(asyncio.run(all_at_once()))


def answered(outcomes: Iterable[object]) -> list[Answered]:
    outcomes = list(outcomes)
    found = [one for one in outcomes if isinstance(one, Answered)]
    assert len(found) == len(outcomes), outcomes
    return found


def outcome(one: Answered) -> str:
    if one.answer.refused is not None:
        return one.answer.refused.code
    assert one.answer.result is not None
    return str(one.answer.result.outcome.value)


def is_sound(url) -> bool:
    with stores.snapshot(url) as snapshot:
        return verify(snapshot).is_sound


def placing(number: int, start, *, at=LATE, owner=OWNER) -> Call:
    booking_id = NEW_ID + number * 1024
    (wish,) = stories.place(booking_id, start, owner).wishes
    return call(replace(wish, at=at), booking_id=booking_id, command_id=uuid(number))


def saying(number: int, *uploads, at=LATE) -> Call:
    wish = commands.AppendMessage(
        at=at,
        by=OWNER,
        message_id=uuid(700 + number),
        personal=Words(text="See photo."),
        uploads=uploads,
    )
    return call(wish, command_id=uuid(720 + number))


def uploading(number: int, *, is_new: bool) -> UploadCall:
    status = UploadStatus.CREATED if is_new else UploadStatus.COMPLETE
    upload = photo(upload_id=uuid(800 + number), status=status, created_at=LATE)
    return upload_call(upload, is_new=is_new, at=LATE, command_id=uuid(820 + number))


def policy(**rules) -> WorkshopCall:
    wish = commands.ChangePolicy(
        at=LATE, by=OPERATOR, policy=replace(POLICY, rules=Rules(**rules))
    )
    return stories.workshop(wish, at=LATE)


def last_event(url, booking_id: int) -> str:
    stream = f"booking-{booking_id}"
    ((topic, _version), *_older) = sorted(
        stories.rows(url, OF_STREAM.format(stream)), key=lambda row: -row[1]
    )
    return str(topic)


OF_STREAM = """SELECT topic, originator_version FROM stored_events
WHERE originator_id = '{}'"""


def test_the_slot_of_an_expired_hold_is_taken_in_the_commit_that_frees_it(told):
    """The request of booking 123 holds one of the two bays until Thursday at ten."""
    other_bay, too_early, in_time = (
        placing(1, SATURDAY),
        placing(2, SATURDAY, at=THURSDAY - MINUTE),
        placing(3, SATURDAY, at=THURSDAY),
    )

    one, two, three = (
        committed(told, each)[0] for each in (other_bay, too_early, in_time)
    )

    assert [outcome(each) for each in (one, two, three)] == [
        "placed",
        "slot_taken",
        "placed",
    ]
    # The other booking's event comes before the taker's own.
    assert three.position == one.position + 2
    assert last_event(told, BOOKING_ID) == "booking.change_expired"
    assert is_sound(told)


def test_the_slot_of_a_booking_that_nobody_confirmed_is_free_when_it_begins(told):
    """It waits for Friday at ten: its hour is not over at half past."""
    override = commands.Reschedule(
        at=FRIDAY,
        by=MANAGER,
        start=FRIDAY + 30 * MINUTE,
        change_request_id=uuid(30),
        override=Reason(reason="The lift is broken."),
    )

    (moved,) = committed(told, call(override))

    assert outcome(moved) == "rescheduled"
    assert moved.answer.shown is not None
    assert moved.answer.shown.booking.slot.bay == 1
    assert moved.position == stories.EVENTS + 3
    assert last_event(told, PENDING_ID) == "booking.cancelled"
    assert is_sound(told)


def test_a_request_is_answered_from_what_is_stored_of_it(told):
    approve = call(
        commands.Approve(at=LATE, by=STAFF, change_request_id=ASKED_FOR_SATURDAY)
    )
    reject = call(
        commands.Reject(
            at=LATE,
            by=STAFF,
            change_request_id=ASKED_FOR_SATURDAY,
            personal=Note(note="No."),
        )
    )

    outcomes = [committed(told, one)[0] for one in (approve, approve, reject)]

    assert [outcome(one) for one in outcomes] == [
        "approved",
        "unchanged",
        "request_closed",
    ]
    result = outcomes[1].answer.result
    assert result is not None
    assert result.change_request is not None
    assert result.change_request.id == ASKED_FOR_SATURDAY
    assert is_sound(told)


async def by_two(url, *batches):
    """Commit batches by two processes' stores in turn, all at once."""
    async with stores.storing(url) as one, stores.storing(url) as other:
        outcomes = await asyncio.gather(
            *(
                commit((one, other)[turn % 2], VAULT, [batch])
                for turn, batch in enumerate(batches)
            )
        )
    return answered(each for (each,) in outcomes)


def test_of_two_processes_that_place_for_one_owner_none_goes_beyond_the_limit(told):
    committed(told, policy(open_bookings=OpenLimit(limit=3)))
    times = [NEXT_MONDAY + hours * HOUR for hours in (-2, 0, 2, 4)]

    outcomes = asyncio.run(
        by_two(told, *(placing(n, start) for n, start in enumerate(times)))
    )

    # One of the owner's waits for the workshop already.
    assert (
        sorted(map(outcome, outcomes)) == ["placed", "placed"] + ["too_many_open"] * 2
    )


def test_of_two_processes_whose_messages_want_one_upload_one_gets_it(told):
    for is_new in (True, False):
        committed(told, uploading(1, is_new=is_new), uploading(2, is_new=is_new))
    one, both = saying(1, uuid(801)), saying(2, uuid(802), uuid(801))

    outcomes = asyncio.run(by_two(told, one, both))

    assert sorted(map(outcome, outcomes)) == ["message_appended", "upload_unusable"]


def test_a_message_with_exactly_the_uploads_of_a_stored_one_is_that(told):
    committed(told, uploading(1, is_new=True), uploading(1, is_new=False))

    (first,) = committed(told, saying(1, uuid(801)))
    (again,) = committed(told, saying(2, uuid(801)))

    assert first.answer.result is not None
    assert again.answer.result is not None
    assert again.answer.result.message == first.answer.result.message
    assert again.position == first.position


@pytest.mark.parametrize(
    ("batch", "locked"),
    [
        ([saying(1)], False),
        ([saying(1), placing(1, NEXT_MONDAY)], True),
        ([uploading(1, is_new=True)], True),
        ([saying(1, uuid(801))], True),
    ],
    ids=["message", "placing", "upload", "message with an upload"],
)
def test_a_batch_takes_the_head_row_first_for_what_no_constraint_guards(
    told_on_sqlite, batch, locked
):
    async def watched():
        async with stores.storing(told_on_sqlite) as store:
            watching = Watched(store)
            await commit(watching, VAULT, batch)
            return watching.locked

    assert asyncio.run(watched()) == [locked]
