"""Keys for personal data, as Protocols: one for each owner, wrapped by a master key.

Destroying an owner's key erases what it sealed; nothing that decides or folds needs it.
"""

import hashlib
from collections.abc import Sequence
from typing import Protocol

# Whose key is the canary: the master key that wraps it wraps all that is new. No
# token's `sub` is empty, so it is nobody's.
CANARY = ""


class Box(Protocol):
    """One owner's key. `aad` binds the ciphertext to its event."""

    def seal(self, plain: bytes, aad: bytes) -> bytes: ...

    def open(self, sealed: bytes, aad: bytes) -> bytes: ...


class Vault(Protocol):
    """The master keys, which wrap the owners' keys and bind each to its owner.

    They are named by ids, which say nothing of them; one of them is the first.
    """

    @property
    def ids(self) -> Sequence[bytes]: ...

    @property
    def first(self) -> bytes: ...

    def new_key(self, owner: str, canary: bytes | None = None) -> bytes:
        """Return a new key, wrapped as `canary` is, or else by the first master key."""
        ...

    def box(self, owner: str, wrapped: bytes) -> Box:
        """Unwrap. Raises `WrongKey` when another master key wrapped it."""
        ...

    def wrapped_by(self, owner: str, wrapped: bytes) -> bytes:
        """Return the id of the master key that did. Raises `WrongKey`."""
        ...

    def wrap_anew(self, owner: str, wrapped: bytes) -> bytes:
        """Return the same key, wrapped by the first master key. Raises `WrongKey`."""
        ...


class WrongKey(Exception):
    """Sealed or wrapped with another key, or changed since."""


def name(wrapped: bytes) -> bytes:
    """Return what tells an owner's key from others, however it is wrapped later."""
    return hashlib.sha256(wrapped).digest()
