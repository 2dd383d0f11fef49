"""Decides the steps of a booking's life that the workshop takes.

A step taken already is none; a step from a wrong state is refused.
"""

from typing import assert_never

from domain import commands, errors, events
from domain.booking import Booking, Status
from domain.decisions import (
    NOTHING,
    Decided,
    Outcome,
    must_be_changeable,
    superseding,
)
from domain.events import BookingEvent


def step(command: commands.Step, booking: Booking) -> Decided:
    match command:
        case commands.Confirm():
            return _confirm(booking)
        case commands.Start():
            return _start(booking)
        case commands.Complete():
            return _complete(booking)
        case commands.RecordNoShow():
            return _record_no_show(command, booking)
        case commands.SetMark():
            return _mark(command, booking)
        case _:
            assert_never(command)


def _confirm(booking: Booking) -> Decided:
    if booking.status is Status.CONFIRMED:
        return NOTHING
    must_be_changeable(booking)
    return _step(events.Confirmed(), outcome=Outcome.CONFIRMED)


def _start(booking: Booking) -> Decided:
    if booking.status is Status.IN_PROGRESS:
        return NOTHING
    _must_be_confirmed(booking)
    return _step(*superseding(booking), events.Started(), outcome=Outcome.IN_PROGRESS)


def _complete(booking: Booking) -> Decided:
    if booking.status is Status.COMPLETED:
        return NOTHING
    _must_be_confirmed(booking)
    if booking.status is not Status.IN_PROGRESS:
        raise errors.NotStarted
    return _step(events.Completed(), outcome=Outcome.COMPLETED)


def _record_no_show(command: commands.RecordNoShow, booking: Booking) -> Decided:
    if booking.status is Status.NO_SHOW:
        return NOTHING
    must_be_changeable(booking)
    _must_be_confirmed(booking)
    if command.at < booking.slot.start:
        raise errors.TooEarly
    missed = (*superseding(booking), events.NoShowRecorded())
    return _step(*missed, outcome=Outcome.NO_SHOW)


def _mark(command: commands.SetMark, booking: Booking) -> Decided:
    _must_be_confirmed(booking)
    if command.mark in booking.marks:
        return NOTHING
    return _step(events.Marked(mark=command.mark), outcome=Outcome.MARKED)


def _must_be_confirmed(booking: Booking) -> None:
    if booking.is_closed:
        raise errors.BookingClosed
    if booking.status is Status.PENDING:
        raise errors.NotConfirmed


def _step(*happened: BookingEvent, outcome: Outcome) -> Decided:
    return Decided(events=happened, outcome=outcome)
