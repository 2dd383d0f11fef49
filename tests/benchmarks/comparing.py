"""Two sides measured in turns, A B B A, so that what drifts meets both alike.

The quoted statistic is the median of the rounds' ratios, whatever it says.
"""

from collections.abc import Callable, Sequence
from itertools import chain
from statistics import median
from typing import Literal, NamedTuple

import msgspec

Say = Callable[[str], None]
Measured = Literal["rate", "time"]


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """`done` pieces of work in `seconds`; `cpu` has seconds of CPU by who used them."""

    done: int
    seconds: float
    cpu: dict[str, float] = {}


class Side(NamedTuple):
    """`run` measures once; every call of it is a run of its own."""

    name: str
    run: Callable[[], Run]


class Goal(NamedTuple):
    """What a ratio should be; None where it is only told."""

    least: float | None = None
    most: float | None = None

    def __str__(self) -> str:
        if self.least is not None:
            return f"≥ {self.least}"
        return "none" if self.most is None else f"≤ {self.most}"

    def verdict(self, ratio: float) -> str:
        if self.least is None and self.most is None:
            return ""
        is_met = (self.least is None or ratio >= self.least) and (
            self.most is None or ratio <= self.most
        )
        return "met" if is_met else "missed"


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """Two runs of each side."""

    ours: Sequence[Run]
    peers: Sequence[Run]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """With `rate` a ratio is our rate by the peer's, with `time` our time by theirs."""

    ours: str
    peer: str
    unit: str
    rounds: Sequence[Round]
    goal: Goal = Goal()
    measured: Measured = "rate"

    @property
    def ratios(self) -> list[float]:
        return [ratio(one, self.measured) for one in self.rounds]

    @property
    def ratio(self) -> float:
        return median(self.ratios)


def rate(runs: Sequence[Run]) -> float:
    """Return pieces a second, over all of `runs`."""
    return sum(run.done for run in runs) / sum(run.seconds for run in runs)


def ratio(one: Round, measured: Measured) -> float:
    ours, peers = rate(one.ours), rate(one.peers)
    return ours / peers if measured == "rate" else peers / ours


def middle(rounds: Sequence[Round], side: Literal["ours", "peers"]) -> float:
    """Return the median of the rounds' rates."""
    return median(rate(getattr(one, side)) for one in rounds)


def cpu(rounds: Sequence[Round], side: Literal["ours", "peers"]) -> dict[str, float]:
    """Return microseconds of CPU that a piece of work took, by who used them."""
    runs = list(chain.from_iterable(getattr(one, side) for one in rounds))
    done = sum(run.done for run in runs)
    names = dict.fromkeys(chain.from_iterable(run.cpu for run in runs))
    return {
        name: 1e6 * sum(run.cpu.get(name, 0.0) for run in runs) / done for name in names
    }


def compare(
    ours: Side,
    peer: Side,
    *,
    unit: str,
    rounds: int,
    say: Say,
    goal: Goal = Goal(),  # noqa: B008 - it is immutable
    measured: Measured = "rate",
) -> Comparison:
    """Warm both sides up, and measure `rounds` times A B B A."""
    say(f"{ours.name} Against: {peer.name}.")
    ours.run()
    peer.run()
    done: list[Round] = []
    for number in range(1, rounds + 1):
        first, second, third, fourth = (side.run() for side in (ours, peer, peer, ours))
        one = Round(ours=(first, fourth), peers=(second, third))
        done.append(one)
        say(
            f"  round {number} of {rounds}: {rate(one.ours):,.0f} {unit} "
            f"to {rate(one.peers):,.0f}, ratio {ratio(one, measured):.2f}"
        )
    return Comparison(
        ours=ours.name,
        peer=peer.name,
        unit=unit,
        rounds=done,
        goal=goal,
        measured=measured,
    )
