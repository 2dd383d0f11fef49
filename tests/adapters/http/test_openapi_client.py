"""A client generator takes the description, and what it makes of it is usable."""

import subprocess
from pathlib import Path

import msgspec

from adapters.http import openapi

NODE_FOLDER = Path(__file__).parents[2] / "node"
MODULES = NODE_FOLDER / "node_modules"


def run(node: Path, program: str, *words: str | Path) -> str:
    done = subprocess.run(
        [node, MODULES / program, *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_generated_client_knows_bodies_answers_and_problems(
    node: Path, tmp_path: Path
):
    document, types = tmp_path / "openapi.json", tmp_path / "api.ts"
    document.write_bytes(msgspec.json.encode(openapi.document()))
    client = tmp_path / "client.ts"
    client.write_bytes((NODE_FOLDER / "client.ts").read_bytes())

    run(node, "openapi-typescript/bin/cli.js", document, "--output", types)

    run(node, "typescript/bin/tsc", "--strict", "--noEmit", client)
