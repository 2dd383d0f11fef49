"""given(events).when(commands).then(events): a decision told in one line."""

from typing import NamedTuple, Self, TypeVar
from uuid import UUID

import pytest

from domain import events, requests
from domain.booking import Booking, fold
from domain.changes import ChangeRequest
from domain.commands import BookingCommand, RequestCommand
from domain.decide import Decided, Outcome, Situation, decide_all
from domain.errors import Refusal
from domain.events import Attachment, BookingEvent, Recorded
from domain.identity import Actor
from domain.policy import Policy
from domain.slots import Hold, Occupancy
from domain.structs import replace
from tests.examples import OWNER, STAFF, WORKSHOP, origin, recorded

R = TypeVar("R", bound=Exception)

_BY_STAFF = (
    events.Step
    | events.Marked
    | events.ChangeCountered
    | events.ChangeApproved
    | events.ChangeRejected
)


class By(NamedTuple):
    """An event of somebody else than whom it is usually by."""

    actor: Actor
    event: BookingEvent


class Scenario:
    def __init__(self, history: tuple[BookingEvent | By, ...]) -> None:
        self._past = tuple(
            recorded(event, version=version, by=actor)
            for version, (actor, event) in enumerate(map(actor_of, history), start=1)
        )
        self._situation = Situation(workshop=WORKSHOP, occupancy=Occupancy())
        self._commands: tuple[BookingCommand, ...] = ()

    def under(self, policy: Policy, *, version: int = 1) -> Self:
        """Let the workshop have `policy`."""
        workshop = replace(WORKSHOP, policy=policy, policy_version=version)
        self._situation = replace(self._situation, workshop=workshop)
        return self

    def beside(self, *holds: Hold) -> Self:
        """Let bays be taken by `holds`."""
        self._situation = replace(self._situation, occupancy=Occupancy(holds))
        return self

    def with_uploads(self, *usable: Attachment) -> Self:
        """Let the caller have uploads that a message may use."""
        uploads = {attachment.upload_id: attachment for attachment in usable}
        self._situation = replace(self._situation, uploads=uploads)
        return self

    def repeating(self, twin: UUID) -> Self:
        """Let the stored message `twin` be the same as this call's."""
        self._situation = replace(self._situation, twin=twin)
        return self

    def waiting_elsewhere(self, count: int) -> Self:
        """Let the owner have so many other bookings that nobody confirmed yet."""
        self._situation = replace(self._situation, pending_elsewhere=count)
        return self

    def with_a_known_group(self) -> Self:
        self._situation = replace(self._situation, group_is_known=True)
        return self

    def when(self, *commands: BookingCommand) -> Self:
        self._commands = commands
        return self

    def then(self, *expected: BookingEvent) -> Self:
        decided, new, _booking = self._decide()
        assert tuple(one.event for one in new) == expected
        assert decided.events == expected
        return self

    def then_nothing(self) -> Self:
        return self.then()

    def then_outcome(self, expected: Outcome) -> Self:
        assert self.decided.outcome is expected
        return self

    def then_refused(self, refusal: type[R]) -> R:
        """Return the refusal, for a closer look."""
        with pytest.raises(refusal) as raised:
            self._decide()
        assert type(raised.value) is refusal
        return raised.value

    @property
    def decided(self) -> Decided:
        return self._decide()[0]

    @property
    def recorded(self) -> tuple[Recorded[BookingEvent], ...]:
        """The new events at their places."""
        return self._decide()[1]

    @property
    def booking(self) -> Booking:
        """The booking afterwards."""
        return self._decide()[2]

    @property
    def refusal(self) -> Refusal:
        with pytest.raises(Refusal) as raised:
            self._decide()
        return raised.value

    def _decide(
        self,
    ) -> tuple[Decided, tuple[Recorded[BookingEvent], ...], Booking]:
        first = self._commands[0]
        return decide_all(
            self._commands,
            fold(self._past),
            replace(self._situation, request=self._addressed()),
            origin(first.at, first.by),
            len(self._past),
        )

    def _addressed(self) -> ChangeRequest | None:
        """Return the closed request that the commands name, if they do.

        The open one is the booking's own.
        """
        named = [
            one.change_request_id
            for one in self._commands
            if isinstance(one, RequestCommand)
        ]
        latest = found = None
        for one in self._past:
            latest = requests.evolve(latest, one)
            if latest is not None and latest.id in named:
                found = latest
        return None if found is None or found.is_open else found


def given(*history: BookingEvent | By) -> Scenario:
    return Scenario(history)


def actor_of(event: BookingEvent | By) -> By:
    """Return `event` with its actor: staff for what the workshop does, as a rule."""
    if isinstance(event, By):
        return event
    return By(STAFF if isinstance(event, _BY_STAFF) else OWNER, event)
