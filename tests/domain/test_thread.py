"""A message of the thread is its event, with the author and the time beside it."""

from domain import events, thread
from domain.personal import Words
from tests.examples import (
    CLIENT_MESSAGE,
    LATE,
    MESSAGE,
    PHOTO,
    REQUEST,
    STAFF,
    origin,
)


def test_a_message_has_all_of_its_event_and_who_wrote_it_when():
    words = Words(text="See photo.", captions=("The dent.",))
    event = events.MessageAppended(
        message_id=MESSAGE,
        client_message_id=CLIENT_MESSAGE,
        attachments=(PHOTO,),
        change_request_id=REQUEST,
        personal=words,
    )

    assert thread.appended(event, origin(LATE, STAFF)) == thread.Message(
        id=MESSAGE,
        client_message_id=CLIENT_MESSAGE,
        author=STAFF,
        personal=words,
        attachments=(PHOTO,),
        change_request_id=REQUEST,
        created_at=LATE,
    )
