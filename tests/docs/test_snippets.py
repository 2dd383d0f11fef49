"""The published page's own snippets, sent to a real server by the programs they name.

`booking-status-page.txt` is the page as it was stored: the curl snippet lost the blank
before each line's end and has the next heading glued to its end.
"""

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters import clock
from application import demo
from domain import calendar, events
from tests import running
from tests.running import Serving

PAGE = (Path(__file__).parent / "booking-status-page.txt").read_text("utf-8")
NODE_MODULES = Path(__file__).parents[1] / "node" / "node_modules"
BOOKING = 123
KARI = demo.KARI.id


def between(start: str, end: str) -> str:
    return PAGE.partition(f"{start}\n")[2].partition(end)[0]


AXIOS = between("Node.js Axios example", "cURL example")
FETCH = PAGE.partition("Fetch example\n")[2]
CURL = between("cURL example", "Fetch example").replace("\\\n", " \\\n")
# The body as it stands in the JavaScript snippets, and in the curl snippet.
WRITTEN = re.compile(r'\{\s*"service_start_time".*?"message": \{\}\s*\}', re.DOTALL)


def by_node(node: Path, folder: Path, program: str, url: str) -> str:
    """Run a JavaScript snippet, of which only the environment is ours."""
    modules = folder / "node_modules"
    if not modules.exists():
        modules.symlink_to(NODE_MODULES)
    script = folder / "snippet.mjs"
    script.write_text(program)
    given = {"MINBIL_API_BASE_URL": url, "MINBIL_ACCESS_TOKEN": running.token(KARI)}
    return _output([str(node), str(script)], given)


def by_curl(program: str, url: str) -> str:
    """Run the curl snippet, of which host and token are ours."""
    script = program.replace("https://api.minbil.no", url).replace(
        "<access-token>", running.token(KARI)
    )
    return _output(["sh", "-c", script], {})


def _output(words: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        words,
        env={"PATH": os.environ["PATH"]} | environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout + done.stderr


@pytest.fixture(params=["axios", "fetch", "curl"])
def send(
    request: pytest.FixtureRequest, node: Path, tmp_path: Path
) -> Callable[[str, Any], str]:
    """Return what sends a body (None: the page's own), and shows the answer."""

    def sending(url: str, body: Any) -> str:
        program = {"axios": AXIOS, "fetch": FETCH, "curl": CURL}[request.param]
        if body is not None:
            program, replaced = WRITTEN.subn(lambda _: json.dumps(body), program)
            assert replaced == 1
        if request.param == "curl":
            return by_curl(program, url)
        return by_node(node, tmp_path, program, url)

    return sending


@pytest.fixture
def served(store_url: str) -> Iterator[Serving]:
    """Yield a server that has the demo's data."""
    for words in (["migrate"], ["demo", "--yes"]):
        done = running.bookings(store_url, *words)
        assert done.returncode == 0, done.stderr
    with running.serving(store_url) as (server,):
        yield server


def start_of(store_url: str) -> str:
    placed = running.history(store_url, BOOKING)[0]
    assert isinstance(placed, events.Placed)
    target = demo.move_target(clock.now(), placed.slot.start)
    return calendar.local(target, demo.POLICY.time_zone).isoformat()


def test_the_snippets_of_the_page_do_what_the_page_says(
    store_url: str, served: Serving, send: Callable[[str, Any], str]
):
    before = running.history(store_url, BOOKING)

    shown = send(served.url, None)
    assert "422" in shown
    for pointer, code in (
        ("/status", "status_not_settable"),
        ("/cancellation_reason", "type"),
        ("/attachments/0/upload_id", "required"),
        ("/message/text", "required"),
    ):
        assert re.search(rf"{pointer}['\"],\s*\"?code\"?:\s*['\"]{code}['\"]", shown)
    assert running.history(store_url, BOOKING) == before

    message = {"text": "I will be ten minutes late."}
    move = {"service_start_time": start_of(store_url), "message": message}
    assert "rescheduled" in send(served.url, move)
    moved = running.history(store_url, BOOKING)[len(before) :]
    assert [type(event) for event in moved] == [
        events.Rescheduled,
        events.MessageAppended,
    ]

    cancel = {
        "status": "CANCELLED",
        "cancellation_reason": "The car is sold.",
        "message": {"text": "Thank you all the same."},
    }
    assert "cancelled" in send(served.url, cancel)
    gone = running.history(store_url, BOOKING)[len(before) + 2 :]
    assert [type(event) for event in gone] == [
        events.Cancelled,
        events.MessageAppended,
    ]


def test_the_page_is_cut_where_its_snippets_begin_and_end():
    assert AXIOS.startswith("import axios")
    assert AXIOS.endswith("});")
    assert CURL.startswith("curl -X PUT")
    assert CURL.endswith("}'")
    assert FETCH.startswith("const BASE_URL")
    assert all(len(WRITTEN.findall(text)) == 1 for text in (AXIOS, CURL, FETCH))
    body = msgspec.json.decode(WRITTEN.findall(CURL)[0])
    assert body["attachments"] == [{}]
