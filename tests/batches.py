"""A batch decided against what a test says is stored: the same as a store would load.

Bookings are given by their histories, one event after the other; all else that a store
keeps of them follows from those.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from adapters.vault import AesVault
from application import codec
from application.answers import Answered
from application.batch import Batch
from application.calls import AnyCall, Call, UploadCall, WorkshopCall
from application.failures import Unreadable
from application.kept import Pending
from application.stored import (
    Append,
    Head,
    KeptAnswer,
    KeyId,
    Loaded,
    StoredBooking,
    StoredRequest,
    StoredWorkshop,
    TwinId,
    Upload,
    UploadStatus,
)
from domain import events, identity, requests, thread
from domain.booking import Booking, Status, fold
from domain.commands import BookingCommand, WorkshopCommand
from domain.events import BookingEvent, Recorded
from domain.workshop import Workshop
from tests.dsl import By, actor_of
from tests.examples import (
    BOOKING_ID,
    CALL,
    COMMAND,
    LAST_WEEK,
    MONDAY,
    ORG_NR,
    OWNER,
    PHOTO,
    WORKSHOP,
    origin,
)

VAULT = AesVault(bytes(32))
KEY = VAULT.new_key(OWNER.id)
"""The owner's, wrapped."""


class Story(NamedTuple):
    """What happened to a booking: its events in their order."""

    booking_id: int
    recorded: tuple[Recorded[BookingEvent], ...]

    @property
    def booking(self) -> Booking:
        booking = fold(self.recorded)
        assert booking is not None
        return booking


def story(*history: BookingEvent | By, at: datetime = LAST_WEEK) -> Story:
    """Return what happened to the booking that `history` begins with, sealed."""
    placed = history[0]
    assert isinstance(placed, events.Placed)
    box = VAULT.box(OWNER.id, KEY)
    stream_id = identity.booking_stream(placed.booking_id)
    return Story(
        placed.booking_id,
        tuple(
            codec.seal(
                Recorded(version=version, origin=origin(at, actor), event=event),
                stream_id,
                box,
            )
            for version, (actor, event) in enumerate(map(actor_of, history), start=1)
        ),
    )


def stored(
    *stories: Story,
    workshop: Workshop | None = WORKSHOP,
    uploads: Iterable[Upload] = (),
    keys: dict[str, bytes] | None = None,
    keys_kept: dict[KeyId, KeptAnswer] | None = None,
    faults: dict[int, Unreadable] | None = None,
) -> Loaded:
    """Return what a store with these bookings, uploads and a workshop would load.

    `keys` are owners', `keys_kept` those of answers.
    """
    loaded = Loaded(
        uploads={upload.id: upload for upload in uploads},
        owner_keys={OWNER.id: KEY} if keys is None else keys,
        keys=keys_kept or {},
        faults=faults or {},
    )
    if workshop is not None:
        head = _head(1, LAST_WEEK)
        loaded.workshops[ORG_NR] = StoredWorkshop(head=head, workshop=workshop)
    for one in stories:
        _store(one, loaded)
    return loaded


def _store(one: Story, loaded: Loaded) -> None:
    booking = one.booking
    at_workshop = (booking.owner, booking.org_nr)
    loaded.bookings[booking.id] = StoredBooking(
        head=_head(len(one.recorded), one.recorded[-1].origin.at), booking=booking
    )
    loaded.holds.extend(booking.holds())
    loaded.groups.add((*at_workshop, booking.group_id))
    if booking.status is Status.PENDING:
        loaded.pending.setdefault(at_workshop, {})[booking.id] = booking.slot.start
    request = None
    for recorded in one.recorded:
        request = requests.evolve(request, recorded)
        if request is not None:
            loaded.requests[request.id] = StoredRequest(
                booking_id=booking.id, request=request
            )
        if isinstance(recorded.event, events.MessageAppended):
            _store_message(booking.id, recorded.event, recorded, loaded)


def _store_message(
    booking_id: int,
    event: events.MessageAppended,
    recorded: Recorded[BookingEvent],
    loaded: Loaded,
) -> None:
    message = thread.appended(event, recorded.origin)
    author = message.author.id
    loaded.upload_messages[message.id] = (author, message)
    if event.client_message_id is not None:
        named = TwinId(
            booking_id=booking_id,
            author=author,
            client_message_id=event.client_message_id,
        )
        loaded.twins[named] = message


def _head(version: int, at: datetime) -> Head:
    return Head(version=version, chain=bytes(32), at=at, position=100 + version)


class Decided(NamedTuple):
    """What a batch led to: an outcome for each call, and what is to be written."""

    outcomes: Sequence[Pending | Exception]
    append: Append

    @property
    def answers(self) -> list[Answered]:
        """The answers, as if the log had ended at position 1000."""
        assert all(isinstance(one, Pending) for one in self.outcomes), self.outcomes
        return [one.after(1000) for one in self.outcomes if isinstance(one, Pending)]

    @property
    def answer(self) -> Answered:
        """The only one."""
        (one,) = self.answers
        return one

    @property
    def error(self) -> Exception:
        (one,) = self.outcomes
        assert isinstance(one, Exception)
        return one

    @property
    def written(self) -> list[tuple[int, Recorded[BookingEvent]]]:
        """Bookings' events in the order of the log, with the bookings' ids."""
        by_ordinal = {
            ordinal: (booking_id, recorded)
            for booking_id, change in self.append.bookings.items()
            for ordinal, recorded in zip(change.ordinals, change.recorded, strict=True)
        }
        assert len(self.append.stored) >= len(by_ordinal)
        return [by_ordinal[ordinal] for ordinal in sorted(by_ordinal)]

    @property
    def events(self) -> list[tuple[int, str]]:
        """Their tags, without `booking.`, in the order of the log."""
        return [
            (booking_id, codec.tag_of(recorded.event).removeprefix("booking."))
            for booking_id, recorded in self.written
        ]


def decided(loaded: Loaded, *calls: AnyCall) -> Decided:
    batch = Batch(loaded, VAULT)
    return Decided([batch.run(call) for call in calls], batch.append)


def call(*wishes: BookingCommand, booking_id: int = BOOKING_ID, **more: Any) -> Call:
    """Return a call whose time and actor are those of its first wish."""
    first = wishes[0] if wishes else None
    members: dict[str, Any] = {
        "command_id": COMMAND,
        "request_id": CALL,
        "at": first.at if first else MONDAY,
        "actor": first.by if first else OWNER,
    }
    return Call(booking_id=booking_id, wishes=wishes, **(members | more))


def workshop_call(wish: WorkshopCommand, **more: Any) -> WorkshopCall:
    members: dict[str, Any] = {
        "command_id": COMMAND,
        "request_id": CALL,
        "at": wish.at,
        "actor": wish.by,
        "org_nr": ORG_NR,
    }
    return WorkshopCall(wish=wish, **(members | more))


def upload_call(
    upload: Upload, *, is_new: bool, at: datetime = MONDAY, **more: Any
) -> UploadCall:
    members: dict[str, Any] = {
        "command_id": COMMAND,
        "request_id": CALL,
        "at": at,
        "actor": OWNER,
        "booking_id": BOOKING_ID,
        "owner": OWNER.id,
    }
    return UploadCall(upload=upload, is_new=is_new, **(members | more))


def photo(
    *,
    upload_id: UUID = PHOTO.upload_id,
    status: UploadStatus = UploadStatus.COMPLETE,
    **members: Any,
) -> Upload:
    """Return the owner's photo of a dent, complete and used by no message yet."""
    is_there = status is not UploadStatus.CREATED
    said: dict[str, Any] = {
        "booking_id": BOOKING_ID,
        "owner": OWNER.id,
        "name": "dent.jpg",
        "size": PHOTO.size,
        "sha256": bytes([1]) * 32,
        "content_type": PHOTO.content_type if is_there else None,
        "stored_sha256": bytes([1]) * 32 if is_there else None,
        "message_id": None,
        "created_at": LAST_WEEK,
    }
    return Upload(id=upload_id, status=status, **(said | members))
