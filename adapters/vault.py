"""Sealing by AES-256-GCM: owners' keys wrapped by the master key, data under them.

What is sealed is nonce (12 bytes, random) ‖ ciphertext ‖ tag (16 bytes).
"""

import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from application.sealing import WrongKey

KEY_BYTES = 32
# Keys of owners who come again at once: unwrapping costs as much as a sealing.
REMEMBERED = 1024
_NONCE_BYTES = 12


class AesBox:
    """One key. `aad` is authenticated with what is sealed, and not stored with it."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, aad: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, aad)

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """Raise `WrongKey` when key, bytes or `aad` are not those of the sealing."""
        nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, text, aad)
        except (InvalidTag, ValueError):
            raise WrongKey from None


class AesVault:
    """The master key (32 bytes); each owner's key is bound to its owner."""

    def __init__(self, master_key: bytes) -> None:
        self._master = AesBox(master_key)
        self._remembered = lru_cache(REMEMBERED)(self._unwrap)

    def new_key(self, owner: str) -> bytes:
        return self._master.seal(os.urandom(KEY_BYTES), owner.encode())

    def box(self, owner: str, wrapped: bytes) -> AesBox:
        return self._remembered(owner, wrapped)

    def _unwrap(self, owner: str, wrapped: bytes) -> AesBox:
        return AesBox(self._master.open(wrapped, owner.encode()))
