"""How tokens are verified, as the settings say: by one secret, or by a set of keys."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from adapters import fetching
from adapters.jwks import Jwks
from adapters.keys import load_keys
from adapters.settings import Settings, SettingsError
from adapters.signatures import SharedSecret, Verifiers


@asynccontextmanager
async def verifying(settings: Settings) -> AsyncGenerator[Verifiers]:
    """Yield what verifies tokens, kept fresh. Raises `SettingsError`."""
    if settings.jwks is None:
        secrets = load_keys(settings).jwt_secrets
        yield SharedSecret(*(secret.decode() for secret in secrets))
        return
    if "://" in settings.jwks and not fetching.is_address(settings.jwks):
        raise SettingsError("BOOKINGS_JWKS is a file, or begins with https://.")
    known = Jwks(settings.jwks)
    await known.load()
    fresh = asyncio.create_task(known.keep_fresh())
    try:
        yield known
    finally:
        fresh.cancel()
        with suppress(asyncio.CancelledError):
            await fresh
