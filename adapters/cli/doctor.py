"""`bookings doctor`: whether the set-up is safe, line by line."""

import asyncio
from collections.abc import Iterator, Sequence

from adapters import bootstrap, clock, findings, keys, master_keys
from adapters.cli import output
from adapters.cli.parameters import Json
from adapters.counting import InRedis, Uncounted
from adapters.errors import StoreError
from adapters.findings import Finding, Verdict
from adapters.migrations import Migration, State
from adapters.settings import Settings, SettingsError
from adapters.vault import AesVault
from adapters.verifying import verifying
from application.failures import Unavailable
from application.sealing import CANARY

_REDIS_SECONDS = 5.0
_UNUSED = "not used yet"
_VERDICTS = {0: Verdict.OK, 2: Verdict.WRONG, 3: Verdict.UNREACHABLE}


def doctor(*, json: Json = False) -> None:
    found = list(_examined(bootstrap.settings()))
    if json:
        output.write_json(found)
    else:
        _tell(found)
    if exit_code := findings.worst(found):
        ill = sum(not one.is_ok for one in found)
        raise output.Failed(
            f"{ill} of {len(found)} are not as they must be.", exit_code=exit_code
        )


def _tell(found: Sequence[Finding]) -> None:
    width = max(len(one.what) for one in found)
    for one in found:
        output.write(f"{one.verdict.value:11}  {one.what:{width}}  {one.told}")


def _examined(settings: Settings) -> Iterator[Finding]:
    store = _store(settings)
    yield store
    if store.is_ok:
        yield from bootstrap.kind(settings).durability()
        yield from bootstrap.kind(settings).skew()
    yield _master_key(settings, is_there=store.is_ok)
    yield _tokens(settings)
    yield _uploads(settings)
    if settings.redis_url is not None:
        yield _redis(settings.redis_url, settings)


def _store(settings: Settings) -> Finding:
    try:
        bootstrap.kind(settings).check()
    except StoreError as error:
        return _found("schema", error)
    return _well("schema", _halves(bootstrap.kind(settings).status()))


def _halves(found: Sequence[Migration]) -> str:
    """Say whether an upgrade is under way."""
    states = {one.state for one in found}
    if State.NEWER in states:
        return "this release's, and a newer one begins to take its place"
    if State.TO_COME in states:
        return "this release's, but for `bookings migrate --after`"
    return "this release's"


def _master_key(settings: Settings, *, is_there: bool) -> Finding:
    what, name = "master key", "BOOKINGS_MASTER_KEY"
    try:
        if name not in keys.unmade(settings):
            key = AesVault(*keys.master_keys(settings))
            told = asyncio.run(_tried(settings, key)) if is_there else _UNUSED
            return _well(what, told)
        if is_there and asyncio.run(_is_used(settings)):
            return _found(
                what, SettingsError(f"{name} is missing, and the store has one.")
            )
    except (SettingsError, StoreError, Unavailable) as error:
        return _found(what, error)
    return _well(what, "made at the first start")


async def _is_used(settings: Settings) -> bool:
    async with bootstrap.owners_keys(settings) as wrapped:
        return bool(await wrapped.canaries())


async def _tried(settings: Settings, key: AesVault) -> str:
    async with bootstrap.owners_keys(settings) as wrapped:
        canaries = await master_keys.must_open_all(wrapped, key)
        counts = dict(await wrapped.count())
    if not canaries:
        return _UNUSED
    by = key.wrapped_by(CANARY, canaries[0].wrapped)
    own, total = counts.get(by, 0), sum(counts.values())
    told = f"the store's, called {by.hex()}: wraps {own} of {total} keys"
    if len(canaries) > 1:
        told += ", and `bookings keys rotate` is not done with the others"
    return told


def _tokens(settings: Settings) -> Finding:
    if keys.unmade(settings):
        return _well("tokens", "signed with a secret made at the first start")
    try:
        asyncio.run(_verify(settings))
    except SettingsError as error:
        return _found("tokens", error)
    return _well("tokens", "verified by a shared secret, or a set of keys")


async def _verify(settings: Settings) -> None:
    async with verifying(settings):
        pass


def _uploads(settings: Settings) -> Finding:
    folder = f"0/{clock.new_id()}"
    try:
        asyncio.run(_keep(settings, folder))
    except (SettingsError, Unavailable) as error:
        return _found("uploads", error)
    return _well("uploads", "can be stored and removed")


async def _keep(settings: Settings, folder: str) -> None:
    blobs = bootstrap.uploads(settings)
    await blobs.keep(f"{folder}/doctor", b"")
    await blobs.remove(folder)


def _redis(url: str, settings: Settings) -> Finding:
    try:
        asyncio.run(_ping(url, settings.redis_prefix))
    except ValueError:
        return _found("redis", SettingsError("REDIS_URL cannot be used."))
    except Uncounted as error:
        return _found("redis", error)
    return _well("redis", "answers")


async def _ping(url: str, prefix: str) -> None:
    redis = InRedis(url, prefix, patience=_REDIS_SECONDS)
    try:
        await redis.ping()
    finally:
        await redis.close()


def _well(what: str, told: str) -> Finding:
    return Finding(what=what, verdict=Verdict.OK, told=told)


def _found(what: str, error: Exception) -> Finding:
    exit_code = getattr(error, "exit_code", 3)
    return Finding(what=what, verdict=_VERDICTS[exit_code], told=str(error))
