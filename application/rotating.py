"""Owners' keys wrapped anew by another master key, while calls go on.

First the canary is: from that commit on whoever makes a key wraps it by the new master
key, so one walk over all keys leaves none behind. It can end anywhere and begin again.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from application import sealing
from application.sealing import CANARY, Vault, WrongKey

# As many keys are wrapped in one transaction, while others wait for the head row.
BATCH = 200
EXAMPLES = 5

Told = Callable[[int, int], None]
"""Told of how many keys were looked at, and of how many there are."""


class Canary(msgspec.Struct, frozen=True, kw_only=True):
    """What a master key must open, and its id where that was noted."""

    wrapped: bytes
    wrapped_by: bytes | None


class WrappedKey(msgspec.Struct, frozen=True, kw_only=True):
    owner: str
    wrapped: bytes
    wrapped_by: bytes | None = None


class WrappedAnew(msgspec.Struct, frozen=True, kw_only=True):
    """A key that is `wrapped`, and is to be as in `anew`; kept answers name it so."""

    owner: str
    wrapped: bytes
    anew: bytes
    wrapped_by: bytes
    sealed_by: bytes


class WrappedKeys(Protocol):
    """Whatever writes takes the head row first. Raises `Unavailable`."""

    async def canaries(self) -> Sequence[Canary]:
        """Return the canary, if there is one, then those of former master keys."""
        ...

    async def count(self) -> Sequence[tuple[bytes | None, int]]:
        """Return how many owners' keys each master key is noted to wrap."""
        ...

    async def after(self, owner: str, limit: int) -> Sequence[WrappedKey]:
        """Return the keys that follow that of `owner`, in the store's order."""
        ...

    async def take_over(
        self, canary: WrappedAnew, former: bytes, now: datetime
    ) -> bool:
        """Replace the canary, and remember the master key that wrapped it.

        Nothing is done, and False returned, when it is another canary by now.
        """
        ...

    async def wrap_anew(self, canary: bytes, keys: Sequence[WrappedAnew]) -> int:
        """Replace those of `keys` that are as they were, while `canary` is the canary.

        Returns how many those were.
        """
        ...

    async def forget_formers(self) -> None:
        """Forget the former master keys that wrap nothing any more."""
        ...


class Rotated(msgspec.Struct, frozen=True, kw_only=True):
    """Of `keys` that were looked at so many were `wrapped_anew`; `unopened` are closed.

    `master_key` is the id of the one that wraps them now, `still_needed` those of the
    others that must be given all the same. `examples` are owners whose key is closed.
    """

    master_key: str
    keys: int
    wrapped_anew: int
    unopened: int
    examples: Sequence[str]
    still_needed: Sequence[str]


class Wrapping(msgspec.Struct, kw_only=True):
    """What one master key, by its id, was found to do.

    It is `given` to us; it is `current` if it wraps what is new, and `needed` if it
    must be given to all. It opens `opened` keys; at `noted` more, which none of those
    that are given opens, it is noted. None stands for what is noted nowhere.
    """

    master_key: str | None
    given: bool = False
    current: bool = False
    needed: bool = False
    opened: int = 0
    noted: int = 0


class TakenOver(Exception):
    """Somebody else wraps all keys by another master key at the same time."""

    def __init__(self) -> None:
        super().__init__(
            "Another rotation, to another master key, has begun meanwhile: "
            "see `bookings keys status`."
        )


async def rotate(
    keys: WrappedKeys, vault: Vault, now: datetime, told: Told, *, batch: int = BATCH
) -> Rotated:
    """Wrap every owner's key by the first master key. Raises `TakenOver`."""
    canary = await _take_over(keys, vault, now)
    looked_at = wrapped_anew = 0
    closed = list[str]()
    async for some in _walk(keys, told, batch):
        anew = list[WrappedAnew]()
        for key in some:
            try:
                by = vault.wrapped_by(key.owner, key.wrapped)
            except WrongKey:
                closed.append(key.owner)
                continue
            if by != vault.first:
                anew.append(_wrap(key, vault))
            elif by != key.wrapped_by:
                await keys.wrap_anew(canary, [note(key, by)])
        wrapped_anew += await keys.wrap_anew(canary, anew) if anew else 0
        looked_at += len(some)
    current, *_formers = await keys.canaries()
    if current.wrapped != canary:
        raise TakenOver
    await keys.forget_formers()
    _current, *formers = await keys.canaries()
    return Rotated(
        master_key=vault.first.hex(),
        keys=looked_at,
        wrapped_anew=wrapped_anew,
        unopened=len(closed),
        examples=closed[:EXAMPLES],
        still_needed=sorted(_hex(one.wrapped_by) or "" for one in formers),
    )


async def examine(
    keys: WrappedKeys, vault: Vault, told: Told, *, batch: int = BATCH
) -> Sequence[Wrapping]:
    """Try every owner's key; return what was found of each master key, and of none."""
    found = {by.hex(): Wrapping(master_key=by.hex(), given=True) for by in vault.ids}

    def of(by: bytes | None) -> Wrapping:
        return found.setdefault(_hex(by) or "", Wrapping(master_key=_hex(by)))

    for place, canary in enumerate(await keys.canaries()):
        opens = of(_opened_by(vault, CANARY, canary.wrapped) or canary.wrapped_by)
        opens.needed = True
        opens.current = opens.current or place == 0
    async for some in _walk(keys, told, batch):
        for key in some:
            by = _opened_by(vault, key.owner, key.wrapped)
            if by is None:
                of(key.wrapped_by).noted += 1
            else:
                of(by).opened += 1
    return list(found.values())


def note(key: WrappedKey, by: bytes) -> WrappedAnew:
    """Return what notes the master key of a key, and leaves it as it is."""
    return WrappedAnew(
        owner=key.owner,
        wrapped=key.wrapped,
        anew=key.wrapped,
        wrapped_by=by,
        sealed_by=sealing.name(key.wrapped),
    )


async def _take_over(keys: WrappedKeys, vault: Vault, now: datetime) -> bytes:
    """Return the canary, wrapped by the first master key."""
    while True:
        canary, *_formers = await keys.canaries()
        by = vault.wrapped_by(CANARY, canary.wrapped)
        if by == vault.first:
            return canary.wrapped
        anew = _wrap(WrappedKey(owner=CANARY, wrapped=canary.wrapped), vault)
        if await keys.take_over(anew, by, now):
            return anew.anew


async def _walk(
    keys: WrappedKeys, told: Told, batch: int
) -> AsyncIterator[Sequence[WrappedKey]]:
    """Yield all keys but the canary, and tell how far that is."""
    owner, seen = CANARY, 0
    total = sum(count for _by, count in await keys.count())
    while some := await keys.after(owner, batch):
        yield some
        owner, seen = some[-1].owner, seen + len(some)
        told(seen, max(total, seen))


def _wrap(key: WrappedKey, vault: Vault) -> WrappedAnew:
    return WrappedAnew(
        owner=key.owner,
        wrapped=key.wrapped,
        anew=vault.wrap_anew(key.owner, key.wrapped),
        wrapped_by=vault.first,
        sealed_by=sealing.name(key.wrapped),
    )


def _opened_by(vault: Vault, owner: str, wrapped: bytes) -> bytes | None:
    try:
        return vault.wrapped_by(owner, wrapped)
    except WrongKey:
        return None


def _hex(by: bytes | None) -> str | None:
    return None if by is None else by.hex()
