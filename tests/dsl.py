"""given(events).when(commands).then(events): a decision told in one line."""

from typing import Self, TypeVar
from uuid import UUID

import pytest

from domain.booking import Booking, fold
from domain.commands import BookingCommand
from domain.decide import Decided, Outcome, Situation, decide_all
from domain.errors import Refusal
from domain.events import Attachment, BookingEvent, Recorded
from domain.policy import Policy
from domain.slots import Hold, Occupancy
from domain.structs import replace
from tests.examples import WORKSHOP, origin, recorded

R = TypeVar("R", bound=Exception)


class Scenario:
    def __init__(self, history: tuple[BookingEvent, ...]) -> None:
        self._past = tuple(
            recorded(event, version=version)
            for version, event in enumerate(history, start=1)
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
            self._situation,
            origin(first.at, first.by),
            len(self._past),
        )


def given(*history: BookingEvent) -> Scenario:
    return Scenario(history)
