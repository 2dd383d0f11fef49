"""Judges recorded decisions again, each by the version of the policy that it names.

What was decided must follow from the log alone: from the booking before the event, and
from the policy that the workshop's stream had then.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from application import streams
from application.streams import Broken, LogEntry, Stream
from domain import booking as bookings
from domain import identity, rejudge
from domain import workshop as workshops
from domain.booking import Booking
from domain.events import Recorded
from domain.policy import Policy
from domain.rules import PolicyDecision
from domain.workshop import Workshop


class Histories(Protocol):
    def history(self, stream_id: str) -> Sequence[LogEntry]: ...


class Judges:
    """The policies of all workshops, each read once, when a decision names it."""

    def __init__(self, histories: Histories) -> None:
        self._histories = histories
        self._policies: dict[int, Sequence[Policy]] = {}

    def wrong(self, stream: Stream) -> Iterator[str]:
        """Say in words which decisions of a stream do not come out as they stand."""
        if not any(_decision(one) for one in stream.recorded):
            return
        before: Booking | None = None
        for recorded in stream.recorded:
            then = _decision(recorded)
            if then is not None and before is not None:
                why = self._why_wrong(recorded, then, before)
                if why is not None:
                    yield f"{stream.id}, version {recorded.version}: {why}"
            before = bookings.evolve(before, recorded)

    def _why_wrong(
        self, recorded: Recorded[Any], then: PolicyDecision, before: Booking
    ) -> str | None:
        version = then.policy_version
        policies = self._of(before.org_nr)
        if not 1 <= version <= len(policies):
            return f"its decision names policy version {version}, which there is not."
        policy = policies[version - 1]
        again = rejudge.again(recorded.event, before, policy, version)
        if again is None or rejudge.as_then(then, again) == then:
            return None
        return (
            f"its decision is {then.verdict.value}, and judged again by policy "
            f"version {version} it comes out otherwise."
        )

    def _of(self, org_nr: int) -> Sequence[Policy]:
        if org_nr not in self._policies:
            self._policies[org_nr] = list(self._read(org_nr))
        return self._policies[org_nr]

    def _read(self, org_nr: int) -> Iterator[Policy]:
        """Yield a workshop's policies, as far as its stream can be read."""
        stream_id = identity.workshop_stream(org_nr)
        workshop: Workshop | None = None
        try:
            for link in streams.walk(stream_id, self._histories.history(stream_id)):
                workshop = workshops.evolve(workshop, link.recorded.event)
                yield workshop.policy
        except Broken:
            # It is told of where that stream itself is read.
            return


def _decision(recorded: Recorded[Any]) -> PolicyDecision | None:
    return rejudge.decision_of(recorded.event)
