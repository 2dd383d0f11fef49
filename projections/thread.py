"""Messages of a booking: a row each, written once and never changed."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from uuid import UUID

import msgspec

from domain import events
from domain import thread as threads
from domain.events import BookingEvent, Recorded
from domain.thread import Message
from projections.projection import Projection

_encode = msgspec.json.Encoder().encode
thread = Projection[Message](
    "thread",
    ignores=(
        events.Placed,
        events.Confirmed,
        events.Rescheduled,
        events.Cancelled,
        events.Started,
        events.Completed,
        events.NoShowRecorded,
        events.Marked,
        events.ChangeRequested,
        events.ChangeSuperseded,
        events.ChangeCountered,
        events.ChangeApproved,
        events.ChangeRejected,
        events.ChangeWithdrawn,
        events.ChangeExpired,
        events.Erased,
    ),
)


@thread.on(events.MessageAppended)
def _(_latest: Message | None, recorded: Recorded[events.MessageAppended]) -> Message:
    return threads.appended(recorded.event, recorded.origin)


class MessageRow(NamedTuple):
    """`version` and `ordinal` are those of the event that appended it."""

    id: UUID
    booking_id: int
    version: int
    author: str
    client_message_id: UUID | None
    state: bytes
    ordinal: int


def rows(
    booking_id: int, happened: Iterable[tuple[Recorded[BookingEvent], int]]
) -> Iterator[MessageRow]:
    """Yield a row for each message among events with their ordinals."""
    for recorded, ordinal in happened:
        message = thread.apply(None, recorded)
        if message is not None:
            yield MessageRow(
                id=message.id,
                booking_id=booking_id,
                version=recorded.version,
                author=message.author.id,
                client_message_id=message.client_message_id,
                state=_encode(message),
                ordinal=ordinal,
            )
