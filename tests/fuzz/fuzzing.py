"""Schemathesis as a program, against a server with demo data and tokens for it."""

import os
import subprocess
import sys
from pathlib import Path

from application import demo
from tests import running

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
PROGRAM = Path(sys.executable).parent / "schemathesis"


def fuzz(
    store_url: str, *words: str, seconds: float
) -> subprocess.CompletedProcess[str]:
    """Ask all of a new store; what is wrong stands in the output."""
    for command in (["migrate"], ["demo", "--yes"]):
        done = running.bookings(store_url, *command)
        assert done.returncode == 0, done.stderr
    with running.serving(store_url) as (server,):
        return subprocess.run(
            [
                PROGRAM,
                f"--config-file={FOLDER / 'schemathesis.toml'}",
                "run",
                f"{server.url}/schema/openapi.json",
                "--no-color",
                *words,
            ],
            cwd=ROOT,
            env=os.environ
            | {
                "OWNER_TOKEN": running.token(demo.KARI.id),
                "MANAGER_TOKEN": running.token(
                    "manager-1", role="manager", workshop=running.ORG_NR
                ),
                "PYTHONPATH": str(ROOT),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=seconds,
        )
