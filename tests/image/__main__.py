"""Tries the steps of the Dockerfile here, where there may be no docker: `make image`.

Its one law: what is run is what the file says, but for where the environment is made.
"""

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.composed import ROOT, image_environment

PLACE = "/opt/bookings"
# Of what builds, nothing may be left.
GONE = ("pip", "hatchling")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "bookings"
        _build(Path(folder) / "build", str(place))
        _must_work(place)


def _build(context: Path, place: str) -> None:
    """Do what the first stage says, in a folder of its own."""
    context.mkdir()
    for step, words in _steps():
        sys.stderr.write(f"{step} {words}\n")
        if step == "COPY":
            *sources, target = words.split()
            for source in sources:
                _copy(ROOT / source, context / target)
        else:
            command = words.replace(PLACE, place).replace("python -m", "python3 -m")
            subprocess.run(["bash", "-euc", command], cwd=context, check=True)


def _steps() -> list[tuple[str, str]]:
    """Return the steps of the first stage, in order."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    stage = text.split("\nFROM ")[1]
    return re.findall(r"^(COPY|RUN) (.+)$", stage, re.MULTILINE)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    elif target.is_dir():
        shutil.copy2(source, target / source.name)
    else:
        shutil.copy2(source, target)


def _must_work(place: Path) -> None:
    """Ask the environment for what the image is for, as the image's user would."""
    python, environ = place / "bin/python", image_environment()
    environ |= {"PATH": f"{place}/bin:/usr/bin:/bin"}
    for line in (
        "bookings --version",
        "bookings serve --help",
        "python -c 'import adapters.spans'",
    ):
        subprocess.run(
            [str(place / "bin" / shlex.split(line)[0]), *shlex.split(line)[1:]],
            env=environ,
            cwd="/",
            check=True,
            stdout=subprocess.DEVNULL,
        )
    there = (
        "import importlib.util as i, sys; sys.exit(i.find_spec(sys.argv[1]) is None)"
    )
    left = [
        name
        for name in GONE
        if not subprocess.run([python, "-c", there, name], check=False).returncode
    ]
    if left:
        sys.exit(f"What builds is still there: {', '.join(left)}.")
    size = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
    sys.stderr.write(f"It works; the environment has {size // 1_000_000} MB.\n")


if __name__ == "__main__":
    main()
