"""Sealing by AES-256-GCM: owners' keys wrapped by a master key, data under them.

What is sealed is nonce (12 bytes, random) ‖ ciphertext ‖ tag (16 bytes).
"""

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from application.sealing import CANARY, WrongKey

KEY_BYTES = 32
ID_BYTES = 8
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
    """Master keys (32 bytes each); each owner's key is bound to its owner."""

    def __init__(self, first: bytes, *others: bytes) -> None:
        self._masters = {key_id(key): AesBox(key) for key in (first, *others)}
        self._remembered = lru_cache(REMEMBERED)(self._box)

    @property
    def first(self) -> bytes:
        return self.ids[0]

    @property
    def ids(self) -> Sequence[bytes]:
        return tuple(self._masters)

    def new_key(self, owner: str, canary: bytes | None = None) -> bytes:
        by = self.first if canary is None else self.wrapped_by(CANARY, canary)
        return self._wrap(os.urandom(KEY_BYTES), owner, by)

    def box(self, owner: str, wrapped: bytes) -> AesBox:
        return self._remembered(owner, wrapped)

    def wrapped_by(self, owner: str, wrapped: bytes) -> bytes:
        return self._unwrap(owner, wrapped)[0]

    def wrap_anew(self, owner: str, wrapped: bytes) -> bytes:
        _by, key = self._unwrap(owner, wrapped)
        return self._wrap(key, owner, self.first)

    def _box(self, owner: str, wrapped: bytes) -> AesBox:
        return AesBox(self._unwrap(owner, wrapped)[1])

    def _unwrap(self, owner: str, wrapped: bytes) -> tuple[bytes, bytes]:
        """Return which master key wrapped it, and the key. Raises `WrongKey`."""
        for by, master in self._masters.items():
            with suppress(WrongKey):
                return by, master.open(wrapped, owner.encode())
        raise WrongKey("none of the master keys that are given wrapped it")

    def _wrap(self, key: bytes, owner: str, by: bytes) -> bytes:
        return self._masters[by].seal(key, owner.encode())


def key_id(master_key: bytes) -> bytes:
    """Return what a master key is called: 8 bytes that say nothing of it.

    >>> key_id(bytes(32)).hex()
    '0d9b02d60cc71a01'
    """
    return hashlib.sha256(b"bookings master key\n" + master_key).digest()[:ID_BYTES]
