"""The two secrets: what signs tokens here, and what wraps each owner's key.

They come from the environment or a file it names; only beside a SQLite store are they
made when missing.
"""

import binascii
import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from adapters.settings import Settings, SettingsError

KEY_BYTES = 32
# Where they are kept beside an SQLite store.
_JWT_SECRET, _MASTER_KEY = "jwt_secret", "master_key"


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """Without `jwt_secrets` another signs the tokens, whose public keys are read.

    The first of several signs, the others are believed as well. Of several master keys
    the first is the one to wrap with in times to come.
    """

    jwt_secrets: tuple[bytes, ...]
    master_keys: tuple[bytes, ...]

    @property
    def signs_with(self) -> bytes:
        """The secret that signs tokens, or `SettingsError` when there is none."""
        if not self.jwt_secrets:
            raise SettingsError("Tokens come from whoever BOOKINGS_JWKS belongs to.")
        return self.jwt_secrets[0]

    def __repr__(self) -> str:
        return "Keys(…)"


class _Source(msgspec.Struct, frozen=True):
    """Where one secret may come from; `name` is its variable."""

    name: str
    value: str | None
    kept_as: str
    draw: Callable[[], str]


def load_keys(settings: Settings) -> Keys:
    """Return both secrets; on SQLite make the missing ones, beside the store."""
    jwt_secret = _Source(
        "BOOKINGS_JWT_SECRET",
        settings.jwt_secret,
        _JWT_SECRET,
        lambda: secrets.token_urlsafe(KEY_BYTES),
    )
    return Keys(
        jwt_secrets=_signing(jwt_secret, settings), master_keys=master_keys(settings)
    )


def master_keys(settings: Settings) -> tuple[bytes, ...]:
    """Return the master keys alone, as `load_keys` does: one at least."""
    source = _Source(
        "BOOKINGS_MASTER_KEY",
        settings.master_key,
        _MASTER_KEY,
        lambda: b64encode(secrets.token_bytes(KEY_BYTES)).decode(),
    )
    return _decoded(source.name, _text(source, settings).split())


def unmade(settings: Settings) -> Sequence[str]:
    """Return the variables of those secrets that the first start is to make."""
    if settings.sqlite_path is None:
        return ()
    here = settings.sqlite_path.parent
    sources = (
        (
            "BOOKINGS_JWT_SECRET",
            settings.jwt_secret or settings.jwks,
            here / _JWT_SECRET,
        ),
        ("BOOKINGS_MASTER_KEY", settings.master_key, here / _MASTER_KEY),
    )
    return [name for name, set_to, kept in sources if not (set_to or kept.exists())]


def _signing(secret: _Source, settings: Settings) -> tuple[bytes, ...]:
    """Return the secrets; beside a set of keys, whoever has one could sign as well."""
    if settings.jwks is None:
        lines = map(str.strip, _text(secret, settings).split("\n"))
        return tuple(_long_enough(secret.name, line) for line in lines if line)
    if secret.value is not None:
        raise SettingsError(f"{secret.name} and BOOKINGS_JWKS are both set; unset one.")
    return ()


def _text(source: _Source, settings: Settings) -> str:
    if source.value is not None:
        return source.value.strip()
    if settings.sqlite_path is None:
        raise SettingsError(
            f"On PostgreSQL {source.name} or {source.name}_FILE must be set."
        )
    kept = settings.sqlite_path.parent / source.kept_as
    return _read(source.name, _made(kept, source.draw))


def _read(name: str, path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name}: {path} cannot be read: {_why(error)}") from None


def _made(path: Path, draw: Callable[[], str]) -> Path:
    """Make the file unless it is there; whoever comes second takes the first's."""
    if path.exists():
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _make(path, draw() + "\n")
    except OSError as error:
        raise SettingsError(f"{path} cannot be made: {_why(error)}") from None
    return path


def _make(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    _write(draft, text)
    # A link appears whole or not at all, and never replaces another's.
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    _sync(path.parent)


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _long_enough(name: str, text: str) -> bytes:
    secret = text.encode()
    if len(secret) < KEY_BYTES:
        raise SettingsError(f"{name} must be {KEY_BYTES} bytes long at least.")
    return secret


def _decoded(name: str, texts: Sequence[str]) -> tuple[bytes, ...]:
    keys = tuple(map(_bytes, texts))
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise SettingsError(
            f"{name} must be {KEY_BYTES} bytes in base64; several are apart by spaces "
            "or lines."
        )
    return keys


def _bytes(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _why(error: OSError | UnicodeDecodeError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "it is no UTF-8 text"
