"""Keys for personal data, as Protocols: one for each owner, wrapped by a master key.

Destroying an owner's key erases what it sealed; nothing that decides or folds needs it.
"""

from typing import Protocol


class Box(Protocol):
    """One owner's key. `aad` binds the ciphertext to its event."""

    def seal(self, plain: bytes, aad: bytes) -> bytes: ...

    def open(self, sealed: bytes, aad: bytes) -> bytes: ...


class Vault(Protocol):
    """The master key, which wraps the owners' keys and binds each to its owner."""

    def new_key(self, owner: str) -> bytes:
        """Return a new key, wrapped."""
        ...

    def box(self, owner: str, wrapped: bytes) -> Box:
        """Unwrap. Raises `WrongKey` when another master key wrapped it."""
        ...


class WrongKey(Exception):
    """Sealed or wrapped with another key, or changed since."""
