"""The page that a run writes: a table of ratios, and all that they come from."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from tests.benchmarks import comparing
from tests.benchmarks.bench import Fact, Report
from tests.benchmarks.comparing import Comparison

INTRODUCTION = """\
# Benchmarks

`make bench` measures what follows and writes this page; no test asserts a time. Both
sides of a ratio are measured in the same run on the same machine: after a run of each
to warm up, rounds of four runs, A B B A. Each round gives a ratio; the one quoted is
the median of the rounds, which was decided before. Both sides commit as durably as the
settings say. Any answer but 200 ends the whole run, and what was acknowledged is
counted in the store afterwards. A goal that is missed is told like one that is met."""
CPU = """\
CPU for one piece of work, over all runs, by who used it. A client costs what it costs
on both sides; it is one process of its own."""

MISSING = "Several nodes: this machine has no Citus."

Row = Sequence[str]
Who = Literal["ours", "peers"]


def page(machine: Sequence[Fact], reports: Mapping[str, Report]) -> str:
    named = [
        (name if len(report.comparisons) == 1 else f"{name} {number}", one)
        for name, report in reports.items()
        for number, one in enumerate(report.comparisons, start=1)
    ]
    facts = [(name, *fact) for name, report in reports.items() for fact in report.facts]
    parts = [
        INTRODUCTION,
        "## Ratios",
        _table(_RATIOS, [_ratio(name, one) for name, one in named]),
        "## What is what",
        *(f"**{name}**: {one.ours} Against: {one.peer}." for name, one in named),
        "## Beside them",
        _table(("", "", ""), facts),
        "## CPU",
        CPU,
        _table(_CPU, [row for name, one in named for row in _cpu(name, one)]),
        "## All rounds",
        _table(_ROUNDS, [row for name, one in named for row in _rounds(name, one)]),
        "## Machine and settings",
        _table(("", ""), machine),
        "## Not measured yet",
        MISSING,
    ]
    return "\n\n".join(parts) + "\n"


_RATIOS = ("", "unit", "ours", "peer", "ratio", "least", "most", "goal", "")
_CPU = ("", "side", "µs")
_ROUNDS = ("", "round", "ours", "peer", "ratio")


def _ratio(name: str, one: Comparison) -> Row:
    return (
        name,
        one.unit if one.measured == "rate" else f"{one.unit}, ratio of times",
        f"{comparing.middle(one.rounds, 'ours'):,.0f}",
        f"{comparing.middle(one.rounds, 'peers'):,.0f}",
        f"**{one.ratio:.2f}**",
        f"{min(one.ratios):.2f}",
        f"{max(one.ratios):.2f}",
        str(one.goal),
        one.goal.verdict(one.ratio),
    )


def _cpu(name: str, one: Comparison) -> Iterator[Row]:
    sides: tuple[tuple[str, Who], ...] = (("ours", "ours"), ("peer", "peers"))
    for side, who in sides:
        used = comparing.cpu(one.rounds, who)
        if not used:
            continue
        told = ", ".join(f"{part} {micros:,.1f}" for part, micros in used.items())
        yield name, side, told


def _rounds(name: str, one: Comparison) -> Iterator[Row]:
    for number, (each, ratio) in enumerate(
        zip(one.rounds, one.ratios, strict=True), start=1
    ):
        ours, peers = comparing.rate(each.ours), comparing.rate(each.peers)
        yield name, str(number), f"{ours:,.0f}", f"{peers:,.0f}", f"{ratio:.2f}"


def _table(head: Row, rows: Sequence[Row]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
