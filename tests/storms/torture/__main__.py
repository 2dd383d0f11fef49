"""`python -m tests.storms.torture`: torture the log, show what was found, judge it."""

import argparse
import sys

from rich.console import Console
from rich.table import Table

from adapters.cli import output
from tests.storms.torture.server import own_server
from tests.storms.torture.torture import Outcome, Plan, torture


def main() -> int:
    asked = _parser().parse_args()
    plan = Plan(
        asked.events, asked.writers, asked.kills, asked.server_kills, asked.seed
    )
    with own_server() as server, output.progress("Torturing the log") as told:
        outcome = torture(server, plan, told)
    Console().print(table(outcome))
    for what in outcome.lacking:
        output.say(f"{what}: it did not happen, so this does not count.")
    for failure in outcome.failures:
        output.say(failure)
    return int(not outcome.is_well)


def table(outcome: Outcome) -> Table:
    drawn = Table(title="The log under torture", title_justify="left")
    drawn.add_column("What")
    drawn.add_column("How much", justify="right")
    rows: dict[str, str] = {
        "events": f"{outcome.events:,}",
        "seconds": f"{outcome.seconds:,.0f}",
        "writers at once": str(outcome.plan.writers),
        **{what: f"{number:,}" for what, number in sorted(outcome.met.items())},
    }
    for what, figure in rows.items():
        drawn.add_row(what, figure)
    drawn.add_section()
    for name in outcome.verdict.__struct_fields__:
        drawn.add_row(name.replace("_", " "), f"{getattr(outcome.verdict, name):,}")
    drawn.add_section()
    worst = outcome.worst
    drawn.add_row("worst append beside maintenance", f"{1000 * worst.beside:,.1f} ms")
    drawn.add_row("worst append without", f"{1000 * worst.without:,.1f} ms")
    if worst.without:
        drawn.add_row("ratio", f"{worst.beside / worst.without:.2f}")
    return drawn


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.storms.torture")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--server-kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    return parser


if __name__ == "__main__":
    sys.exit(main())
