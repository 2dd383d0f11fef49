"""`bookings serve` with the keys of another issuer, which it does not have itself."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from adapters import clock
from tests import running
from tests.adapters.cli.test_serve import Server
from tests.adapters.test_jwks import P256, encoded, public
from tests.programs import BOOKINGS


@pytest.fixture
def environment(sqlite_url: str, tmp_path: Path) -> dict[str, str]:
    file = tmp_path / "jwks.json"
    file.write_bytes(encoded(public(P256, kid="1")))
    found = running.environment(sqlite_url) | {
        "PORT": "0",
        "BOOKINGS_JWKS": str(file),
    }
    del found["BOOKINGS_JWT_SECRET"]
    return found


def run(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BOOKINGS, *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def status(url: str, key: Any, algorithm: str) -> int:
    claims = {
        "sub": "kari",
        "role": "owner",
        "iss": "bookings",
        "aud": "bookings-api",
        "exp": int(clock.now().timestamp()) + 60,
    }
    token = jwt.encode(claims, key, algorithm, headers={"kid": "1"})
    authorization = {"authorization": f"Bearer {token}"}
    return httpx.get(f"{url}/api/co/bookings", headers=authorization).status_code


def test_tokens_are_taken_of_whoever_has_the_private_key(environment: dict[str, str]):
    assert run(environment, "migrate").returncode == 0
    process = subprocess.Popen(
        [BOOKINGS, "serve"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            server = Server(process)
            assert status(server.url, P256, "ES256") == 200
            assert status(server.url, running.KEYS["BOOKINGS_JWT_SECRET"], "HS256") == (
                401
            )
            process.send_signal(signal.SIGTERM)
            assert server.ended()[0] == 0
        finally:
            process.kill()


def test_a_server_whose_keys_cannot_be_had_does_not_start(environment: dict[str, str]):
    run(environment, "migrate")
    for content in ("{}", json.dumps({"keys": [{"kty": "oct", "k": "AAAA"}]})):
        Path(environment["BOOKINGS_JWKS"]).write_text(content)
        done = run(environment, "serve")

        assert done.returncode == 3
        (line,) = done.stderr.splitlines()
        assert line.startswith("bookings: BOOKINGS_JWKS: ")


def test_there_is_no_secret_to_sign_tokens_with(environment: dict[str, str]):
    done = run(environment, "token", "--owner", "kari")

    assert (done.returncode, done.stdout) == (2, "")
    assert "BOOKINGS_JWKS" in done.stderr
