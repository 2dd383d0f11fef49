"""What a call's answer says of it, and what it shows without the owner's key."""

import asyncio
from typing import cast

import msgspec
import pytest

from application import answers, bodies, opening
from application.answers import Answered
from application.committer import commit
from application.sealing import WrongKey
from application.stored import Loaded
from application.writing import Keyring
from domain import commands
from domain.allowed import Mode, allowed_actions
from domain.decide import Outcome
from domain.events import MessageAppended
from domain.personal import Words
from domain.thread import appended
from tests import stores, stories
from tests.dsl import given
from tests.examples import (
    BOOKING_ID,
    CONFIRMED,
    FRIDAY,
    INVOICE,
    LATE,
    MESSAGE,
    MONDAY,
    OWNER,
    PHOTO,
    PLACED,
    REQUEST,
    WORKSHOP,
)
from tests.stories import VAULT

MOVE = commands.Reschedule(at=MONDAY, by=OWNER, start=FRIDAY, change_request_id=REQUEST)
LATE_MOVE = commands.Reschedule(
    at=LATE, by=OWNER, start=FRIDAY, change_request_id=REQUEST
)
CANCEL = commands.Cancel(at=MONDAY, by=OWNER, change_request_id=REQUEST)


def said(text, *uploads, captions=()):
    return commands.AppendMessage(
        at=MONDAY,
        by=OWNER,
        message_id=MESSAGE,
        uploads=uploads,
        personal=Words(text=text, captions=captions),
    )


def told(*wishes):
    scenario = given(PLACED, CONFIRMED).with_uploads(PHOTO, INVOICE).when(*wishes)
    request = scenario.booking.open_request
    return answers.result(scenario.decided, request=request, message=None)


@pytest.mark.parametrize(
    ("wishes", "changed"),
    [
        ([MOVE], ("service_start_time",)),
        ([CANCEL], ("status",)),
        ([said("Hello.")], ("message",)),
        ([said(None, PHOTO.upload_id)], ("attachments",)),
        (
            [MOVE, said("Look.", PHOTO.upload_id)],
            ("service_start_time", "message", "attachments"),
        ),
        ([LATE_MOVE, said("Please.")], ("message",)),
        ([LATE_MOVE], ()),
    ],
)
def test_what_took_effect_is_named(wishes, changed):
    assert told(*wishes).changed == changed


def test_only_what_was_asked_has_a_request():
    asked, moved = told(LATE_MOVE), told(MOVE)

    assert asked.outcome is Outcome.CHANGE_REQUESTED
    assert asked.change_request is not None
    assert asked.change_request.id == REQUEST
    assert moved.change_request is None


def test_a_message_shows_its_attachments_with_their_captions():
    wish = said("Look.", PHOTO.upload_id, INVOICE.upload_id, captions=("Dent", None))
    scenario = given(PLACED).with_uploads(PHOTO, INVOICE).when(wish)
    ((recorded,), opens) = scenario.recorded, opening.Opener("booking-123", None)

    message = appended(cast("MessageAppended", recorded.event), recorded.origin)
    body = bodies.message_body(message, opens)

    assert body.text == "Look."
    assert [(a.caption, a.content_type, a.size) for a in body.attachments] == [
        ("Dent", "image/jpeg", 1234),
        (None, "application/pdf", 99),
    ]


def test_without_the_owners_key_what_is_personal_is_null(store_url):
    stories.told(store_url)
    stores.execute(store_url, "DELETE FROM owner_key")

    async def read():
        async with stores.reading(store_url) as reader:
            return await reader.booking(BOOKING_ID)

    found = asyncio.run(read())
    assert found is not None
    body = bodies.seen(found, VAULT, LATE)
    assert body.vehicle.plate is None
    assert body.vehicle.make == "Volvo"


def test_without_the_owners_key_what_comes_is_sealed_with_a_new_one(store_url):
    stories.told(store_url)
    stores.execute(store_url, "DELETE FROM owner_key")
    wish = stories.message("Hello.", at=LATE, number=50)

    async def write():
        async with stores.storing(store_url) as store:
            return await commit(store, VAULT, [stories.call(BOOKING_ID, OWNER, wish)])

    (answered,) = asyncio.run(write())
    assert isinstance(answered, Answered)
    ((owner, wrapped),) = stories.rows(
        store_url, "SELECT owner, wrapped FROM owner_key"
    )
    assert owner == OWNER.id
    assert answered.owner_key == bytes(wrapped)


def test_a_key_opens_only_what_it_is_of():
    keyring = Keyring(Loaded().owner_keys, VAULT)
    wrapped = keyring.make("owner-1")

    assert keyring.box("owner-1", None) is None
    with pytest.raises(WrongKey):
        keyring.box("owner-2", wrapped)


def test_an_answer_survives_being_kept():
    scenario = given(PLACED, CONFIRMED).when(MOVE, said("Hello."))
    answer = answers.Answer(
        status=answers.OK,
        request_id=REQUEST,
        generated_at=MONDAY,
        shown=answers.show(scenario.booking, WORKSHOP, MONDAY),
        result=answers.result(scenario.decided, request=None, message=None),
    )

    kept = msgspec.json.encode(answer)

    assert msgspec.json.decode(kept, type=answers.Answer) == answer


def test_what_is_allowed_is_judged_at_the_calls_time():
    booking = given(PLACED, CONFIRMED).when(said("Hi.")).booking

    early = allowed_actions(booking, WORKSHOP.policy, MONDAY)
    late = allowed_actions(booking, WORKSHOP.policy, LATE)

    assert (early.reschedule.mode, late.reschedule.mode) == (Mode.DIRECT, Mode.REQUEST)
