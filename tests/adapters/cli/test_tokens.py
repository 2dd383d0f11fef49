"""`bookings token` hands out what the API takes, and refuses what it would not."""

from datetime import timedelta

import jwt
import pytest

from adapters import clock
from adapters.http import auth
from adapters.http.auth import Caller, Trust
from adapters.signatures import SharedSecret
from tests.adapters.cli.conftest import KEYS, Bookings

TRUST = Trust(
    verifiers=SharedSecret(KEYS["BOOKINGS_JWT_SECRET"]),
    issuer="bookings",
    audience="bookings-api",
)


def caller(token: str) -> Caller:
    return auth.read(token, TRUST)


@pytest.fixture(autouse=True)
def _on_sqlite(sqlite_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", sqlite_url)


def test_only_the_token_is_printed(bookings: Bookings):
    done = bookings("token", "--owner", "kari")

    assert (done.code, done.err) == (0, "")
    assert done.out.count("\n") == 1
    assert caller(done.out.strip()).sub == "kari"


def test_a_token_is_a_car_owners_for_a_working_day_unless_it_says_otherwise(
    bookings: Bookings,
):
    found = caller(bookings("token", "--sub", "kari").out.strip())

    now = clock.now()
    assert (found.role, found.workshop) == ("owner", None)
    assert found.holds_at(now)
    assert found.holds_at(now + timedelta(hours=7))
    assert not found.holds_at(now + timedelta(hours=8))
    assert not found.holds_at(now - timedelta(hours=1))


def test_a_managers_token_names_the_workshop(bookings: Bookings):
    words = ["--sub", "anna", "--role", "manager", "--workshop", "313001083"]
    found = caller(bookings("token", *words, "--ttl", "30m").out.strip())

    assert (found.role, found.workshop) == ("manager", 313001083)
    assert found.nbf is not None
    assert found.exp - found.nbf == 30 * 60


def test_an_auditor_may_be_of_all_workshops(bookings: Bookings):
    found = caller(bookings("token", "--sub", "eve", "--role", "auditor").out.strip())

    assert (found.role, found.workshop) == ("auditor", None)


def test_issuer_and_audience_are_settings(bookings: Bookings):
    names = {"BOOKINGS_JWT_ISSUER": "me", "BOOKINGS_JWT_AUDIENCE": "you"}
    token = bookings("token", "--sub", "kari", **names).out.strip()

    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["iss"], claims["aud"]) == ("me", "you")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ([], "parameter --sub requires an argument"),
        (["--sub", ""], "--sub is 1 to 255 printable characters"),
        (["--sub", " "], "--sub is 1 to 255 printable characters"),
        (["--sub", "k\nari"], "--sub is 1 to 255 printable characters"),
        (["--sub", "k" * 256], "--sub is 1 to 255 printable characters"),
        (["--sub", "k", "--ttl", "0s"], "--ttl is longer than nothing"),
        (["--sub", "k", "--ttl", "-1h"], "--ttl"),
        (["--sub", "k", "--ttl", "soon"], "--ttl: unable to convert"),
        (["--sub", "k", "--role", "king"], 'Invalid value "king" for --role'),
        (["--sub", "k", "--role", "staff"], "--role staff needs a --workshop"),
        (["--sub", "k", "--workshop", "313001083"], "--workshop goes with a --role"),
        (["--sub", "k", "--workshop", "12345678"], "--workshop"),
        (["--sub", "k", "--workshop", "1234567890"], "--workshop"),
    ],
)
def test_a_token_that_would_not_be_taken_is_not_made(
    bookings: Bookings, words: list[str], line: str
):
    done = bookings("token", *words)

    assert (done.code, done.out) == (2, "")
    assert line in done.err
    assert done.err.count("\n") == 1
