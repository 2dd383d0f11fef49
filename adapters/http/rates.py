"""The limits that the settings ask for, on the Redis that they name or in memory."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import limits

from adapters.counting import Counter, InMemory, InRedis
from adapters.http import addresses
from adapters.http.addresses import Network
from adapters.http.auth import Trust
from adapters.http.limiting import Limit, Limiter
from adapters.settings import OFF, Settings, SettingsError


@asynccontextmanager
async def limiting(settings: Settings, trust: Trust) -> AsyncGenerator[Limiter | None]:
    """Yield what limits, or None when nothing is to be. Raises `SettingsError`."""
    per_token, per_address = _limits(settings)
    if per_token is None and per_address is None:
        yield None
        return
    counter = counting(settings)
    try:
        yield Limiter(
            counter,
            trust,
            per_token=per_token,
            per_address=per_address,
            proxies=_proxies(settings),
            fails_closed=settings.rate_fail == "closed",
        )
    finally:
        await counter.close()


def must_be_right(settings: Settings) -> None:
    """Raise `SettingsError` unless the settings can be meant."""
    _limits(settings)
    _proxies(settings)


def counting(settings: Settings) -> Counter:
    if settings.redis_url is None:
        return InMemory()
    try:
        return InRedis(settings.redis_url, settings.redis_prefix)
    except ValueError:
        # Not the message, which has the address, and that may hold a password.
        raise SettingsError("REDIS_URL cannot be used.") from None


def _limits(settings: Settings) -> tuple[Limit | None, Limit | None]:
    return (
        _limit("BOOKINGS_RATE_PER_TOKEN", settings.rate_per_token),
        _limit("BOOKINGS_RATE_PER_ADDRESS", settings.rate_per_address),
    )


def _limit(name: str, text: str) -> Limit | None:
    if text == OFF:
        return None
    try:
        (item,) = limits.parse_many(text)
    except ValueError:
        item = None
    if item is None or item.amount < 1 or item.get_expiry() < 1:
        raise SettingsError(f"{name} is like 100/second or 2000 per minute, or {OFF}.")
    return Limit(calls=item.amount, seconds=item.get_expiry())


def _proxies(settings: Settings) -> Sequence[Network]:
    if settings.trusted_proxies is None:
        return ()
    try:
        return addresses.networks(settings.trusted_proxies)
    except ValueError:
        raise SettingsError(
            "BOOKINGS_TRUSTED_PROXIES is a list of networks, like 10.0.0.0/8,::1."
        ) from None
