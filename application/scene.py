"""What a batch knows of bookings, workshops and all around them, as it goes on.

It begins as what was loaded. What a call does is taken over as a whole, after it was
decided, and adds to the one `Append` of the batch.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from application.calls import Call
from application.sealing import Vault
from application.stored import (
    Append,
    BookingChange,
    Loaded,
    StoredRequest,
    Upload,
    UploadStatus,
    WorkshopChange,
)
from application.wanted import twin_id
from application.writing import Ends, Keyring, Written, write
from domain import booking as bookings
from domain import clock, commands, events, identity, requests, thread
from domain.booking import Booking, Status
from domain.changes import ChangeRequest
from domain.events import Attachment, BookingEvent, Recorded, WorkshopEvent
from domain.slots import Occupancy
from domain.structs import replace
from domain.thread import Message
from domain.workshop import Workshop


class Scene:
    """`has_let_go`: it took a slot that it holds no more, of which no row will tell."""

    def __init__(self, loaded: Loaded, vault: Vault) -> None:
        self.append = Append()
        self.has_let_go = False
        self.ends = Ends(loaded)
        self.keyring = Keyring(loaded.owner_keys, vault)
        self.occupancy = Occupancy(loaded.holds)
        self.uploads = dict(loaded.uploads)
        self.workshops = {k: stored.workshop for k, stored in loaded.workshops.items()}
        self.bookings = {k: stored.booking for k, stored in loaded.bookings.items()}
        self._faults = loaded.faults
        self._workshop_faults = loaded.workshop_faults
        self._twins = dict(loaded.twins)
        self._requests = dict(loaded.requests)
        self._messages = dict(loaded.upload_messages)
        self._pending = {k: dict(starts) for k, starts in loaded.pending.items()}
        self._groups = set(loaded.groups)

    def booking(self, booking_id: int) -> Booking | None:
        """Return the booking as its events say, if there is one.

        Raises `Unreadable`.
        """
        if booking_id in self._faults:
            raise self._faults[booking_id]
        return self.bookings.get(booking_id)

    def workshop(self, org_nr: int) -> Workshop | None:
        """Return the workshop, if there is one. Raises `Unreadable`."""
        if org_nr in self._workshop_faults:
            raise self._workshop_faults[org_nr]
        return self.workshops.get(org_nr)

    def owned(self, owner: str) -> list[Booking]:
        """Return all bookings of `owner`.

        Raises `Unreadable` when any booking is: whose it is nobody can say.
        """
        for unreadable in self._faults.values():
            raise unreadable
        return [b for b in self.bookings.values() if b.owner == owner]

    def request(
        self, booking_id: int, request_id: UUID, now: datetime
    ) -> ChangeRequest | None:
        """Return the booking's change request as it is at `now`, if it has such one."""
        stored = self._requests.get(request_id)
        if stored is None or stored.booking_id != booking_id:
            return None
        return clock.request_at(stored.request, now)

    def pending_elsewhere(self, wish: commands.Place) -> int:
        """Count the owner's other bookings that wait for the workshop."""
        starts = self._pending.get((wish.owner, wish.org_nr), {})
        return sum(start > wish.at for start in starts.values())

    def knows_group(self, wish: commands.Place) -> bool:
        return (wish.owner, wish.org_nr, wish.group_id) in self._groups

    def twin(self, call: Call, wish: commands.AppendMessage) -> Message | None:
        """Return the stored message that this one repeats.

        It has the name that its author gave it, or else exactly its uploads.
        """
        named = twin_id(call, wish.client_message_id)
        if named is not None and named in self._twins:
            return self._twins[named]
        used_by = {
            self.uploads[u].message_id for u in wish.uploads if u in self.uploads
        }
        for author, message in (
            self._messages[m] for m in self._messages.keys() & used_by
        ):
            same = {a.upload_id for a in message.attachments} == set(wish.uploads)
            if same and author == call.actor.id and self._is_of(call, wish):
                return message
        return None

    def _is_of(self, call: Call, wish: commands.AppendMessage) -> bool:
        return all(
            self.uploads[upload].booking_id == call.booking_id
            for upload in wish.uploads
        )

    def usable(
        self, call: Call, wish: commands.AppendMessage
    ) -> dict[UUID, Attachment]:
        """Return those of the wanted uploads that the message may have."""
        found = (self.uploads[u] for u in wish.uploads if u in self.uploads)
        return {
            upload.id: _attachment(upload)
            for upload in found
            if upload.status is UploadStatus.COMPLETE
            and upload.message_id is None
            and upload.booking_id == call.booking_id
            and upload.owner == call.actor.id
        }

    def in_the_way(self, before: Booking | None, after: Booking) -> Iterable[Booking]:
        """Return the bookings whose expired holds `after` takes the place of.

        Raises `Unreadable`.
        """
        if after is before:
            return ()
        had = before.holds() if before is not None else ()
        claimed = [hold for hold in after.holds() if hold not in had]
        ids = {one for hold in claimed for one in self.occupancy.in_the_way(hold)}
        for unreadable in (self._faults[one] for one in ids if one in self._faults):
            raise unreadable
        return [self.bookings[booking_id] for booking_id in sorted(ids)]

    def write_booking(
        self,
        before: Booking | None,
        owner: str,
        stream_id: str,
        recorded: Sequence[Recorded[BookingEvent]],
    ) -> tuple[Booking, Written]:
        """Take over a call's events of a booking; return both after them, sealed."""
        is_personal = any(getattr(one.event, "personal", None) for one in recorded)
        key = new_key = self.keyring.wrapped(owner)
        if key is None and is_personal:
            new_key = self.keyring.make(owner)
        # Whose key nothing opens can be erased all the same.
        box = self.keyring.box(owner, new_key) if is_personal else None
        end = self.ends.of(stream_id)
        written = write(stream_id, end, recorded, box, len(self.append.stored))
        after = bookings.evolve(before, written.recorded[0])
        after = bookings.fold(written.recorded[1:], after) or after
        if key is None and new_key is not None:
            self.keyring.take(owner, new_key)
            self.append.owner_keys.append((owner, new_key, written.tip.at))
        self._take(written)
        self._take_booking(before, after, written)
        return after, written

    def write_workshop(
        self, after: Workshop, recorded: Recorded[WorkshopEvent]
    ) -> Written:
        stream_id = identity.workshop_stream(after.org_nr)
        end = self.ends.of(stream_id)
        written = write(stream_id, end, [recorded], None, len(self.append.stored))
        self._take(written)
        self.workshops[after.org_nr] = after
        change = self.append.workshops.setdefault(
            after.org_nr,
            WorkshopChange(after=after, recorded=[], ordinals=[], tip=written.tip),
        )
        change.after = after
        _extend(change, written)
        return written

    def take_message(self, call: Call, message: Message) -> None:
        """Remember a message of this call's, and that its uploads are used."""
        if (named := twin_id(call, message.client_message_id)) is not None:
            self._twins[named] = message
        self._messages[message.id] = (call.actor.id, message)
        for attachment in message.attachments:
            upload = self.uploads[attachment.upload_id]
            self.change_upload(replace(upload, message_id=message.id))

    def add_upload(self, upload: Upload) -> None:
        self.uploads[upload.id] = upload
        self.append.new_uploads.append(upload)

    def change_upload(self, upload: Upload) -> None:
        self.uploads[upload.id] = upload
        # One that changes twice in a batch is written once.
        others = (u for u in self.append.changed_uploads if u.id != upload.id)
        self.append.changed_uploads = [*others, upload]

    def forget(self, owner: str) -> None:
        """Destroy the owner's key; what comes later is sealed by another."""
        self.keyring.forget(owner)
        kept = [key for key in self.append.owner_keys if key[0] != owner]
        self.append.owner_keys = kept
        self.append.forgotten_owners.append(owner)

    def _take(self, written: Written) -> None:
        self.append.stored.extend(written.stored)
        self.ends.take(written)

    def _take_booking(
        self, before: Booking | None, after: Booking, written: Written
    ) -> None:
        if after is not before:
            self.occupancy.change(before.holds() if before else (), after.holds())
        self.bookings[after.id] = after
        self._take_requests(before, after, written)
        self._take_place(after)
        change = self.append.bookings.setdefault(
            after.id,
            BookingChange(
                before=before, after=after, recorded=[], ordinals=[], tip=written.tip
            ),
        )
        self.has_let_go |= _lets_go(change, after)
        change.after = after
        _extend(change, written)

    def _take_requests(
        self, before: Booking | None, after: Booking, written: Written
    ) -> None:
        request = before.open_request if before is not None else None
        for recorded in written.recorded:
            request = requests.evolve(request, recorded)
            if request is not None:
                stored = StoredRequest(booking_id=after.id, request=request)
                self._requests[request.id] = stored

    def _take_place(self, after: Booking) -> None:
        self._groups.add((after.owner, after.org_nr, after.group_id))
        waiting = self._pending.setdefault((after.owner, after.org_nr), {})
        waiting.pop(after.id, None)
        if after.status is Status.PENDING:
            waiting[after.id] = after.slot.start


def messages(recorded: Iterable[Recorded[BookingEvent]]) -> list[Message]:
    return [
        thread.appended(one.event, one.origin)
        for one in recorded
        if isinstance(one.event, events.MessageAppended)
    ]


def _attachment(upload: Upload) -> Attachment:
    return Attachment(
        upload_id=upload.id,
        content_type=upload.content_type or "",
        size=upload.size,
    )


def _lets_go(change: BookingChange, after: Booking) -> bool:
    """Whether the batch took a slot for this booking before, which it has no more."""
    if change.after is after:
        return False
    had = () if change.before is None else change.before.holds()
    kept = (*had, *after.holds())
    return any(hold not in kept for hold in change.after.holds())


def _extend(change: BookingChange | WorkshopChange, written: Written) -> None:
    change.tip = written.tip
    change.recorded.extend(written.recorded)
    change.ordinals.extend(written.ordinals)
