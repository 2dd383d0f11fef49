"""The page at `/schema`, in a real browser that can reach nobody but the server."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from adapters.http import openapi, ui
from application import demo
from tests import running, servers
from tests.running import Serving

NODE_FOLDER = Path(__file__).parents[2] / "node"
PUBLISHED = NODE_FOLDER / "node_modules" / "swagger-ui-dist"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Yield a server that has the demo's data."""
    url = servers.sqlite_url(tmp_path_factory.mktemp("store"))
    for words in (["migrate"], ["demo", "--yes"]):
        done = running.bookings(url, *words)
        assert done.returncode == 0, done.stderr
    with running.serving(url) as (serving,):
        yield serving


class Seen(msgspec.Struct, kw_only=True):
    """What a browser saw and did at the page."""

    address: str
    operations: list[tuple[str, str]]
    answer: int
    asked: list[str]
    complaints: list[str]


@pytest.fixture(scope="module")
def seen(server: Serving, node: Path) -> Seen:
    """Return what a person sees who opens the server's address and tries a call."""
    chromium = next(filter(None, map(shutil.which, CHROMIUM)))
    done = subprocess.run(
        [
            node,
            NODE_FOLDER / "browse.mjs",
            chromium,
            server.url,
            running.token(demo.KARI.id),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return msgspec.json.decode(done.stdout, type=Seen)


def test_the_address_of_the_server_leads_to_a_list_of_all_operations(
    server: Serving, seen: Seen
):
    described = [
        (method.upper(), path)
        for path, methods in openapi.document()["paths"].items()
        for method in methods
    ]

    assert seen.address.startswith(f"{server.url}/schema")
    assert sorted(seen.operations) == sorted(described)


def test_a_token_is_pasted_and_a_call_is_answered(seen: Seen):
    assert seen.answer == 200


def test_the_page_asks_nobody_but_its_server(server: Serving, seen: Seen):
    assert f"{server.url}/schema/openapi.json" in seen.asked
    assert {
        url for url in seen.asked if not url.startswith((f"{server.url}/", "data:"))
    } == set()


def test_the_page_breaks_nothing_of_its_own_policy(seen: Seen):
    assert seen.complaints == []


def test_the_page_says_what_it_may_load(server: Serving):
    answer = httpx.get(f"{server.url}/", follow_redirects=True)

    policy = answer.headers["content-security-policy"]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert ":" not in policy.replace("data:", "")


def test_each_part_that_the_page_names_is_there_and_can_be_kept(server: Serving):
    page = httpx.get(f"{server.url}/schema").text
    names = re.findall(r'(?:src|href)="(/schema/[^"]+\?v=[0-9a-f]{16})"', page)

    assert len(names) == len(ui.PARTS)
    for name in names:
        answer = httpx.get(server.url + name)
        part = ui.PARTS[name.partition("?")[0].removeprefix("/schema/")]
        assert answer.headers["content-type"].partition(";")[0] == part.media_type
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("name", "published"),
    [("swagger-ui.js", "swagger-ui-bundle.js"), ("swagger-ui.css", "swagger-ui.css")],
)
def test_what_is_not_ours_is_what_its_makers_publish(name: str, published: str):
    assert ui.content(name) == (PUBLISHED / published).read_bytes()
