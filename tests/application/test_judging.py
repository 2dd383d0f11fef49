"""Recorded decisions are judged again by the policy that they name."""

from collections.abc import Sequence

import pytest

from application import streams
from application.judging import Judges
from application.streams import LogEntry
from domain import events
from domain.policy import Effect, Notice, Rules
from domain.rules import Verdict
from domain.structs import replace
from tests import stories
from tests.examples import (
    ADDED,
    ASKED_FOR_FRIDAY,
    ASKED_TO_CANCEL,
    BOOKING_ID,
    CONFIRMED,
    MOVED_TO_FRIDAY,
    ORG_NR,
    PLACED,
    POLICY,
    SAID_HELLO,
)

STREAM = f"booking-{BOOKING_ID}"
WORKSHOP = f"workshop-{ORG_NR}"
NOTICE = Notice(hours=1, effect=Effect.DENY)
LAXER = replace(POLICY, rules=Rules(reschedule_notice=NOTICE, cancel_notice=NOTICE))


class Logs:
    """A log of workshops, which counts how often it is read."""

    def __init__(self, *happened: events.WorkshopEvent) -> None:
        self.entries: Sequence[LogEntry] = stories.written(WORKSHOP, *happened)
        self.asked: list[str] = []

    def history(self, stream_id: str) -> Sequence[LogEntry]:
        self.asked.append(stream_id)
        return self.entries


def wrong(log: Logs, *happened: events.BookingEvent) -> list[str]:
    entries = stories.written(STREAM, PLACED, *happened)
    return list(Judges(log).wrong(streams.read(STREAM, entries)))


@pytest.mark.parametrize("event", [ASKED_FOR_FRIDAY, ASKED_TO_CANCEL, MOVED_TO_FRIDAY])
def test_a_decision_that_follows_is_right(event: events.BookingEvent):
    assert wrong(Logs(ADDED), CONFIRMED, event) == []


def test_a_stream_without_decisions_asks_nobody():
    log = Logs(ADDED)

    assert wrong(log, CONFIRMED, SAID_HELLO) == []
    assert log.asked == []


def test_a_verdict_that_does_not_follow_is_named():
    decision = replace(ASKED_FOR_FRIDAY.decision, verdict=Verdict.DENY)
    forged = replace(ASKED_FOR_FRIDAY, decision=decision)

    assert wrong(Logs(ADDED), CONFIRMED, forged) == [
        (
            f"{STREAM}, version 3: its decision is DENY, and judged again by policy "
            "version 1 it comes out otherwise."
        )
    ]


def test_each_decision_is_judged_by_its_own_version():
    log = Logs(ADDED, events.PolicyChanged(policy=LAXER))
    decision = replace(ASKED_FOR_FRIDAY.decision, policy_version=2)
    later = replace(ASKED_FOR_FRIDAY, decision=decision)

    assert wrong(log, CONFIRMED, ASKED_FOR_FRIDAY) == []
    assert len(wrong(log, CONFIRMED, later)) == 1


@pytest.mark.parametrize("version", [0, 2])
def test_a_version_that_there_is_not_is_named(version: int):
    decision = replace(ASKED_FOR_FRIDAY.decision, policy_version=version)
    forged = replace(ASKED_FOR_FRIDAY, decision=decision)

    assert wrong(Logs(ADDED), CONFIRMED, forged) == [
        (
            f"{STREAM}, version 3: its decision names policy version {version}, "
            "which there is not."
        )
    ]


def test_of_a_workshop_that_is_broken_the_sound_policies_count():
    log = Logs(ADDED, events.PolicyChanged(policy=LAXER))
    first, second = log.entries
    log.entries = [first, replace(second, state=second.state[:-1])]

    assert wrong(log, CONFIRMED, ASKED_FOR_FRIDAY) == []


def test_a_workshop_is_read_once():
    log = Logs(ADDED)
    judges = Judges(log)
    entries = stories.written(STREAM, PLACED, CONFIRMED, ASKED_FOR_FRIDAY)
    for _again in range(2):
        assert list(judges.wrong(streams.read(STREAM, entries))) == []

    assert log.asked == [WORKSHOP]
