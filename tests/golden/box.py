"""A box that seals the same way each time, so that sealed bytes can be compared.

It is AES-GCM as it is stored (nonce, ciphertext, tag), with a key and a nonce that
everybody knows: nothing but tests may use it.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from application.sealing import WrongKey

NONCE = bytes(range(12))


class FixedBox:
    def __init__(self, key: bytes = bytes(range(32))) -> None:
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, aad: bytes) -> bytes:
        return NONCE + self._cipher.encrypt(NONCE, plain, aad)

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        nonce, ciphertext = sealed[: len(NONCE)], sealed[len(NONCE) :]
        try:
            return self._cipher.decrypt(nonce, ciphertext, aad)
        except InvalidTag:
            raise WrongKey from None
