"""Tokens: what is taken, and everything that only looks like one."""

import base64
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from adapters.http import auth
from adapters.signatures import SharedSecret
from domain.structs import replace
from tests.adapters.http import tiny
from tests.adapters.http.asking import (
    SECRET,
    STAFF_CLAIMS,
    TRUST,
    ask,
    bearer,
    claims,
    token,
)
from tests.adapters.http.tiny import APP
from tests.examples import MONDAY, ORG_NR, OWNER

BOOKING = "/api/co/bookings/123"
HOUR = timedelta(hours=1)
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
RSA_PUBLIC = RSA_KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


def status(authorization: str) -> int:
    return ask(APP, BOOKING, headers={"authorization": authorization}).status_code


def test_a_good_token_says_who_calls():
    answer = ask(APP, BOOKING, headers=bearer())

    assert answer.json() == {"id": 123, "sub": OWNER.id}


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER  "])
def test_the_scheme_is_written_in_any_case(scheme: str):
    assert status(scheme + token()) == 200


@pytest.mark.parametrize("typ", ["JWT", "at+jwt", None])
def test_a_token_may_be_of_these_types(typ: str | None):
    assert status(f"Bearer {token(header={'typ': typ})}") == 200


def test_a_token_may_name_a_plain_key_and_several_audiences():
    good = token(header={"kid": "key-1"}, aud=["other", TRUST.audience])

    assert status(f"Bearer {good}") == 200


def test_without_a_token_one_is_asked_for():
    answer = ask(APP, BOOKING)

    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthorized"
    assert answer.headers["www-authenticate"] == "Bearer"


WRONG_CLAIMS: list[dict[str, Any]] = [
    {"aud": "other"},
    {"aud": None},
    {"aud": []},
    {"aud": {"bookings-api": 1}},
    {"iss": "other"},
    {"iss": None},
    {"iss": ["bookings"]},
    {"exp": None},
    {"exp": "9999999999"},
    {"exp": True},
    {"exp": float("nan")},
    {"exp": int(MONDAY.timestamp())},
    {"nbf": int(MONDAY.timestamp()) + 1},
    {"nbf": "0"},
    {"sub": None},
    {"sub": ""},
    {"sub": 7},
    {"sub": "x" * 256},
    {"sub": "a\nb"},
    {"sub": "a\x00b"},
    {"sub": "\ud800"},
    {"role": None},
    {"role": "admin"},
    {"role": "system"},
    {"role": ["owner"]},
    {"role": "staff"},
    {"role": "manager"},
    {"role": "staff", "workshop": str(ORG_NR)},
    {"role": "staff", "workshop": True},
    {"role": "staff", "workshop": 7},
]


@pytest.mark.parametrize("wrong", WRONG_CLAIMS, ids=str)
def test_a_token_with_a_wrong_claim_is_refused(wrong: dict[str, Any]):
    answer = ask(APP, BOOKING, headers=bearer(**wrong))

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize(
    "header",
    [
        {"kid": "../../dev/null"},
        {"kid": "/etc/passwd"},
        {"kid": "a'; SELECT 1"},
        {"kid": ""},
        {"typ": "id+jwt"},
        {"typ": "JWS"},
        {"typ": ["JWT"]},
        {"crit": ["exp"]},
        {"crit": ["b64"]},
    ],
    ids=str,
)
def test_a_token_with_a_wrong_header_is_refused(header: dict[str, Any]):
    assert status(f"Bearer {token(header=header)}") == 401


def _segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _by_hand(header: dict[str, Any], signature: str) -> str:
    return f"{_segment(header)}.{_segment(claims())}.{signature}"


def _confused() -> str:
    """Return a token whose HMAC key is the public key that everybody knows."""
    unsigned = _by_hand({"alg": "HS256", "typ": "JWT"}, "")
    signature = jwt.get_algorithm_by_name("HS256").sign(
        unsigned[:-1].encode(), RSA_PUBLIC
    )
    return unsigned + base64.urlsafe_b64encode(signature).rstrip(b"=").decode()


FORGED = {
    "unsigned": lambda: token(secret=None, algorithm="none"),
    "no signature": lambda: _by_hand({"alg": "none"}, ""),
    "None": lambda: _by_hand({"alg": "None"}, "AAAA"),
    "no algorithm": lambda: _by_hand({"typ": "JWT"}, "AAAA"),
    "a list of algorithms": lambda: _by_hand({"alg": ["HS256"]}, "AAAA"),
    "another secret": lambda: token(secret="x" * 40),
    "another hash": lambda: token(secret=SECRET + SECRET, algorithm="HS512"),
    "an RSA key": lambda: jwt.encode(claims(), RSA_KEY, "RS256"),
    "a public key as secret": _confused,
    "padding": lambda: token() + "=",
    "more padding": lambda: token() + "==",
    "another segment": lambda: token() + ".AAAA",
    "a cut signature": lambda: token()[:-1],
    "a flipped last bit": lambda: (
        token()[:-1] + chr(ord(token()[-1]) + (1 if token()[-1] not in "Z9z" else -1))
    ),
    "white space": lambda: token() + " ",
    "no dots": lambda: "x" * 100,
    "nothing": lambda: "",
    "dots": lambda: "..",
    "nested JSON": lambda: base64.urlsafe_b64encode(b"[" * 9000).decode() + ".e30.AAAA",
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
def test_a_forged_token_is_refused(forged: Any):
    assert status(f"Bearer {forged()}") == 401


def test_a_good_token_under_another_scheme_is_refused():
    assert status(f"Basic {token()}") == 401
    assert status(token()) == 401


def test_two_tokens_are_none():
    twice = [("authorization", f"Bearer {token()}")] * 2

    assert ask(APP, BOOKING, headers=twice).status_code == 401


def test_a_token_that_was_good_is_asked_again_whether_it_holds():
    held = bearer(nbf=int(MONDAY.timestamp()))

    def at(moment):
        return ask(tiny.edge(now=moment), BOOKING, headers=held).status_code

    second = timedelta(seconds=1)
    assert at(MONDAY) == 200
    assert at(MONDAY - second) == 401
    assert at(MONDAY + HOUR - second) == 200
    assert at(MONDAY + HOUR) == 401


def test_only_signed_tokens_are_remembered():
    auth.signed.cache_clear()
    status(f"Bearer {token(secret='x' * 40)}")
    status(f"Bearer {token()}")
    status(f"Bearer {token()}")

    remembered = auth.signed.cache_info()
    assert (remembered.currsize, remembered.hits) == (1, 1)


@pytest.mark.parametrize(
    "wrong",
    [STAFF_CLAIMS, STAFF_CLAIMS | {"role": "manager"}, {"role": "auditor"}],
    ids=str,
)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_whoever_is_no_owner_is_forbidden_before_the_body_is_read(
    wrong: dict[str, Any], method: str
):
    answer = ask(
        APP,
        BOOKING,
        method,
        headers=bearer(**wrong) | {"content-type": "text/plain"},
        content=b"x" * 300_000 if method == "PUT" else None,
    )

    assert answer.status_code == 403
    assert answer.json()["code"] == "forbidden"


def test_a_route_that_does_not_say_whom_it_is_for_is_for_nobody():
    assert ask(APP, "/for-nobody", headers=bearer()).status_code == 500


def test_what_is_open_needs_no_token():
    assert ask(APP, "/open").status_code == 200


def test_trust_does_not_show_its_secret():
    assert SECRET not in repr(TRUST)


def test_while_secrets_are_replaced_tokens_of_each_are_taken():
    other = "another secret that is as long as it must be"
    for secrets in ((SECRET, other), (other, SECRET)):
        trust = replace(TRUST, verifiers=SharedSecret(*secrets))
        for secret in secrets:
            assert auth.read(token(secret=secret), trust).sub == OWNER.id
        for forged in (token(secret="x" * 32), token()[:-4], "x.y", "é"):
            with pytest.raises(jwt.InvalidTokenError):
                auth.read(forged, trust)
