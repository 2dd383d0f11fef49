"""Write the golden files that are missing; those that exist are never touched.

Run it as `python -m tests.golden.add`.
"""

import sys
from pathlib import Path

from tests.golden.shapes import FOLDER, WRITTEN


def add_missing(folder: Path) -> list[str]:
    """Return the names of the files that were added to `folder`."""
    missing = [name for name in WRITTEN if not (folder / f"{name}.json").exists()]
    for name in missing:
        (folder / f"{name}.json").write_bytes(WRITTEN[name].stored.state)
    return missing


if __name__ == "__main__":
    sys.stdout.writelines(f"added {name}\n" for name in add_missing(FOLDER))
