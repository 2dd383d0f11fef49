"""`python -m tests.storms.storm.bites`: plant each defect in a copy, and let it storm.

Ends with 1 when a storm found one of them not, for which it has several seeds.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from adapters.cli import output
from tests.storms.storm.defects import DEFECTS, Defect, plant
from tests.storms.storm.town import ROOT

COPIED = ("domain", "application", "projections", "adapters", "tests", "pyproject.toml")
_NEVER = shutil.ignore_patterns("node_modules", "__pycache__")


class Found(NamedTuple):
    """By which seed, after how long, and the violation that tells of it."""

    seed: int
    seconds: float
    violation: str


@contextmanager
def copied() -> Iterator[Path]:
    """Yield a copy of all that runs."""
    with tempfile.TemporaryDirectory(prefix="storm-copy-") as folder:
        root = Path(folder)
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, root / name, ignore=_NEVER)
            else:
                shutil.copy(ROOT / name, root / name)
        yield root


def bite(defect: Defect, seeds: int, seconds: float) -> Found | None:
    """Let it storm in a copy with the defect, until it is found."""
    began = time.monotonic()
    with copied() as root:
        plant(root, defect.edits)
        for seed in range(1, seeds + 1):
            for violation in _storm(root, seed, seconds):
                if defect.is_told_by(violation):
                    return Found(seed, time.monotonic() - began, violation)
    return None


def _storm(root: Path, seed: int, seconds: float) -> Sequence[str]:
    """Return the violations of a storm in the copy at `root`."""
    words = ("--seed", str(seed), "--seconds", str(seconds), "--tidy")
    ran = subprocess.run(
        [sys.executable, "-m", "tests.storms.storm", *words],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode in {0, 1, 2}, ran.stderr
    return ran.stderr.splitlines() if ran.returncode == 1 else ()


def main() -> int:
    asked = _parser().parse_args()
    wanted = [one for one in DEFECTS if asked.only in one.name]
    drawn = Table(title="What the storm finds", title_justify="left")
    for name in ("Defect", "Seed", "Seconds", "Violation"):
        drawn.add_column(name)
    missed = 0
    with output.progress("Planting defects") as told:
        for number, defect in enumerate(wanted):
            told(number, len(wanted))
            found = bite(defect, asked.seeds, asked.seconds)
            missed += found is None
            seed, seconds, violation = found or (0, 0.0, "NOT FOUND")
            output.say(f"{defect.name}: {violation}")
            drawn.add_row(defect.name, str(seed), f"{seconds:.0f}", violation)
    Console().print(drawn)
    return int(missed > 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.storms.storm.bites")
    parser.add_argument("--only", default="", help="defects with this in their name")
    parser.add_argument("--seeds", type=int, default=5, help="storms for each, at most")
    parser.add_argument("--seconds", type=float, default=20, help="of each storm")
    return parser


if __name__ == "__main__":
    sys.exit(main())
