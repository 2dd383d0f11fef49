"""A batch of calls decided one after the other against what was loaded for all of them.

No I/O: what it returns is one `Append`. A call that fails leaves nothing in it; each
call sees what those before it in the batch did.
"""

from collections.abc import Sequence

import msgspec

from application import answers
from application.answers import Answer, Answered, Refused, Result, Shown
from application.calls import (
    AnyCall,
    Call,
    Fault,
    KeyReused,
    NotFound,
    PreconditionFailed,
    WorkshopCall,
)
from application.ports import (
    Append,
    BookingChange,
    KeyId,
    Loaded,
    NewAnswer,
    WorkshopChange,
)
from application.sealing import Vault
from application.wanted import twin_id
from application.writing import End, Ends, Keyring, Written, write
from domain import booking as bookings
from domain import commands, decide, events, identity, thread, workshop
from domain.booking import Booking
from domain.decide import Situation, decide_all
from domain.errors import Refusal
from domain.events import BookingEvent, Origin, Recorded
from domain.slots import Occupancy
from domain.structs import replace
from domain.thread import Message
from domain.workshop import Workshop

_STATUS = {
    decide.Outcome.CHANGE_REQUESTED: answers.ACCEPTED,
    decide.Outcome.PLACED: answers.CREATED,
}
_encoder = msgspec.json.Encoder()
_answers = msgspec.json.Decoder(Answer)


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """An answer whose position is `position`, or that of `ordinal` in the append."""

    answer: Answer
    owner_key: bytes | None
    is_replay: bool = False
    ordinal: int | None = None
    position: int | None = None

    def after(self, base: int) -> Answered:
        """Return the answer, the log's last position before the batch being `base`."""
        position = self.position if self.ordinal is None else base + self.ordinal
        return Answered(
            answer=self.answer,
            position=position or 0,
            owner_key=self.owner_key,
            is_replay=self.is_replay,
        )


Outcome = Pending | Exception | None


class Batch:
    """Decides calls; `append` is what they add up to."""

    def __init__(self, loaded: Loaded, vault: Vault) -> None:
        self.append = Append()
        self._faults = loaded.faults
        self._bookings = {k: stored.booking for k, stored in loaded.bookings.items()}
        self._workshops = {k: stored.workshop for k, stored in loaded.workshops.items()}
        self._ends = Ends(loaded)
        self._keyring = Keyring(loaded.owner_keys, vault)
        self._occupancy = Occupancy(loaded.holds)
        self._twins = dict(loaded.twins)
        self._stored_keys = loaded.keys
        self._kept: dict[KeyId, tuple[bytes, Pending]] = {}

    def run(self, call: AnyCall) -> Outcome:
        """Return the answer to `call`, or why it has none; None for a workshop's."""
        try:
            if isinstance(call, Call):
                return self._change_booking(call)
            self._change_workshop(call)
        except (NotFound, PreconditionFailed, KeyReused, Refusal) as answer:
            return answer
        except Exception as cause:  # noqa: BLE001 - one call fails, the batch goes on
            fault = Fault(str(call.command_id))
            fault.__cause__ = cause
            return fault
        return None

    def _change_workshop(self, call: WorkshopCall) -> None:
        stream_id = identity.workshop_stream(call.org_nr)
        end = self._ends.of(stream_id)
        event = workshop.decide(call.wish, self._workshops.get(call.org_nr))
        after = workshop.evolve(self._workshops.get(call.org_nr), event)
        recorded = Recorded(
            version=end.version + 1, origin=_origin(call, end), event=event
        )
        written = write(stream_id, end, [recorded], None, len(self.append.stored))
        self._take(written)
        self._workshops[call.org_nr] = after
        change = self.append.workshops.setdefault(
            call.org_nr,
            WorkshopChange(after=after, recorded=[], ordinals=[], tip=written.tip),
        )
        change.after = after
        _extend(change, written)

    def _change_booking(self, call: Call) -> Pending:
        if call.booking_id in self._faults:
            raise self._faults[call.booking_id]
        before = self._bookings.get(call.booking_id)
        at_workshop = self._workshop_of(call, before)
        if (kept := self._replay(call, before)) is not None:
            return kept
        if call.if_match is not None and not _matches(call.if_match, before):
            raise PreconditionFailed
        pending = self._decide(call, before, at_workshop)
        self._keep(call, pending)
        return pending

    def _workshop_of(self, call: Call, before: Booking | None) -> Workshop:
        """Return the workshop that the call is about, if the caller may see it."""
        first = call.wishes[0]
        if isinstance(first, commands.Place):
            org_nr = first.org_nr
        elif before is None or (call.owner is not None and call.owner != before.owner):
            raise NotFound
        else:
            org_nr = before.org_nr
        if org_nr not in self._workshops:
            raise NotFound
        return self._workshops[org_nr]

    def _decide(self, call: Call, before: Booking | None, at: Workshop) -> Pending:
        end = self._ends.of(identity.booking_stream(call.booking_id))
        twin = self._twin(call)
        situation = Situation(
            workshop=at,
            occupancy=self._occupancy,
            twin=None if twin is None else twin.id,
        )
        try:
            decided, recorded, after = decide_all(
                call.wishes, before, situation, _origin(call, end), end.version
            )
        except Refusal as refusal:
            return self._answer(call, before, refused=answers.refused(refusal))
        if recorded:
            after, twin = self._happen(call, before, after, recorded, twin)
        return self._answer(
            call,
            after,
            shown=answers.show(after, at, call.at),
            result=answers.result(decided, after, twin),
        )

    def _happen(
        self,
        call: Call,
        before: Booking | None,
        after: Booking,
        recorded: Sequence[Recorded[BookingEvent]],
        twin: Message | None,
    ) -> tuple[Booking, Message | None]:
        """Take over a call's events; return booking and message after them, sealed."""
        stream_id = identity.booking_stream(call.booking_id)
        key = new_key = self._keyring.wrapped(after.owner)
        if key is None and before is None:
            new_key = self._keyring.make(after.owner)
        written = write(
            stream_id,
            self._ends.of(stream_id),
            recorded,
            self._keyring.box(after.owner, new_key),
            len(self.append.stored),
        )
        # Once more, now that what is personal in the events is sealed.
        after = bookings.fold(written.recorded, before) or after
        if key is None and new_key is not None:
            self._keyring.take(after.owner, new_key)
            self.append.owner_keys.append((after.owner, new_key, call.at))
        self._take(written)
        self._take_booking(before, after, written)
        return after, self._take_message(call, written) or twin

    def _take(self, written: Written) -> None:
        self.append.stored.extend(written.stored)
        self._ends.take(written)

    def _take_booking(
        self, before: Booking | None, after: Booking, written: Written
    ) -> None:
        self._occupancy.change(before.holds() if before else (), after.holds())
        self._bookings[after.id] = after
        change = self.append.bookings.setdefault(
            after.id,
            BookingChange(
                before=before, after=after, recorded=[], ordinals=[], tip=written.tip
            ),
        )
        change.after = after
        _extend(change, written)

    def _take_message(self, call: Call, written: Written) -> Message | None:
        """Remember the message that the call appended, if it did."""
        for recorded in written.recorded:
            if isinstance(recorded.event, events.MessageAppended):
                message = thread.appended(recorded)
                if (named := twin_id(call, message.client_message_id)) is not None:
                    self._twins[named] = message
                return message
        return None

    def _twin(self, call: Call) -> Message | None:
        """Return the stored message that the call's message repeats."""
        for wish in call.wishes:
            if isinstance(wish, commands.AppendMessage):
                named = twin_id(call, wish.client_message_id)
                return None if named is None else self._twins.get(named)
        return None

    def _replay(self, call: Call, before: Booking | None) -> Pending | None:
        """Return the first answer under the call's key, if there is one."""
        if call.key is None:
            return None
        if call.key in self._kept:
            fingerprint, pending = self._kept[call.key]
        elif call.key in self._stored_keys:
            kept = self._stored_keys[call.key]
            fingerprint = kept.fingerprint
            pending = Pending(
                answer=_answers.decode(kept.answer),
                owner_key=self._owner_key(before),
                position=kept.position,
            )
        else:
            return None
        if fingerprint != call.fingerprint:
            raise KeyReused
        return replace(pending, is_replay=True)

    def _keep(self, call: Call, pending: Pending) -> None:
        if call.key is None:
            return
        self._kept[call.key] = (call.fingerprint, pending)
        self.append.answers.append(
            NewAnswer(
                key=call.key,
                fingerprint=call.fingerprint,
                answer=_encoder.encode(pending.answer),
                at=call.at,
                ordinal=pending.ordinal,
                position=pending.position,
            )
        )

    def _answer(
        self,
        call: Call,
        booking: Booking | None,
        *,
        shown: Shown | None = None,
        result: Result | None = None,
        refused: Refused | None = None,
    ) -> Pending:
        end = self._ends.of(identity.booking_stream(call.booking_id))
        status = answers.CONFLICT
        if result is not None:
            status = _STATUS.get(result.outcome, answers.OK)
        return Pending(
            answer=Answer(
                status=status,
                request_id=call.request_id,
                generated_at=call.at,
                shown=shown,
                result=result,
                refused=refused,
            ),
            owner_key=self._owner_key(booking),
            ordinal=end.ordinal,
            position=end.position,
        )

    def _owner_key(self, booking: Booking | None) -> bytes | None:
        return None if booking is None else self._keyring.wrapped(booking.owner)


def _origin(call: AnyCall, end: End) -> Origin:
    """Return who and when: never before the event before."""
    return Origin(
        at=call.at if end.at is None else max(call.at, end.at),
        actor=call.actor,
        request_id=call.request_id,
        command_id=call.command_id,
    )


def _extend(change: BookingChange | WorkshopChange, written: Written) -> None:
    change.tip = written.tip
    change.recorded.extend(written.recorded)
    change.ordinals.extend(written.ordinals)


def _matches(tags: tuple[str, ...], booking: Booking | None) -> bool:
    if booking is None:
        return False
    return "*" in tags or f'"{booking.revision}"' in tags
