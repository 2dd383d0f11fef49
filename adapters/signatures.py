"""Whose signatures are believed: for each token the one key that it must be made with.

The algorithm is the key's, and never the token's choice.
"""

import base64
import hmac
from typing import Any, Protocol

import msgspec

from adapters.tokens import ALGORITHM


class Verifier(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A key, and the algorithm that it verifies by; `kid` is its name in a set.

    One that was replaced is another one, though it may have the same name.
    """

    key: Any
    algorithm: str
    kid: str | None = None

    def __repr__(self) -> str:
        return f"Verifier({self.algorithm!r}, {self.kid!r})"


class Verifiers(Protocol):
    def find(self, token: str) -> Verifier | None:
        """Return what verifies `token`, or None. Raises `jwt.InvalidTokenError`."""
        ...


class SharedSecret:
    """One secret for all tokens, as `bookings token` signs; `others` come or go."""

    def __init__(self, secret: str, *others: str) -> None:
        self._verifiers = [
            Verifier(key=one, algorithm=ALGORITHM) for one in (secret, *others)
        ]

    def find(self, token: str) -> Verifier:
        """Return whose signature it is, or the first: it says no by itself."""
        first, *others = self._verifiers
        for other in others:
            if _is_signed(token, other.key):
                return other
        return first


def _is_signed(token: str, secret: str) -> bool:
    """Whether `secret` made the signature, whatever else there is to say of it."""
    signed, _dot, signature = token.encode().rpartition(b".")
    made = base64.urlsafe_b64encode(hmac.digest(secret.encode(), signed, "sha256"))
    return hmac.compare_digest(made.rstrip(b"="), signature)
