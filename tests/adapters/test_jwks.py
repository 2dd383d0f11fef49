"""Keys of whoever issues the tokens: which are taken, and how they are kept fresh."""

import asyncio
import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from structlog.testing import capture_logs

from adapters import jwks
from adapters.http import auth
from adapters.http.auth import Trust
from adapters.jwks import Jwks, JwksUnusable
from adapters.settings import SettingsError, read_settings
from adapters.verifying import verifying
from tests.adapters.http.asking import claims
from tests.examples import OWNER

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
WEAK = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - it is refused
P256 = ec.generate_private_key(ec.SECP256R1())
OTHER_P256 = ec.generate_private_key(ec.SECP256R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()
SQLITE = {"DATABASE_URL": "sqlite:///var/bookings.db"}


def public(key: Any, **more: Any) -> dict[str, Any]:
    """Return the public part of `key` as an entry of a set."""
    kind: Any = RSAAlgorithm
    if isinstance(key, ec.EllipticCurvePrivateKey):
        kind = ECAlgorithm
    elif isinstance(key, ed25519.Ed25519PrivateKey):
        kind = OKPAlgorithm
    entry: dict[str, Any] = kind.to_jwk(key.public_key(), as_dict=True)
    entry.pop("key_ops", None)
    return entry | more


def encoded(*entries: object) -> bytes:
    return json.dumps({"keys": entries}).encode()


def named(*entries: object) -> set[tuple[str | None, str]]:
    return {(name.kid, name.algorithm) for name in jwks.keys(encoded(*entries))}


def signed(key: Any, algorithm: str, kid: str | None = None) -> str:
    headers = None if kid is None else {"kid": kid}
    return jwt.encode(claims(), key, algorithm, headers=headers)


def sub(token: str, known: Jwks) -> str:
    trust = Trust(verifiers=known, issuer="bookings", audience="bookings-api")
    return auth.read(token, trust).sub


def refused(token: str, known: Jwks) -> bool:
    with pytest.raises(jwt.InvalidTokenError):
        sub(token, known)
    return True


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "jwks.json"
    write_both(path)
    return path


def replace(file: Path, *entries: object) -> None:
    file.write_bytes(encoded(*entries))


def write_nothing(file: Path) -> None:
    file.write_bytes(b"oops")


def write_both(file: Path) -> None:
    replace(file, public(RSA, kid="a/b+c="), public(P256, kid="2"))


class Watched(Jwks):
    """Tells when the set was read again, with or without keys."""

    def __init__(self, file: Path, *, refresh_seconds: float) -> None:
        super().__init__(str(file), refresh_seconds=refresh_seconds, pause_seconds=0)
        self.looked = asyncio.Event()

    async def load(self) -> None:
        try:
            await super().load()
        finally:
            self.looked.set()

    async def looks_again(self) -> None:
        self.looked.clear()
        await asyncio.wait_for(self.looked.wait(), 30)


def loaded(place: str | Path, **seconds: float) -> Jwks:
    known = Jwks(str(place), **seconds)
    asyncio.run(known.load())
    return known


def test_a_key_verifies_by_the_algorithm_of_its_kind():
    assert named(
        public(RSA, kid="1"),
        public(RSA, kid="2", alg="PS256"),
        public(P256, kid="3", use="sig"),
        public(ED25519, kid="4"),
    ) == {("1", "RS256"), ("2", "PS256"), ("3", "ES256"), ("4", "EdDSA")}


NO_KEYS: dict[str, object] = {
    "a secret": {"kty": "oct", "k": "c2VjcmV0", "kid": "1"},
    "a secret with an algorithm": {"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"},
    "a public key for a secret": public(RSA, alg="HS256"),
    "no algorithm": public(RSA, alg="none"),
    "a list of algorithms": public(RSA, alg=["RS256"]),
    "a key to encrypt": public(RSA, use="enc"),
    "a number for a name": public(RSA, kid=5),
    "a weak key": public(WEAK, kid="1"),
    "half a key": {"kty": "RSA"},
    "a point beside the curve": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
    "a list for a kind": {"kty": ["RSA"]},
    "nothing": {},
    "a list": [],
    "null": None,
}


@pytest.mark.parametrize("entry", NO_KEYS.values(), ids=NO_KEYS.keys())
def test_whatever_else_stands_in_a_set_is_no_key(entry: object):
    assert named(entry) == set()
    assert named(entry, public(P256, kid="2")) == {("2", "ES256")}


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"{}", b'{"keys": {}}', b'"\xff"', b"[" * 100_000],
    ids=lambda content: str(content)[:20],
)
def test_what_is_no_set_has_no_keys(content: bytes):
    assert jwks.keys(content) == {}


def test_a_token_is_verified_by_the_key_that_it_names(file: Path):
    known = loaded(file)

    assert sub(signed(RSA, "RS256", "a/b+c="), known) == OWNER.id
    assert sub(signed(P256, "ES256", "2"), known) == OWNER.id


def test_a_token_by_another_key_or_name_or_algorithm_is_refused(file: Path):
    known = loaded(file)

    for token in (
        signed(OTHER_P256, "ES256", "2"),
        signed(P256, "ES256", "a/b+c="),
        signed(P256, "ES256", "../2"),
        signed(P256, "ES256"),
        signed(RSA, "PS256", "a/b+c="),
        signed("a secret that is long enough for it", "HS256", "2"),
        jwt.PyJWS().encode(b"{}", "", "none", headers={"kid": "2"}),
        jwt.PyJWS().encode(b"{}", "x" * 32, "HS256", headers={"kid": "2"}),
        "x.y.z",
    ):
        assert refused(token, known)


def test_the_only_key_of_a_set_need_not_be_named(tmp_path: Path):
    path = tmp_path / "one.json"
    path.write_bytes(encoded(public(ED25519)))
    known = loaded(path)

    assert sub(signed(ED25519, "EdDSA"), known) == OWNER.id
    assert refused(signed(P256, "ES256"), known)


def test_a_key_that_is_taken_out_of_the_set_opens_nothing_any_more(file: Path):
    async def story() -> None:
        known = Jwks(str(file))
        await known.load()
        token = signed(P256, "ES256", "2")
        assert sub(token, known) == OWNER.id
        before = known.find(token)
        await known.load()
        assert known.find(token) is before
        replace(file, public(OTHER_P256, kid="2"))
        await known.load()
        assert refused(token, known)
        assert sub(signed(OTHER_P256, "ES256", "2"), known) == OWNER.id

    asyncio.run(story())


@pytest.mark.parametrize("content", [b"", encoded(), encoded(NO_KEYS["a secret"])])
def test_a_set_without_keys_leaves_those_that_are_known(file: Path, content: bytes):
    known = loaded(file)
    file.write_bytes(content)

    with pytest.raises(JwksUnusable):
        asyncio.run(known.load())
    assert sub(signed(P256, "ES256", "2"), known) == OWNER.id


def test_a_set_that_is_gone_leaves_the_keys_that_are_known(file: Path):
    known = loaded(file)
    file.unlink()

    with pytest.raises(JwksUnusable, match="BOOKINGS_JWKS"):
        asyncio.run(known.load())
    assert sub(signed(P256, "ES256", "2"), known) == OWNER.id


def test_a_token_that_names_an_unknown_key_makes_us_look_again(file: Path):
    token = signed(OTHER_P256, "ES256", "new")

    async def story() -> None:
        known = Watched(file, refresh_seconds=3600)
        await known.load()
        fresh = asyncio.create_task(known.keep_fresh())
        replace(file)
        assert known.find(token) is None
        await known.looks_again()
        replace(file, public(OTHER_P256, kid="new"))
        assert known.find(token) is None
        await known.looks_again()
        assert known.find(token) is not None
        fresh.cancel()

    asyncio.run(story())


def test_keys_are_looked_at_again_by_and_by(file: Path):
    token = signed(OTHER_P256, "ES256", "2")

    async def story() -> None:
        known = Watched(file, refresh_seconds=0)
        await known.load()
        fresh = asyncio.create_task(known.keep_fresh())
        assert refused(token, known)
        replace(file, public(OTHER_P256, kid="2"))
        await known.looks_again()
        await known.looks_again()
        assert sub(token, known) == OWNER.id
        fresh.cancel()

    asyncio.run(story())


def test_while_keys_are_replaced_no_token_of_either_is_refused(file: Path):
    old, new = signed(P256, "ES256", "2"), signed(OTHER_P256, "ES256", "3")

    async def story() -> None:
        known = Watched(file, refresh_seconds=0)
        await known.load()
        fresh = asyncio.create_task(known.keep_fresh())
        both = (public(P256, kid="2"), public(OTHER_P256, kid="3"))
        for entries, taken in (
            (both[:1], [old]),
            (both, [old, new]),
            (both[1:], [new]),
        ):
            replace(file, *entries)
            # The first may have been under way.
            await known.looks_again()
            await known.looks_again()
            looked = asyncio.create_task(known.looks_again())
            while not looked.done():
                assert all(sub(token, known) == OWNER.id for token in taken)
                await asyncio.sleep(0)
        assert refused(old, known)
        fresh.cancel()

    asyncio.run(story())


def test_a_set_that_is_away_is_said_once_and_once_when_it_is_back(file: Path):
    async def story() -> None:
        known = Watched(file, refresh_seconds=0)
        await known.load()
        fresh = asyncio.create_task(known.keep_fresh())
        for write in (write_nothing, replace, write_nothing, write_both):
            write(file)
            for _time in range(3):
                await known.looks_again()
            assert sub(signed(P256, "ES256", "2"), known) == OWNER.id
        fresh.cancel()

    with capture_logs() as logs:
        asyncio.run(story())

    assert [(one["event"], one["log_level"]) for one in logs] == [
        ("keys stay as they are", "warning"),
        ("keys are read again", "info"),
    ]


def test_a_set_of_very_many_keys_is_taken(tmp_path: Path):
    entries = [public(P256, kid=str(number)) for number in range(4000)]
    (tmp_path / "many.json").write_bytes(encoded(*entries))

    known = loaded(tmp_path / "many.json")
    assert sub(signed(P256, "ES256", "3999"), known) == OWNER.id


def test_the_settings_say_whose_keys_are_taken(file: Path):
    async def found(**settings: str) -> object:
        async with verifying(read_settings(SQLITE | settings)) as verifiers:
            return verifiers.find(signed(P256, "ES256", "2"))

    assert asyncio.run(found(BOOKINGS_JWKS=str(file))) is not None
    for place in ("http://issuer.example/jwks", str(file.with_name("none"))):
        with pytest.raises(SettingsError, match="BOOKINGS_JWKS"):
            asyncio.run(found(BOOKINGS_JWKS=place))
