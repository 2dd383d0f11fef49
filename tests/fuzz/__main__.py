"""`make fuzz`: new examples each time. FUZZ_SECONDS (600) is how long it takes."""

import os
import sys
import tempfile
from pathlib import Path

from tests import servers
from tests.fuzz.fuzzing import fuzz

SECONDS = int(os.environ.get("FUZZ_SECONDS", "600"))

with tempfile.TemporaryDirectory() as folder:
    done = fuzz(
        servers.sqlite_url(Path(folder)),
        f"--max-time={SECONDS}",
        "--max-examples=100",
        seconds=SECONDS + 600,
    )
sys.stdout.write(done.stdout)
sys.exit(done.returncode)
