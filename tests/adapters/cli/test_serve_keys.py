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
from tests.adapters.test_fetching import serving, tell
from tests.adapters.test_jwks import P256, encoded, public
from tests.certificates import Authority
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


def test_an_issuer_that_cannot_be_believed_ends_the_start(
    environment: dict[str, str], tmp_path: Path
):
    run(environment, "migrate")
    authority = Authority(tmp_path)
    asked = f"?key={'hush' * 4}"
    answer = tell(500, b"hush")
    with serving(answer, authority.context("127.0.0.1")) as server:
        environment["BOOKINGS_JWKS"] = server.url + asked
        for trusted, why in (("none", "certificate verify failed"), ("file", "500 ")):
            file = authority.file if trusted == "file" else tmp_path / "none"
            done = run(environment | {"SSL_CERT_FILE": str(file)}, "serve")

            assert done.returncode == 3
            (line,) = done.stderr.splitlines()
            assert line.startswith(f"bookings: BOOKINGS_JWKS: {server.url} cannot be")
            assert why in line
            assert "hush" not in line


def test_there_is_no_secret_to_sign_tokens_with(environment: dict[str, str]):
    done = run(environment, "token", "--owner", "kari")

    assert (done.returncode, done.stdout) == (2, "")
    assert "BOOKINGS_JWKS" in done.stderr
