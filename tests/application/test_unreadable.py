"""What is stored and cannot be read fails whoever needs it, and nobody else."""

import asyncio

import pytest

from application.answers import Answered
from application.committer import commit
from application.failures import Unreadable
from application.stored import KeptAnswer, KeyId
from application.streams import LogEntry, readable
from domain import commands
from domain.identity import booking_stream
from domain.structs import replace
from tests import stores, stories
from tests.batches import call, decided, stored, story, workshop_call
from tests.examples import (
    ASKED_FOR_FRIDAY,
    BOOKING_ID,
    CONFIRMED,
    DAY,
    FRIDAY,
    HOUR,
    LATE,
    MANAGER,
    MONDAY,
    NEXT_MONDAY,
    ORG_NR,
    OTHER_BOOKING_ID,
    OTHER_OWNER,
    OWNER,
    PLACED,
    POLICY,
    THURSDAY,
    move,
    say,
    slot,
    uuid,
)
from tests.stories import VAULT

BOOKED = story(PLACED, CONFIRMED)
REQUEST_OF_THE_STORY = uuid(204)
BROKEN = Unreadable("broken")
ONCE = KeyId(caller=OWNER.id, scope=booking_stream(BOOKING_ID), key="once")
OTHERS = story(
    replace(
        PLACED,
        booking_id=OTHER_BOOKING_ID,
        owner=OTHER_OWNER.id,
        group_id=uuid(77),
        slot=slot(FRIDAY + DAY),
    ),
    CONFIRMED,
    replace(ASKED_FOR_FRIDAY, change_request_id=uuid(78), expires_at=THURSDAY),
)


def test_a_workshop_fails_its_bookings_and_its_own_changes():
    loaded = stored(BOOKED, workshop=None)
    loaded.workshop_faults[ORG_NR] = BROKEN
    wish = commands.ChangePolicy(at=MONDAY, by=MANAGER, policy=POLICY)

    found = decided(loaded, call(say()), workshop_call(wish))

    assert list(found.outcomes) == [BROKEN, BROKEN]
    assert not found.append


def test_a_kept_answer_fails_whoever_asks_for_it_again():
    kept = {ONCE: KeptAnswer(fingerprint=b"a", answer=b"{}", position=42)}
    again = replace(call(say()), key=ONCE, fingerprint=b"a")

    found = decided(stored(BOOKED, keys_kept=kept), again)

    assert isinstance(found.error, Unreadable)
    assert not found.append


def test_a_booking_that_the_clock_freed_fails_who_wants_its_place():
    mine = story(replace(PLACED, slot=slot(NEXT_MONDAY)))
    loaded = stored(mine, OTHERS, faults={OTHER_BOOKING_ID: BROKEN})
    del loaded.bookings[OTHER_BOOKING_ID]
    aside = call(move(to=FRIDAY + 2 * HOUR, at=THURSDAY, request=uuid(79)))

    found = decided(loaded, call(move(to=FRIDAY, at=THURSDAY)), aside)

    failed, moved = found.outcomes
    assert failed is BROKEN
    assert not isinstance(moved, Exception)
    assert found.events == [(BOOKING_ID, "rescheduled")]


@pytest.mark.parametrize(
    "state",
    [
        b"no json",
        (
            b'{"at": "2026-02-09T10:00:00Z", "actor": {"role": "owner", "id": "o"},'
            b' "request_id": "00000000-0000-7000-8000-000000000001", "prev": "",'
            b' "command_id": "00000000-0000-7000-8000-000000000001",'
            b' "event": {"type": "booking.towed"}}'
        ),
    ],
    ids=["damaged", "of a later release"],
)
def test_an_event_that_cannot_be_read_says_where_it_is(state):
    entry = LogEntry(position=7, version=1, topic="booking.towed", state=state)

    with pytest.raises(Unreadable, match="event at 7: "):
        readable(entry)


@pytest.mark.parametrize(
    "damage",
    [
        f"booking SET state = {{}} WHERE id = {BOOKING_ID}",
        "change_request SET state = {}",
        f"message SET state = {{}} WHERE booking_id = {BOOKING_ID}",
    ],
)
def test_a_row_fails_its_own_calls_alone(told, damage):
    row = stories.literal(told, b"{}")
    stores.execute(told, f"UPDATE {damage.format(row)}")
    own = stories.call(
        BOOKING_ID,
        OWNER,
        commands.Withdraw(at=LATE, by=OWNER, change_request_id=REQUEST_OF_THE_STORY),
        stories.message("Are you?", at=LATE, number=501, twin=True),
    )
    wish = stories.message("Hello.", at=LATE, number=502, by=OTHER_OWNER)
    others = stories.call(OTHER_BOOKING_ID, OTHER_OWNER, wish)

    async def both():
        async with stores.storing(told) as store:
            return await commit(store, VAULT, [own, others])

    failed, answered = asyncio.run(both())

    assert isinstance(failed, Unreadable)
    assert isinstance(answered, Answered)


def test_a_workshops_row_ends_no_process(told):
    row = stories.literal(told, b"{}")
    stores.execute(told, f"UPDATE workshop SET state = {row}")  # noqa: S608 - by hand
    wish = stories.message("Hello.", at=LATE, number=503)

    async def one():
        async with stores.storing(told) as store:
            return await commit(store, VAULT, [stories.call(BOOKING_ID, OWNER, wish)])

    (failed,) = asyncio.run(one())

    assert isinstance(failed, Unreadable)
