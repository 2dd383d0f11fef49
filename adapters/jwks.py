"""The public keys of whoever issues the tokens, out of a file or from an address.

They are read again by and by, and soon when a token names a key that is not known.
Where that fails, the keys that are known stay. A symmetric key is none: whoever reads
the set could sign with it.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, ClassVar, NamedTuple

import jwt
import msgspec
import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from adapters import fetching
from adapters.fetching import Unread
from adapters.settings import SettingsError
from adapters.signatures import Verifier
from application import trees

REFRESH_SECONDS = 300.0
# Tokens with invented keys must not make us ask more often.
PAUSE_SECONDS = 10.0
RSA_BITS = 2048
ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)

# What an entry that is no key may lead to.
_NO_KEY = (ValueError, TypeError, KeyError, UnsupportedAlgorithm)

_log = structlog.get_logger()


class JwksUnusable(SettingsError):
    """The set cannot be had, or has no key; in one line."""

    exit_code: ClassVar[int] = 3


class Name(NamedTuple):
    """What a token says of its key."""

    kid: str | None
    algorithm: str


Keys = Mapping[Name, Verifier]


class Jwks:
    """The keys at `place`: a path, or an address. `load` comes before all else."""

    def __init__(
        self,
        place: str,
        *,
        refresh_seconds: float = REFRESH_SECONDS,
        pause_seconds: float = PAUSE_SECONDS,
    ) -> None:
        self._place = place
        self._refresh_seconds = refresh_seconds
        self._pause_seconds = pause_seconds
        self._keys: Keys = {}
        self._missed = asyncio.Event()
        self._is_well = True

    def find(self, token: str) -> Verifier | None:
        header = jwt.get_unverified_header(token)
        kid, algorithm = header.get("kid"), header.get("alg")
        if not isinstance(algorithm, str) or not isinstance(kid, str | None):
            return None
        if kid is None:
            return self._only(algorithm)
        found = self._keys.get(Name(kid, algorithm))
        if found is None:
            self._missed.set()
        return found

    def _only(self, algorithm: str) -> Verifier | None:
        """Return the key of a set that has but one: it need not be named."""
        if len(self._keys) != 1:
            return None
        (only,) = self._keys.values()
        return only if only.algorithm == algorithm else None

    async def load(self) -> None:
        """Read the set. Raises `JwksUnusable`, and leaves what is known."""
        # Many keys take a while, too: not while others wait for an answer.
        found = await asyncio.to_thread(_read, self._place)
        if not _are_same(found, self._keys):
            self._keys = found

    async def keep_fresh(self) -> None:
        """Read the set again and again, until cancelled."""
        while True:
            await asyncio.sleep(self._pause_seconds)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._refresh_seconds):
                    await self._missed.wait()
            self._missed.clear()
            try:
                await self.load()
            except JwksUnusable as unusable:
                self._say(str(unusable), is_well=False)
            else:
                self._say("", is_well=True)

    def _say(self, why: str, *, is_well: bool) -> None:
        """Log when the set goes and when it comes back, and not each try meanwhile."""
        if is_well == self._is_well:
            return
        self._is_well = is_well
        if is_well:
            _log.info("keys are read again")
        else:
            _log.warning("keys stay as they are", why=why)


def keys(content: bytes) -> Keys:
    """Return the keys in a JWK set that can verify a token, by their names."""
    try:
        document = msgspec.json.decode(content)
    except (ValueError, RecursionError):
        return {}
    listed = document.get("keys") if trees.is_object(document) else None
    if not trees.is_array(listed):
        return {}
    return {
        Name(one.kid, one.algorithm): one
        for one in _verifiers(entry for entry in listed if trees.is_object(entry))
    }


def _verifiers(listed: Iterable[Mapping[str, Any]]) -> Iterator[Verifier]:
    for entry in listed:
        if not _is_for_tokens(entry):
            continue
        try:
            found = jwt.PyJWK(dict(entry))
        except (jwt.PyJWTError, *_NO_KEY):
            continue
        if found.algorithm_name in ALGORITHMS and not _is_weak(found.key):
            yield Verifier(
                key=found.key, algorithm=found.algorithm_name, kid=entry.get("kid")
            )


def _is_for_tokens(entry: Mapping[str, Any]) -> bool:
    kid, algorithm = entry.get("kid"), entry.get("alg")
    return (
        entry.get("use", "sig") == "sig"
        and (kid is None or isinstance(kid, str))
        and (algorithm is None or algorithm in ALGORITHMS)
    )


def _is_weak(key: Any) -> bool:
    return isinstance(key, RSAPublicKey) and key.key_size < RSA_BITS


def _are_same(some: Keys, others: Keys) -> bool:
    """Whether nothing changed, so that what was verified need not be again."""
    return some.keys() == others.keys() and all(
        verifier.key == others[name].key for name, verifier in some.items()
    )


def _read(place: str) -> Keys:
    told = f"BOOKINGS_JWKS: {fetching.told(place)}"
    try:
        found = keys(fetching.read(place))
    except Unread as unread:
        raise JwksUnusable(f"{told} cannot be read: {unread}") from None
    if not found:
        raise JwksUnusable(f"{told} has no key of use.")
    return found
