"""`python -m tests.benchmarks`: measure all and write the page, or some and show it."""

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from tests import servers
from tests.benchmarks import (
    appends,
    gets,
    growth,
    histories,
    logs,
    machine,
    maintenance,
    pgbench,
    puts,
    report,
    sqlite,
    threads,
)
from tests.benchmarks.bench import FULL, SHORT, Bench, Benchmark, Scale

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "benchmarks.md"
BENCHMARKS: Mapping[str, Benchmark] = {
    "put": puts.measure,
    "get": gets.measure,
    "history": histories.measure,
    "append": appends.measure,
    "log": logs.measure,
    "thread": threads.measure,
    "sqlite": sqlite.measure,
    "maintenance": maintenance.measure,
    "growth": growth.measure,
}


def main(words: Sequence[str] | None = None) -> None:
    asked = _parser().parse_args(words)
    try:
        page = run(asked.only or list(BENCHMARKS), _scale(asked))
    except pgbench.Absent as missing:
        sys.exit(str(missing))
    if asked.only or asked.short:
        sys.stdout.write(page)
    else:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page, "utf-8")
        say(f"Written: docs/reference/{PAGE.name}")


def run(names: Sequence[str], scale: Scale) -> str:
    """Measure, and return the page. Raises `Absent` before anything is measured."""
    if "append" in names:
        pgbench.program()
    with (
        tempfile.TemporaryDirectory(prefix="bookings-bench-") as folder,
        servers.running_postgres() as server,
    ):
        bench = Bench(scale=scale, server=server, folder=Path(folder), say=say)
        described = list(machine.described(server, bench.folder))
        reports = {name: BENCHMARKS[name](bench) for name in names}
    return report.page(described, reports)


def say(text: str) -> None:
    """Tell what is going on, beside the result."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Measure against limits and peers, in one run. All of it takes "
        "some twenty minutes and writes docs/reference/benchmarks.md.",
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=list(BENCHMARKS),
        help="one benchmark, or some; the page goes to stdout",
    )
    parser.add_argument(
        "--short",
        action="store_true",
        help="one short round of each, to see that it works; the page goes to stdout",
    )
    parser.add_argument(
        "--events",
        type=int,
        metavar="N",
        help=f"events of the log that is rebuilt, {FULL.events} if not said",
    )
    parser.add_argument(
        "--growth",
        type=int,
        metavar="N",
        help=f"events of the log that has grown, {FULL.growth} if not said",
    )
    return parser


def _scale(asked: argparse.Namespace) -> Scale:
    scale = SHORT if asked.short else FULL
    if asked.events is not None:
        scale = msgspec.structs.replace(scale, events=asked.events)
    if asked.growth is not None:
        scale = msgspec.structs.replace(scale, growth=asked.growth)
    return scale


if __name__ == "__main__":
    main()
