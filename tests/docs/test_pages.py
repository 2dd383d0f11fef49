"""The README and the how-to pages: each block does what it says, in a fresh copy."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import servers

ROOT = Path(__file__).parents[2]
PAGES = (
    "README.md",
    "docs/howto/operate.md",
    "docs/howto/deploy.md",
    "docs/howto/backup.md",
    "docs/howto/upgrade.md",
    # At last, since the server would have to be started again amid it.
    "docs/howto/keys.md",
)
README = (ROOT / "README.md").read_text()
STARTED = 120.0  # seconds
# What a block begins with that is not run here, and who does run it.
ELSEWHERE = (
    "make test",  # this very run
    "docker ",  # what the compose file says, `test_deployed` runs
    "sudo ",  # as the image is made, of which `make image` tries the steps
)


def blocks(page: str) -> list[str]:
    text = (ROOT / page).read_text()
    return re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of what git would commit, with this environment in `.venv`."""
    folder = tmp_path_factory.mktemp("checkout")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        source = ROOT / name
        if source.is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    (folder / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    return folder


@pytest.fixture(scope="module")
def served(checkout: Path) -> Iterator[dict[str, str]]:
    """Do the README's first block; yield the environment for the others."""
    environ = {
        "HOME": str(checkout),
        "PATH": os.environ["PATH"],
        "PORT": str(servers.free_port()),
        "COLUMNS": "100",
    }
    assert blocks("README.md")[0] == "make run\n"
    with subprocess.Popen(
        # The environment is there already; whether it can be made, a clone shows.
        ["make", "-o", ".venv/.run-stamp", "run"],
        cwd=checkout,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as server:
        try:
            _wait_until_serving(server)
            yield environ
        finally:
            os.killpg(server.pid, signal.SIGINT)
            assert server.wait(timeout=30) is not None


def _wait_until_serving(server: "subprocess.Popen[str]") -> None:
    assert server.stdout is not None
    give_up = time.monotonic() + STARTED
    said = ""
    for line in server.stdout:
        said += line
        if "Serving on" in line:
            return
        assert time.monotonic() < give_up, said
    pytest.fail(f"`make run` ended: {said}")


def run(block: str, checkout: Path, environ: dict[str, str]) -> str:
    done = subprocess.run(
        [
            "bash",
            "-euo",
            "pipefail",
            "-c",
            block.replace(":5000", f":{environ['PORT']}"),
        ],
        cwd=checkout,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_each_block_of_each_page_does_what_it_says(
    checkout: Path, served: dict[str, str]
) -> None:
    said = {
        block: run(block, checkout, served)
        for page in PAGES
        for block in blocks(page)
        if block != "make run\n" and not block.startswith(ELSEWHERE)
    }

    call, replay = (found(said, words) for words in ("curl -i -X PUT", "--as-of 1"))
    assert "HTTP/1.1 200 OK" in call
    assert '"outcome":"cancelled"' in call
    assert "Sold the car" in replay
    assert "no differences" in found(said, "bookings rebuild\n")
    day = found(said, "# Kari finds free times").splitlines()
    assert day[:9] == [
        *("CONFIRMED", "rescheduled", "2", "change_requested", "image/png"),
        *("countered", "accepted", "rescheduled", "CANCELLED"),
    ]
    assert [line.split()[1:] for line in day[9:]] == history_of_the_day()


def history_of_the_day() -> list[list[str]]:
    """Return the rows of the table below the day: role, event, verdict."""
    rows = re.findall(
        r"^\| (\w+) \| `(booking\.\w+)` \| ?(\w*) ?\|$", README, re.MULTILINE
    )
    assert len(rows) == 9
    return [[cell for cell in row if cell] for row in rows]


def found(said: dict[str, str], words: str) -> str:
    (output,) = [out for block, out in said.items() if words in block][:1]
    return output


def test_every_block_is_of_a_kind_that_is_run() -> None:
    pages = [ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md")]
    kinds = {
        kind
        for page in pages
        for kind in re.findall(r"^```(\w+)$", page.read_text(), re.MULTILINE)
    }

    # What is JSON is held to the code by `test_policy_page`.
    # What is a unit or a rule, `test_deploy_page` holds to what there is.
    # SQL is for whoever runs the database.
    assert kinds <= {"sh", "python", "json", "ini", "yaml", "sql"}
    with_json = {page.name for page in pages if "```json" in page.read_text()}
    assert with_json == {"policy.md"}
    with_commands = {
        str(page.relative_to(ROOT)) for page in pages if "```sh" in page.read_text()
    }
    assert with_commands == set(PAGES)


def test_links_between_pages_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
