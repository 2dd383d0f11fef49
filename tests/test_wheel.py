"""The built wheel holds the four packages, their SQL, a page, and nothing else."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("domain", "application", "projections", "adapters")


def test_the_wheel_holds_each_file_of_the_four_packages(tmp_path: Path):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")

    held = {
        name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name
    }

    assert held == {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for suffix in ("html", "js", "py", "sql")
        for path in (ROOT / package).rglob(f"*.{suffix}")
    }
