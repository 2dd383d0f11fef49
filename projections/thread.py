"""Messages of a booking: a row each, written once and never changed."""

from domain import events
from domain import thread as threads
from domain.events import Recorded
from domain.thread import Message
from projections.projection import Projection

thread = Projection[Message](
    "thread",
    ignores=(
        events.Placed,
        events.Confirmed,
        events.Rescheduled,
        events.Cancelled,
        events.ChangeRequested,
        events.ChangeSuperseded,
    ),
)


@thread.on(events.MessageAppended)
def _(_latest: Message | None, recorded: Recorded[events.MessageAppended]) -> Message:
    return threads.appended(recorded)
