"""Uploads within a batch: announced, complete once, and nobody else's."""

import pytest

from application.calls import NotFound, PreconditionFailed
from application.stored import KeyId, UploadStatus
from domain.booking import THREAD_STAYS_OPEN
from domain.identity import booking_stream
from domain.structs import replace
from tests.batches import KEY, call, decided, photo, stored, story, upload_call
from tests.examples import (
    BOOKING_ID,
    CALL,
    CONFIRMED,
    HOUR,
    MESSAGE,
    MINUTE,
    MONDAY,
    OTHER_BOOKING_ID,
    OTHER_OWNER,
    OWNER,
    PLACED,
    STARTED,
    THURSDAY,
    UPLOAD,
    say,
    uuid,
)

BOOKED = story(PLACED, CONFIRMED)
ANNOUNCED = photo(status=UploadStatus.CREATED)
COMPLETE = photo()
OTHER_BYTES = replace(COMPLETE, stored_sha256=bytes([2]) * 32)
CLOSES = THURSDAY + HOUR + THREAD_STAYS_OPEN
ONCE = KeyId(caller=OWNER.id, scope=booking_stream(BOOKING_ID), key="once")


def announce(upload=ANNOUNCED, **members):
    return upload_call(upload, is_new=True, **members)


def bring(upload=COMPLETE, **members):
    return upload_call(upload, is_new=False, **members)


def code(found) -> str | None:
    refused = found.answers[-1].answer.refused
    return None if refused is None else refused.code


def test_an_upload_is_announced():
    found = decided(stored(BOOKED), announce())

    answer = found.answer.answer
    assert (answer.status, answer.upload) == (201, ANNOUNCED)
    assert (answer.request_id, answer.generated_at) == (CALL, MONDAY)
    assert found.append.new_uploads == [ANNOUNCED]
    assert found.append.changed_uploads == []
    assert found.events == []
    assert (found.answer.position, found.answer.owner_key) == (102, KEY)


def test_its_bytes_make_it_complete():
    found = decided(stored(BOOKED, uploads=[ANNOUNCED]), bring())

    assert (found.answer.answer.status, found.answer.answer.upload) == (200, COMPLETE)
    assert found.append.changed_uploads == [COMPLETE]
    assert found.append.new_uploads == []


def test_the_same_bytes_again_change_nothing():
    found = decided(stored(BOOKED, uploads=[COMPLETE]), bring())

    assert (found.answer.answer.status, found.answer.answer.upload) == (200, COMPLETE)
    assert not found.append


def test_the_same_bytes_again_leave_what_uses_them_in_place():
    used = replace(COMPLETE, message_id=MESSAGE)

    found = decided(stored(BOOKED, uploads=[used]), bring())

    assert found.answer.answer.upload == used
    assert not found.append


def test_other_bytes_do_not_take_the_place_of_the_first():
    found = decided(stored(BOOKED, uploads=[COMPLETE]), bring(OTHER_BYTES))

    assert (found.answer.answer.status, code(found)) == (409, "upload_complete")
    assert found.answer.owner_key == KEY
    assert not found.append


def test_of_two_who_bring_bytes_at_once_the_first_are_kept():
    found = decided(
        stored(BOOKED, uploads=[ANNOUNCED]), bring(), bring(OTHER_BYTES), bring()
    )

    assert [one.answer.status for one in found.answers] == [200, 409, 200]
    assert found.append.changed_uploads == [COMPLETE]


def test_what_the_batch_announced_and_completed_can_be_used_in_it():
    found = decided(stored(BOOKED), announce(), bring(), call(say(uploads=(UPLOAD,))))

    assert [one.answer.status for one in found.answers] == [201, 200, 200]
    assert found.append.new_uploads == [ANNOUNCED]
    assert found.append.changed_uploads == [replace(COMPLETE, message_id=MESSAGE)]


@pytest.mark.parametrize(
    "known",
    [
        None,
        replace(ANNOUNCED, owner=OTHER_OWNER.id),
        replace(ANNOUNCED, booking_id=OTHER_BOOKING_ID),
        photo(status=UploadStatus.DOOMED),
    ],
    ids=["unknown", "another's", "another booking's", "to be removed"],
)
def test_bytes_for_what_is_not_the_owners_on_that_booking_find_nothing(known):
    uploads = [] if known is None else [known]

    found = decided(stored(BOOKED, uploads=uploads), bring())

    assert isinstance(found.error, NotFound)
    assert not found.append


@pytest.mark.parametrize(
    "one",
    [
        announce(owner=OTHER_OWNER.id),
        announce(booking_id=OTHER_BOOKING_ID),
        bring(owner=OTHER_OWNER.id),
    ],
)
def test_an_upload_to_a_booking_that_is_not_theirs_finds_none(one):
    found = decided(stored(BOOKED, uploads=[ANNOUNCED]), one)

    assert isinstance(found.error, NotFound)


@pytest.mark.parametrize("one", [announce, bring])
def test_nothing_is_uploaded_once_the_thread_is_closed(one):
    loaded = stored(BOOKED, uploads=[ANNOUNCED] if one is bring else [])

    late = decided(loaded, one(at=CLOSES + MINUTE))

    assert (late.answer.answer.status, code(late)) == (409, "thread_closed")
    assert not late.append


@pytest.mark.parametrize("one", [announce, bring])
def test_at_the_last_moment_of_the_thread_it_still_is(one):
    loaded = stored(BOOKED, uploads=[ANNOUNCED] if one is bring else [])

    assert code(decided(loaded, one(at=CLOSES))) is None


def test_the_same_announcement_again_is_the_first_one():
    first = announce(key=ONCE, fingerprint=b"a")
    again = announce(replace(ANNOUNCED, id=uuid(88)), key=ONCE, fingerprint=b"a")

    found = decided(stored(BOOKED), first, again)

    one, two = found.answers
    assert two.is_replay
    assert two.answer == one.answer
    assert found.append.new_uploads == [ANNOUNCED]
    assert len(found.append.answers) == 1


@pytest.mark.parametrize(("tag", "is_met"), [('"3"', True), ('"2"', False)])
def test_an_upload_can_depend_on_the_bookings_revision(tag, is_met):
    started = story(PLACED, CONFIRMED, STARTED)

    found = decided(stored(started), announce(if_match=(tag,)))

    assert isinstance(found.outcomes[0], PreconditionFailed) is not is_met


def test_its_condition_counts_what_the_clock_did():
    found = decided(stored(story(PLACED)), announce(if_match=('"1"',), at=THURSDAY))

    assert isinstance(found.error, PreconditionFailed)
