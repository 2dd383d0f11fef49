"""Whether the master keys that are given are those of a store; asked before all else.

Its one law: nothing is sealed with a key that is not the store's, and nobody works who
could not open everything.
"""

from collections.abc import Sequence

from adapters import clock
from adapters.errors import StoreError
from application import rotating
from application.failures import Conflict
from application.ports import Store
from application.rotating import Canary, WrappedKey, WrappedKeys
from application.sealing import CANARY, Vault, WrongKey
from application.stored import Append, Loaded, Wanted


class MasterKeyWrong(StoreError):
    exit_code = 2

    def __init__(self, by: bytes | None = None) -> None:
        right = "" if by is None else f": that is the one called {by.hex()}"
        super().__init__(f"BOOKINGS_MASTER_KEY is not the key of this store{right}.")


class MasterKeyMissing(StoreError):
    exit_code = 2

    def __init__(self, by: bytes | None) -> None:
        former = "a former one" if by is None else f"the former one called {by.hex()}"
        super().__init__(
            f"BOOKINGS_MASTER_KEY lacks {former}, which still wraps keys of owners: "
            "give it too, until `bookings keys rotate` has wrapped all of them anew."
        )


def must_open(vault: Vault, canary: bytes) -> None:
    """Raise `MasterKeyWrong` unless a master key of `vault` wraps what is new."""
    _must_open(vault, canary, MasterKeyWrong())


async def must_open_all(keys: WrappedKeys, vault: Vault) -> Sequence[Canary]:
    """Return the canaries, which `vault` opens; none when nobody wrote here yet.

    Raises `MasterKeyWrong`, `MasterKeyMissing`.
    """
    canaries = await keys.canaries()
    for canary in canaries[:1]:
        _must_open(vault, canary.wrapped, MasterKeyWrong(canary.wrapped_by))
    for former in canaries[1:]:
        _must_open(vault, former.wrapped, MasterKeyMissing(former.wrapped_by))
    return canaries


async def make_sure(keys: WrappedKeys, store: Store, vault: Vault) -> None:
    """Do the same, and let the first to come say which master key is the store's."""
    canaries = await must_open_all(keys, vault)
    if not canaries:
        await _make_canary(store, vault)
        canaries = await must_open_all(keys, vault)
    current = canaries[0].wrapped
    if canaries[0].wrapped_by is None:
        key = WrappedKey(owner=CANARY, wrapped=current)
        noted = rotating.note(key, vault.wrapped_by(CANARY, current))
        await keys.wrap_anew(current, [noted])


async def _make_canary(store: Store, vault: Vault) -> None:
    """Make the canary, unless another process has made it by now."""

    def decide(loaded: Loaded) -> Append:
        if CANARY in loaded.owner_keys:
            return Append()
        return Append(owner_keys=[(CANARY, vault.new_key(CANARY), clock.now())])

    wanted = Wanted(owners=(CANARY,))
    try:
        await store.transact(wanted, decide, locked=False)
    except Conflict:
        await store.transact(wanted, decide, locked=True)


def _must_open(vault: Vault, canary: bytes, otherwise: StoreError) -> None:
    try:
        vault.wrapped_by(CANARY, canary)
    except WrongKey:
        raise otherwise from None
