"""Whose signatures are believed: for each token the one key that it must be made with.

The algorithm is the key's, and never the token's choice.
"""

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
    """One secret for all tokens, as `bookings token` signs them."""

    def __init__(self, secret: str) -> None:
        self._verifier = Verifier(key=secret, algorithm=ALGORITHM)

    def find(self, token: str) -> Verifier:
        del token
        return self._verifier
