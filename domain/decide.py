"""The decider: which events follow from a command. No clock, no I/O, no surprises.

A refusal is raised; "the policy blocks it" is none, but the event `ChangeRequested`.
Who decides what: `changing`, `answering`, `lifecycle`; messages are decided here.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

from domain import answering, changing, commands, errors, events, lifecycle
from domain.booking import Booking, evolve
from domain.commands import BookingCommand
from domain.decisions import NOTHING, Decided, Outcome, Situation
from domain.events import Attachment, BookingEvent, Origin, Recorded

__all__ = ["Decided", "Outcome", "Situation", "decide", "decide_all"]


def decide(
    command: BookingCommand,
    booking: Booking | None,
    situation: Situation,
    done: Decided = NOTHING,
    met: Booking | None = None,
) -> Decided:
    """Return what follows from `command`, after `done` in the same call.

    `met` is the booking before that call, if there was one. Raises `Refusal` when it
    must not happen, `Missing` when there is no such booking or request.
    """
    if isinstance(command, commands.Place):
        return changing.place(command, booking, situation)
    if booking is None:
        raise errors.Missing
    if isinstance(command, commands.AppendMessage):
        return _append_message(command, met or booking, situation, done)
    return _decide(command, booking, situation)


def _decide(
    command: commands.Step | commands.Reschedule | commands.Cancel | commands.OnRequest,
    booking: Booking,
    situation: Situation,
) -> Decided:
    if isinstance(command, commands.Reschedule):
        return changing.reschedule(command, booking, situation)
    if isinstance(command, commands.Cancel):
        return changing.cancel(command, booking, situation)
    if isinstance(command, commands.Step):
        return lifecycle.step(command, booking)
    return answering.answer(command, booking, situation)


def decide_all(
    wishes: Iterable[BookingCommand],
    booking: Booking | None,
    situation: Situation,
    origin: Origin,
    version: int,
) -> tuple[Decided, tuple[Recorded[BookingEvent], ...], Booking]:
    """Decide commands one after the other: all of them happen, or none does.

    `version` is that of the last event before. Returns what was decided, its events at
    their places, and the booking after them. Raises the first `Refusal` in `ORDER`, and
    `Missing` when there is no booking in the end.
    """
    done, refusals, met = NOTHING, list[errors.Refusal](), booking
    recorded: tuple[Recorded[BookingEvent], ...] = ()
    for wish in wishes:
        try:
            new = decide(wish, booking, situation, done, met)
        except errors.Refusal as refusal:
            refusals.append(refusal)
            if booking is None:
                break  # A first message cannot follow what was not placed.
            continue
        for event in new.events:
            version += 1
            latest = Recorded(version=version, origin=origin, event=event)
            booking = evolve(booking, latest)
            recorded = (*recorded, latest)
        done = _together(done, new)
    if refusals:
        raise errors.first(refusals)
    if booking is None:
        raise errors.Missing
    return done, recorded, booking


def _together(done: Decided, new: Decided) -> Decided:
    """Return one answer for both: a message beside an action leaves its outcome."""
    quiet = new.outcome is Outcome.MESSAGE_APPENDED and done.outcome is not (
        Outcome.UNCHANGED
    )
    return Decided(
        events=done.events + new.events,
        outcome=done.outcome if quiet else new.outcome,
        change_request_id=done.change_request_id or new.change_request_id,
        message_id=done.message_id or new.message_id,
        decision=done.decision or new.decision,
    )


def _append_message(
    command: commands.AppendMessage,
    met: Booking,
    situation: Situation,
    done: Decided,
) -> Decided:
    """Judge a message on the booking as its call met it, whatever else that does."""
    if command.at > met.thread_closes_at:
        raise errors.ThreadClosed
    if situation.twin is not None:
        return Decided(outcome=Outcome.MESSAGE_APPENDED, message_id=situation.twin)
    appended = events.MessageAppended(
        message_id=command.message_id,
        client_message_id=command.client_message_id,
        attachments=_attachments(command.uploads, situation.uploads),
        change_request_id=done.change_request_id,
        personal=command.personal,
    )
    return Decided(
        events=(appended,),
        outcome=Outcome.MESSAGE_APPENDED,
        message_id=command.message_id,
    )


def _attachments(
    wanted: tuple[UUID, ...], usable: Mapping[UUID, Attachment]
) -> tuple[Attachment, ...]:
    unusable = tuple(i for i, upload in enumerate(wanted) if upload not in usable)
    if unusable:
        raise errors.UploadUnusable(unusable)
    return tuple(usable[upload] for upload in wanted)
