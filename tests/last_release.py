"""`make test-last-release`: that release's tests of the store, on today's schema.

It is taken out of git into a scratch folder and gets today's before halves. What an
after half takes away it need not live with.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import tests
from adapters import migrations

ROOT = Path(tests.__path__[0]).parent
STORES = ("adapters/postgres/migrations", "adapters/sqlite/migrations")
TESTS = (
    "tests/adapters/test_store_contract.py",
    "tests/adapters/test_reader_contract.py",
    "tests/adapters/test_recorders.py",
    "tests/adapters/test_sweeps.py",
    "tests/adapters/test_audit.py",
)
NO_RELEASE = 2


def last_release() -> str | None:
    """Return the last tag of a release that leads to what is here, if there is one."""
    words = ["git", "describe", "--tags", "--abbrev=0", "--match=v*"]
    found = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    return found.stdout.strip() or None


def take_out(revision: str, folder: Path) -> None:
    """Put what a revision has into `folder`."""
    archive = folder / "release.tar"
    words = ["git", "archive", f"--output={archive}", revision]
    subprocess.run(words, cwd=ROOT, check=True)
    shutil.unpack_archive(archive, folder, filter="data")
    archive.unlink()


def give_before_halves(folder: Path) -> list[str]:
    """Add the before halves that the release does not have; return their names."""
    added: list[str] = []
    for store in STORES:
        for file in sorted((ROOT / store).glob("*.sql")):
            if (
                not migrations.is_after(file.stem)
                and not (folder / store / file.name).exists()
            ):
                shutil.copy(file, folder / store)
                added.append(f"{store}/{file.name}")
    return added


def main(words: Sequence[str]) -> int:
    revision = words[0] if words else last_release()
    if revision is None:
        sys.stderr.write("No release is tagged yet: name a revision by REV=...\n")
        return NO_RELEASE
    with tempfile.TemporaryDirectory(prefix="last-release-") as name:
        folder = Path(name)
        take_out(revision, folder)
        added = give_before_halves(folder)
        sys.stdout.write(f"{revision} with {', '.join(added) or 'its own schema'}\n")
        sys.stdout.flush()
        there = [test for test in TESTS if (folder / test).exists()]
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *there],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(folder)},
            check=False,
        ).returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
