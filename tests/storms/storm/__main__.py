"""`python -m tests.storms.storm`: let it storm, show what was met, and judge.

Ends with 0 when all is well, 1 with a violation, 2 when some fault or refusal never
came, so that nothing is proved.
"""

import argparse
import sys

from rich.console import Console
from rich.table import Table

from adapters.cli import output
from tests.storms.storm.faults import FAULTS
from tests.storms.storm.storm import Outcome, storm

WELL, WRONG, PROVES_NOTHING = 0, 1, 2


def main() -> int:
    asked = _parser().parse_args()
    outcome = Outcome()
    with output.progress("Storming") as told:
        for number in range(asked.seeds):
            told(number, asked.seeds)
            seconds = asked.seconds / asked.seeds
            outcome.add(storm(asked.seed + number, seconds, tidy=asked.tidy))
    Console().print(table(outcome))
    for violation in outcome.violations:
        output.say(violation)
    for what in outcome.lacking:
        output.say(f"{what}: it never came, so this does not count.")
    if outcome.violations:
        return WRONG
    return PROVES_NOTHING if outcome.lacking else WELL


def table(outcome: Outcome) -> Table:
    drawn = Table(title="The storm", title_justify="left")
    drawn.add_column("What")
    drawn.add_column("How often", justify="right")
    drawn.add_row("seeds", _span(outcome.seeds))
    for name in ("calls", "events", "unanswered", "replays"):
        drawn.add_row(name, f"{getattr(outcome, name):,}")
    drawn.add_row("live again after", f"{max(outcome.live_after, default=0):.1f} s")
    drawn.add_row("violations", str(len(outcome.violations)))
    faults = {fault.name: outcome.faults[fault.name] for fault in FAULTS}
    for part in (faults, outcome.refusals, outcome.outcomes):
        drawn.add_section()
        for name in part if part is faults else sorted(part):
            drawn.add_row(name, f"{part[name]:,}")
    return drawn


def _span(seeds: list[int]) -> str:
    return str(seeds[0]) if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.storms.storm")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1, help="storms after each other")
    parser.add_argument("--seconds", type=float, default=60, help="of all of them")
    parser.add_argument("--tidy", action="store_true", help="keep nothing to look at")
    return parser


if __name__ == "__main__":
    sys.exit(main())
