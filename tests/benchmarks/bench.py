"""What every benchmark is given, and what it gives back."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from tests import servers
from tests.benchmarks import comparing
from tests.benchmarks.comparing import Comparison, Goal, Measured, Say, Side


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured; `seconds` is the length of a run."""

    rounds: int = 5
    seconds: float = 2.0
    clients: int = 32
    bookings_each: int = 64
    processes: int = 4
    in_flight: int = 16
    connections: int = 4
    events: int = 100_000
    events_per_booking: int = 10
    apart: int = 2_000  # events that are folded one by one
    threads: int = 8  # bookings whose next messages are measured in a run
    next_messages: int = 20
    long_thread: int = 990
    maintained: int = 1_000_000  # events of a table that is vacuumed meanwhile
    growth: int = 5_000_000
    little: int = 10_000


FULL = Scale()
SHORT = msgspec.structs.replace(
    FULL,
    rounds=1,
    seconds=1.0,
    events=20_000,
    threads=4,
    long_thread=490,
    maintained=200_000,
    growth=200_000,
)
TINY = Scale(
    rounds=1,
    seconds=0.1,
    clients=4,
    bookings_each=4,
    processes=2,
    in_flight=4,
    connections=2,
    events=400,
    apart=100,
    threads=2,
    next_messages=2,
    long_thread=20,
    maintained=1_000,
    growth=2_000,
    little=1_000,
)


class Fact(NamedTuple):
    """Something told beside the ratios."""

    what: str
    figure: str


class Report(NamedTuple):
    comparisons: Sequence[Comparison]
    facts: Sequence[Fact] = ()


class Lost(Exception):
    """The store does not have exactly what was acknowledged."""


class Bench(msgspec.Struct, frozen=True, kw_only=True):
    """`server` is PostgreSQL's URL, `folder` a place for files on the same disk."""

    scale: Scale
    server: str
    folder: Path
    say: Say

    @contextmanager
    def database(self) -> Generator[str]:
        """Yield the URL of a new PostgreSQL database."""
        with servers.fresh_database(self.server) as url:
            yield url

    def compare(
        self,
        ours: Side,
        peer: Side,
        *,
        unit: str,
        goal: Goal = Goal(),  # noqa: B008 - it is immutable
        measured: Measured = "rate",
    ) -> Comparison:
        return comparing.compare(
            ours,
            peer,
            unit=unit,
            goal=goal,
            measured=measured,
            rounds=self.scale.rounds,
            say=self.say,
        )


Benchmark = Callable[[Bench], Report]


def must_have(what: str, found: int, acknowledged: int) -> Fact:
    """Raise `Lost` unless the store has what was acknowledged, no more and no less."""
    if found != acknowledged:
        raise Lost(f"{what}: {acknowledged} were acknowledged, {found} are stored")
    return Fact(f"acknowledged and found in the store: {what}", f"{found:,}")
