"""One storm: a town, a crowd, bad weather; then calm, and a judgement."""

import json
from collections import Counter

import msgspec

from tests.storms.storm import facts, judge, people
from tests.storms.storm.crowd import Crowd
from tests.storms.storm.facts import Tail
from tests.storms.storm.faults import FAULTS
from tests.storms.storm.ledger import KINDS, OUTCOMES, Ledger
from tests.storms.storm.town import NotLive, Town, keep, town
from tests.storms.storm.weather import Weather


class Outcome(msgspec.Struct, kw_only=True):
    """What one storm, or several of them, came to."""

    seeds: list[int] = []
    calls: int = 0
    events: int = 0
    unanswered: int = 0
    replays: int = 0
    live_after: list[float] = []
    faults: Counter[str] = msgspec.field(default_factory=Counter)
    refusals: Counter[str] = msgspec.field(default_factory=Counter)
    outcomes: Counter[str] = msgspec.field(default_factory=Counter)
    violations: list[str] = []

    @property
    def lacking(self) -> list[str]:
        """Name what never happened, though a run does not count without it."""
        return [
            *(fault.name for fault in FAULTS if not self.faults[fault.name]),
            *sorted(KINDS - self.refusals.keys()),
            *sorted(OUTCOMES - self.outcomes.keys()),
        ]

    def add(self, other: "Outcome") -> None:
        for name in self.__struct_fields__:
            theirs = getattr(other, name)
            if isinstance(theirs, Counter):
                getattr(self, name).update(theirs)
            else:
                setattr(self, name, getattr(self, name) + theirs)


def storm(seed: int, seconds: float, *, tidy: bool = False) -> Outcome:
    """Let it storm so long, and judge what is left."""
    with town() as place:
        plan = people.prepare({**place.environ, "DATABASE_URL": place.database_url})
        tail, crowd = Tail(place.database_url), Crowd(place.addresses, plan, seed)
        weather = Weather(place, seed, seconds)
        place.wait_until_live()
        tail.start()
        crowd.start()
        crowd.wait_until_shown_around()
        weather.begin()
        weather.wait()
        weather.calm()
        outcome = Outcome(seeds=[seed], faults=weather.seen)
        outcome.violations += weather.failures
        try:
            outcome.live_after.append(place.wait_until_live())
        except NotLive as error:
            outcome.violations.append(str(error))
        ledger = crowd.stop()
        _judge(outcome, place, weather, crowd, tail)
        outcome.violations = [f"seed {seed}: {one}" for one in outcome.violations]
        if outcome.violations and not tidy:
            _keep(outcome, place, ledger)
    return outcome


def _judge(
    outcome: Outcome, place: Town, weather: Weather, crowd: Crowd, tail: Tail
) -> None:
    ledger = crowd.ledger
    owners = facts.read(place.database_url).owners
    shown = crowd.look_at_all(owners) if outcome.live_after else {}
    place.end()
    tail.stop()
    found = facts.read(place.database_url)
    outcome.violations += judge.judge(ledger, found, tail.seen, shown)
    verified = place.cli("verify", "--json")
    if verified.returncode:
        outcome.violations.append(f"verify: {verified.stdout}{verified.stderr}")
    outcome.violations += place.faults(weather.spells)
    deadlocks = place.server.deadlocks()
    if deadlocks:
        outcome.violations.append(f"the server's log has {deadlocks} deadlocks")
    outcome.calls = sum(len(sent.tries) for sent in ledger.sent)
    outcome.events = len(found.facts)
    outcome.unanswered = ledger.unanswered()
    outcome.replays = ledger.replays()
    outcome.refusals, outcome.outcomes = ledger.refusals(), ledger.outcomes()


def _keep(outcome: Outcome, place: Town, ledger: Ledger) -> None:
    """Keep the logs of all processes, and what everybody sent and was told."""
    keep(place.folder, json.dumps(msgspec.to_builtins(outcome), indent=1))
    lines = [msgspec.json.encode(sent) for sent in ledger.sent]
    (place.folder / "ledger.jsonl").write_bytes(b"\n".join(lines))
    outcome.violations.append(f"seed {outcome.seeds[0]}: kept in {place.folder}")
