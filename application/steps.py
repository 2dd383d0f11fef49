"""What the workshop's small POSTs want: a message, a cancel, a step, a mark.

Each body is checked by itself and becomes one command.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import Enum
from typing import Any

import msgspec

from application import checks, intent
from application.checks import BodyError, Check, Errors
from application.intent import Intent, WantedMessage
from application.ports import Ids
from domain import commands
from domain.commands import BookingCommand
from domain.events import Mark
from domain.identity import Actor
from domain.personal import Reason

BOOKING_IDS = 1, 10**18 - 1


class Step(Enum):
    """The statuses that a workshop sets by name."""

    IN_PROGRESS = "IN_PROGRESS"
    NO_SHOW = "NO_SHOW"


class WantedStep(msgspec.Struct, frozen=True, kw_only=True):
    """Either `status` or `mark` is there."""

    booking_id: int
    status: Step | None = None
    mark: Mark | None = None


def parse_message(body: Any) -> WantedMessage:
    """Return the message that is `body`. Raises `InvalidBody`."""
    return WantedMessage(**checks.right(body, intent.MESSAGE, ("text",)))


def parse_cancel(body: Any) -> Reason:
    """Return why `body` cancels. Raises `InvalidBody`."""
    return Reason(**checks.right(body, {"reason": intent.reason}, ("reason",)))


def parse_step(body: Any) -> WantedStep:
    """Return what `body` says of which booking. Raises `InvalidBody`."""
    values = checks.right(body, _STEP, ("id",), together=_one_of_two)
    return WantedStep(booking_id=values.pop("id"), **values)


def say(
    wanted: WantedMessage, at: datetime, by: Actor, new_id: Ids
) -> tuple[BookingCommand, ...]:
    return intent.wishes(Intent(message=wanted), at, by, new_id)


def cancel(reason: Reason, at: datetime, by: Actor, new_id: Ids) -> BookingCommand:
    return commands.Cancel(at=at, by=by, change_request_id=new_id(), personal=reason)


def take(wanted: WantedStep, at: datetime, by: Actor) -> BookingCommand:
    if wanted.mark is not None:
        return commands.SetMark(at=at, by=by, mark=wanted.mark)
    if wanted.status is Step.NO_SHOW:
        return commands.RecordNoShow(at=at, by=by)
    return commands.Start(at=at, by=by)


def _booking_id(errors: Errors, value: Any, pointer: str) -> int | None:
    return checks.integer(errors, value, pointer, *BOOKING_IDS)


def _status(errors: Errors, value: Any, pointer: str) -> Step | None:
    return checks.choice(errors, value, pointer, Step)


def _mark(errors: Errors, value: Any, pointer: str) -> Mark | None:
    return checks.choice(errors, value, pointer, Mark)


def _one_of_two(values: Mapping[str, Any]) -> Iterator[BodyError]:
    found = values.keys() & {"status", "mark"}
    if not found:
        yield checks.nothing_to_do()
    elif len(found) > 1:
        yield checks.conflicting("It is a status or a mark, not both.")


_STEP: dict[str, Check] = {"id": _booking_id, "status": _status, "mark": _mark}
