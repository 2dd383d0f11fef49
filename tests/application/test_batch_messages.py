"""Messages within a batch: uploads are used once, and what is sent twice is one."""

import pytest

from application.stored import UploadStatus
from domain.structs import replace
from tests.batches import Decided, call, decided, photo, stored, story
from tests.dsl import By
from tests.examples import (
    BOOKING_ID,
    CLIENT_MESSAGE,
    CONFIRMED,
    FRIDAY,
    INVOICE,
    MESSAGE,
    NEXT_MESSAGE,
    OTHER_BOOKING_ID,
    OTHER_OWNER,
    OTHER_UPLOAD,
    OWNER,
    PHOTO,
    PLACED,
    SAID_HELLO,
    STAFF,
    UPLOAD,
    move,
    say,
    slot,
    uuid,
)

BOOKED = story(PLACED, CONFIRMED)
NAMED = replace(SAID_HELLO, client_message_id=CLIENT_MESSAGE)
OF_PHOTO = replace(SAID_HELLO, attachments=(PHOTO,))
USED = photo(message_id=MESSAGE)
PAPER = replace(
    photo(), id=OTHER_UPLOAD, content_type=INVOICE.content_type, size=INVOICE.size
)


def again(text="Again.", **members):
    return say(text, message=NEXT_MESSAGE, **members)


def code(found) -> str | None:
    refused = found.answers[-1].answer.refused
    return None if refused is None else refused.code


def message_of(found: Decided):
    result = found.answers[-1].answer.result
    assert result is not None
    return result.message


def test_a_message_is_stored_and_told():
    found = decided(stored(BOOKED), call(say()))

    message = message_of(found)
    assert message is not None
    assert (message.id, message.author) == (MESSAGE, OWNER)
    assert found.events == [(BOOKING_ID, "message_appended")]


def test_an_upload_is_attached_as_it_was_found_to_be_and_is_used_then():
    wish = say(uploads=(UPLOAD, OTHER_UPLOAD))

    found = decided(stored(BOOKED, uploads=[photo(), PAPER]), call(wish))

    message = message_of(found)
    assert message is not None
    assert message.attachments == (PHOTO, INVOICE)
    assert found.append.changed_uploads == [
        replace(photo(), message_id=MESSAGE),
        replace(PAPER, message_id=MESSAGE),
    ]
    assert found.append.new_uploads == []


@pytest.mark.parametrize(
    "upload",
    [
        None,
        photo(status=UploadStatus.CREATED),
        photo(status=UploadStatus.DOOMED),
        photo(message_id=uuid(90)),
        photo(booking_id=OTHER_BOOKING_ID),
        photo(owner=OTHER_OWNER.id),
    ],
    ids=["unknown", "incomplete", "doomed", "used", "of another booking", "another's"],
)
def test_an_upload_that_the_message_may_not_have_is_refused(upload):
    uploads = [] if upload is None else [upload]

    found = decided(stored(BOOKED, uploads=uploads), call(say(uploads=(UPLOAD,))))

    refused = found.answer.answer.refused
    assert refused is not None
    assert (refused.code, refused.pointers) == (
        "upload_unusable",
        ("/attachments/0/upload_id",),
    )
    assert not found.append


def test_what_a_message_of_the_batch_used_is_used():
    found = decided(
        stored(BOOKED, uploads=[photo(), PAPER]),
        call(say(uploads=(UPLOAD,))),
        call(again(uploads=(UPLOAD, OTHER_UPLOAD))),
    )

    assert code(found) == "upload_unusable"
    assert found.answers[1].answer.refused.pointers == (  # type: ignore[union-attr]
        "/attachments/0/upload_id",
    )


def test_a_refused_call_uses_no_upload():
    wish = say(uploads=(UPLOAD,))
    nowhere = move(to=FRIDAY.replace(hour=3))

    found = decided(stored(BOOKED, uploads=[photo()]), call(nowhere, wish), call(wish))

    assert [one.answer.status for one in found.answers] == [409, 200]
    assert found.append.changed_uploads == [replace(photo(), message_id=MESSAGE)]


def twin(found: Decided) -> bool:
    """Return whether the last message was told to be the stored one."""
    message = message_of(found)
    assert message is not None
    result = found.answers[-1].answer.result
    assert result is not None
    is_twin: bool = message.id == MESSAGE
    if is_twin:
        assert result.changed == ()
    return is_twin


def test_a_message_with_a_known_name_is_the_stored_one_and_its_first_text_stands():
    found = decided(
        stored(story(PLACED, CONFIRMED, NAMED)),
        call(again(client_message_id=CLIENT_MESSAGE)),
    )

    assert twin(found)
    assert found.answer.answer.result.outcome.value == "message_appended"  # type: ignore[union-attr]
    assert not found.append


@pytest.mark.parametrize(
    ("by", "name"),
    [(OWNER, uuid(91)), (OWNER, None), (STAFF, CLIENT_MESSAGE)],
    ids=["another name", "no name", "another author"],
)
def test_a_message_with_another_name_or_author_is_another(by, name):
    wish = replace(again(client_message_id=name), by=by)

    found = decided(stored(story(PLACED, CONFIRMED, NAMED)), call(wish))

    assert not twin(found)
    assert found.events == [(BOOKING_ID, "message_appended")]


def test_a_name_is_one_of_its_booking():
    other = story(replace(PLACED, booking_id=OTHER_BOOKING_ID, slot=slot(FRIDAY)))

    found = decided(
        stored(story(PLACED, CONFIRMED, NAMED), other),
        call(again(client_message_id=CLIENT_MESSAGE), booking_id=OTHER_BOOKING_ID),
    )

    assert not twin(found)


def test_twins_of_one_batch_are_one_message():
    found = decided(
        stored(BOOKED),
        call(say(client_message_id=CLIENT_MESSAGE)),
        call(again(client_message_id=CLIENT_MESSAGE)),
    )

    assert twin(found)
    assert found.events == [(BOOKING_ID, "message_appended")]


def test_a_message_with_exactly_the_uploads_of_a_stored_one_is_that():
    found = decided(
        stored(story(PLACED, CONFIRMED, OF_PHOTO), uploads=[USED]),
        call(again(uploads=(UPLOAD,))),
    )

    assert twin(found)
    assert not found.append


def test_uploads_tell_a_twin_whatever_new_name_it_has_and_in_any_order():
    both = replace(SAID_HELLO, attachments=(PHOTO, INVOICE))

    found = decided(
        stored(
            story(PLACED, CONFIRMED, both),
            uploads=[USED, replace(PAPER, message_id=MESSAGE)],
        ),
        call(again(uploads=(OTHER_UPLOAD, UPLOAD), client_message_id=CLIENT_MESSAGE)),
    )

    assert twin(found)


def test_twins_by_their_uploads_in_one_batch_are_one_message():
    found = decided(
        stored(BOOKED, uploads=[photo()]),
        call(say(uploads=(UPLOAD,))),
        call(again(uploads=(UPLOAD,))),
    )

    assert twin(found)
    assert found.append.changed_uploads == [replace(photo(), message_id=MESSAGE)]


@pytest.mark.parametrize(
    ("history", "uploads", "wish"),
    [
        ((OF_PHOTO,), [USED, PAPER], again(uploads=(UPLOAD, OTHER_UPLOAD))),
        (
            (replace(SAID_HELLO, attachments=(PHOTO, INVOICE)),),
            [USED, replace(PAPER, message_id=MESSAGE)],
            again(uploads=(UPLOAD,)),
        ),
        ((By(STAFF, OF_PHOTO),), [USED], again(uploads=(UPLOAD,))),
    ],
    ids=["more of them", "fewer of them", "another author's"],
)
def test_other_uploads_or_another_author_are_no_twin_but_used_elsewhere(
    history, uploads, wish
):
    found = decided(
        stored(story(PLACED, CONFIRMED, *history), uploads=uploads), call(wish)
    )

    assert code(found) == "upload_unusable"


def test_a_message_of_another_booking_is_no_twin():
    other = story(replace(PLACED, booking_id=OTHER_BOOKING_ID, slot=slot(FRIDAY)))

    found = decided(
        stored(story(PLACED, CONFIRMED, OF_PHOTO), other, uploads=[USED]),
        call(again(uploads=(UPLOAD,)), booking_id=OTHER_BOOKING_ID),
    )

    assert code(found) == "upload_unusable"


def test_text_alone_is_never_a_twin():
    found = decided(stored(story(PLACED, CONFIRMED, SAID_HELLO)), call(again("Hello.")))

    assert not twin(found)


def test_a_twin_beside_an_action_is_told_with_the_actions_outcome():
    found = decided(
        stored(story(PLACED, CONFIRMED, NAMED)),
        call(move(to=FRIDAY), again(client_message_id=CLIENT_MESSAGE)),
    )

    result = found.answer.answer.result
    assert result is not None
    assert result.outcome.value == "rescheduled"
    assert result.changed == ("service_start_time",)
    assert result.message is not None
    assert result.message.id == MESSAGE
    assert found.events == [(BOOKING_ID, "rescheduled")]
