"""Limits of a server as operators set them: shared by Redis, and never in its way."""

import secrets
import subprocess

import httpx
import pytest

from tests import running, stores
from tests.programs import BOOKINGS

TOO_MANY, NOT_FOUND = 429, 404
NOWHERE = "redis://127.0.0.1:1"


def admitted(url: str) -> int:
    """Return how many calls were answered before one was too many."""
    count = 0
    with httpx.Client(base_url=url, timeout=30) as client:
        while (code := client.get("/nowhere").status_code) != TOO_MANY:
            count += code == NOT_FOUND
    return count


def codes(url: str, times: int) -> list[int]:
    with httpx.Client(base_url=url, timeout=30) as client:
        return [client.get("/nowhere").status_code for _ in range(times)]


def test_processes_share_a_limit_by_redis(postgres_url: str, redis_url: str):
    stores.migrate(postgres_url)
    more = {
        "REDIS_URL": redis_url,
        "BOOKINGS_REDIS_PREFIX": f"test-{secrets.token_hex(6)}",
        "BOOKINGS_RATE_PER_ADDRESS": "20/day",
        # Else a busy machine would let some in uncounted.
        "BOOKINGS_RATE_FAIL": "closed",
    }
    with running.serving(postgres_url, processes=2, more=more) as (one, other):
        assert 0 < admitted(one.url) <= 20
        assert admitted(other.url) == 0


@pytest.mark.parametrize(("fails", "code"), [("open", 404), ("closed", 503)])
def test_without_its_redis_it_starts_and_answers(
    sqlite_url: str, fails: str, code: int
):
    stores.migrate(sqlite_url)
    more = {"REDIS_URL": NOWHERE, "BOOKINGS_RATE_FAIL": fails}
    limited = more | {"BOOKINGS_RATE_PER_ADDRESS": "1/day"}
    with running.serving(sqlite_url, more=limited) as (server,):
        assert codes(server.url, 3) == [code] * 3


def test_a_token_has_a_generous_limit_unless_told_otherwise(sqlite_url: str):
    stores.migrate(sqlite_url)
    signed = {"authorization": f"Bearer {running.token('kari')}"}
    for more, limit in (({}, "1000"), ({"BOOKINGS_RATE_PER_TOKEN": "off"}, None)):
        with running.serving(sqlite_url, more=more) as (server,):
            answer = httpx.get(f"{server.url}/api/co/bookings", headers=signed)

        assert answer.status_code == 200
        assert answer.headers.get("ratelimit-limit") == limit


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BOOKINGS_RATE_PER_TOKEN", "often"),
        ("BOOKINGS_RATE_PER_TOKEN", "0/second"),
        ("BOOKINGS_RATE_PER_ADDRESS", "1/second; 5/minute"),
        ("BOOKINGS_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("REDIS_URL", "redis://h:hush"),
    ],
)
def test_what_cannot_be_meant_ends_the_start(sqlite_url: str, name: str, value: str):
    stores.migrate(sqlite_url)
    done = subprocess.run(
        [BOOKINGS, "serve"],
        env=running.environment(sqlite_url) | {"PORT": "0", name: value},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 2
    assert done.stderr.startswith(f"bookings: {name} ")
    assert done.stderr.count("\n") == 1
    assert "hush" not in done.stderr
