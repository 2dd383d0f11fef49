"""Owners' keys wrapped anew: all of them, nothing else, by one master key at a time."""

# ruff: noqa: S608 - what a person does by hand is SQL in a string

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import pytest

from adapters import master_keys
from adapters.errors import StoreError
from adapters.master_keys import MasterKeyMissing, MasterKeyWrong
from adapters.vault import AesVault, key_id
from application import bodies, rotating
from application.answers import Answered
from application.calls import AnyCall, Call, EraseCall
from application.committer import commit
from application.rotating import Rotated, TakenOver, WrappedKeys, Wrapping
from application.sealing import CANARY, Vault, WrongKey
from application.shapes import ResultBody
from application.stored import KeyId
from application.verify import verify
from domain.identity import Actor, Role, booking_stream
from domain.structs import replace
from tests import stores, stories
from tests.examples import (
    BOOKING_ID,
    CALL,
    DAY,
    LATE,
    MONDAY,
    NEXT_MONDAY,
    OPERATOR,
    OTHER_BOOKING_ID,
    OTHER_OWNER,
    OWNER,
    uuid,
)

pytestmark = pytest.mark.anyio

OLD, NEW, OTHER = bytes(32), b"n" * 32, b"o" * 32
ONLY_OLD, ONLY_NEW = AesVault(OLD), AesVault(NEW)
# As all processes have it while the key is replaced.
BOTH = AesVault(NEW, OLD)
ERASED = EraseCall(
    command_id=uuid(102), request_id=CALL, at=LATE, actor=OPERATOR, owner=OWNER.id
)
LOG = (
    *("stored_events", "idempotency", "booking", "workshop", "change_request"),
    *("message", "slot", "upload", "log_head"),
)


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def begun(told: str) -> str:
    """Return the URL of a store with a story, in which OLD wraps all."""
    await begin(told, ONLY_OLD)
    await rotate(told, ONLY_OLD)
    return told


async def begin(url: str, vault: Vault) -> None:
    """Start as each process does."""
    async with stores.keeping(url) as keys, stores.storing(url) as store:
        await master_keys.make_sure(keys, store, vault)


async def rotate(url: str, vault: Vault = BOTH) -> Rotated:
    async with stores.keeping(url) as keys:
        return await rotating.rotate(keys, vault, LATE, told_of_nothing, batch=1)


def told_of_nothing(_done: int, _of: int) -> None: ...


async def examine(url: str, vault: Vault) -> dict[str | None, Wrapping]:
    async with stores.keeping(url) as keys:
        found = await rotating.examine(keys, vault, told_of_nothing, batch=1)
    return {one.master_key: one for one in found}


async def happen(url: str, vault: Vault, *calls: AnyCall) -> list[Answered]:
    async with stores.storing(url) as store:
        outcomes = await commit(store, vault, calls)
    answered = [one for one in outcomes if isinstance(one, Answered)]
    assert len(answered) == len(calls), outcomes
    return answered


async def plate(url: str, vault: Vault, booking_id: int = BOOKING_ID) -> str | None:
    async with stores.reading(url) as reader:
        seen = await reader.booking(booking_id)
    assert seen is not None
    return bodies.seen(seen, vault, MONDAY).vehicle.plate


def keys_of(url: str) -> dict[str, tuple[bytes, bytes | None]]:
    """Return how each owner's key is wrapped, and by what it is noted to be."""
    found = stories.rows(url, "SELECT owner, wrapped, wrapped_by FROM owner_key")
    return {owner: (bytes(wrapped), by and bytes(by)) for owner, wrapped, by in found}


def wrapped_by(url: str, vault: Vault) -> set[bytes]:
    """Return the master keys that wrap something, each held against its note."""
    found = keys_of(url).items()
    assert all(vault.wrapped_by(owner, key) == by for owner, (key, by) in found)
    return {by for _owner, (_key, by) in found if by is not None}


def everything_else(url: str) -> dict[str, list[Any]]:
    return {name: stories.rows(url, stories.EVERYTHING.format(name)) for name in LOG}


def say(text: str, *, number: int, booking_id: int = BOOKING_ID) -> Call:
    wish = stories.message(text, at=LATE, number=number)
    key = KeyId(caller=OWNER.id, scope=booking_stream(booking_id), key=f"say-{number}")
    return replace(stories.call(booking_id, OWNER, wish), key=key, fingerprint=b"f")


def text_of(answered: Answered, vault: Vault) -> str | None:
    body = bodies.answered(answered, vault)
    assert body is not None
    assert isinstance(body.result, ResultBody)
    assert body.result.message is not None
    return body.result.message.text


async def test_all_are_wrapped_by_the_first_master_key_and_nothing_else_changes(begun):
    before, opened = everything_else(begun), keys_of(begun)

    rotated = await rotate(begun)

    assert (rotated.keys, rotated.wrapped_anew, rotated.unopened) == (2, 2, 0)
    assert rotated.master_key == key_id(NEW).hex()
    assert rotated.still_needed == []
    assert wrapped_by(begun, ONLY_NEW) == {key_id(NEW)}
    assert keys_of(begun).keys() == opened.keys() == {CANARY, OWNER.id, OTHER_OWNER.id}
    assert everything_else(begun) == before
    with stores.snapshot(begun) as snapshot:
        assert verify(snapshot).differences == ()
    assert await plate(begun, ONLY_NEW) == f"AB{BOOKING_ID}"
    with pytest.raises(WrongKey):
        await plate(begun, ONLY_OLD)


async def test_a_second_rotation_changes_nothing(begun):
    await rotate(begun)
    before = keys_of(begun)

    assert (await rotate(begun)).wrapped_anew == 0
    assert (await rotate(begun, ONLY_NEW)).wrapped_anew == 0
    assert keys_of(begun) == before


async def test_kept_answers_are_opened_however_often_keys_are_wrapped_anew(begun):
    (first,) = await happen(begun, BOTH, say("Is it ready?", number=70))
    assert text_of(first, BOTH) == "Is it ready?"

    await rotate(begun)
    (again,) = await happen(begun, BOTH, say("Is it ready?", number=70))
    (new,) = await happen(begun, BOTH, say("And now?", number=71))
    await rotate(begun, AesVault(OTHER, NEW))
    last = AesVault(OTHER)
    found = await happen(
        begun, last, say("Is it ready?", number=70), say("And now?", number=71)
    )

    assert again.is_replay
    assert all(one.is_replay for one in found)
    assert text_of(again, BOTH) == "Is it ready?"
    assert text_of(new, BOTH) == "And now?"
    assert [text_of(one, last) for one in found] == ["Is it ready?", "And now?"]


async def test_an_answer_under_a_key_that_was_destroyed_stays_closed(begun):
    """Also when the owner came back and their new key was wrapped anew."""
    await happen(begun, BOTH, say("Is it ready?", number=70))
    ((old,),) = stories.rows(begun, "SELECT answer FROM idempotency")
    await happen(begun, BOTH, ERASED)
    await happen(begun, BOTH, say("I am back.", number=71))
    await rotate(begun)
    value = stories.literal(begun, bytes(old))
    stores.execute(begun, f"UPDATE idempotency SET answer = {value}")

    (again,) = await happen(begun, BOTH, say("I am back.", number=71))

    assert again.is_replay
    assert text_of(again, BOTH) is None


class Dying:
    """Keys that end the rotation before, or after, their n-th change."""

    def __init__(self, keys: WrappedKeys, changes: int, *, late: bool) -> None:
        self._keys, self._left, self._late = keys, changes, late

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._keys, name)
        if name not in {"take_over", "wrap_anew", "forget_formers"}:
            return method

        async def change(*arguments: Any) -> Any:
            self._left -= 1
            if not self._left and not self._late:
                raise Died
            done = await method(*arguments)
            if not self._left:
                raise Died
            return done

        return change


class Died(Exception):
    pass


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("changes", [1, 2, 3, 4])
async def test_it_can_end_anywhere_and_begin_again(begun, changes: int, *, late: bool):
    async with stores.keeping(begun) as keys:
        dying: Any = Dying(keys, changes, late=late)
        with pytest.raises(Died):
            await rotating.rotate(dying, BOTH, LATE, told_of_nothing, batch=1)

    assert await plate(begun, BOTH) == f"AB{BOOKING_ID}"
    assert await plate(begun, BOTH, OTHER_BOOKING_ID) == f"AB{OTHER_BOOKING_ID}"
    await happen(begun, BOTH, say("In between.", number=70))
    assert (await rotate(begun)).still_needed == []
    assert wrapped_by(begun, ONLY_NEW) == {key_id(NEW)}


@asynccontextmanager
async def half_done(url: str) -> AsyncIterator[None]:
    """Be in a store whose canary is wrapped by NEW, and all else by OLD."""
    async with stores.keeping(url) as keys:
        dying: Any = Dying(keys, 1, late=True)
        with pytest.raises(Died):
            await rotating.rotate(dying, BOTH, LATE, told_of_nothing)
        yield


async def test_nobody_starts_who_could_not_open_all(begun):
    async with half_done(begun):
        with pytest.raises(MasterKeyWrong, match=key_id(NEW).hex()):
            await begin(begun, ONLY_OLD)
        with pytest.raises(MasterKeyMissing, match=key_id(OLD).hex()):
            await begin(begun, ONLY_NEW)
        await begin(begun, AesVault(OLD, NEW))
    await rotate(begun)
    await begin(begun, ONLY_NEW)
    with pytest.raises(MasterKeyWrong):
        await begin(begun, ONLY_OLD)


async def test_what_is_refused_is_one_line_without_a_key(begun):
    for vault in (AesVault(OTHER), AesVault(OTHER, NEW)):
        with pytest.raises(StoreError) as told:
            await begin(begun, vault)

        assert told.value.exit_code == 2
        assert "\n" not in str(told.value)
        assert OTHER.decode() not in str(told.value)


async def test_a_wrong_master_key_seals_nothing(store_url):
    stores.migrate(store_url)
    await begin(store_url, ONLY_OLD)
    before = keys_of(store_url)

    with pytest.raises(MasterKeyWrong):
        await begin(store_url, ONLY_NEW)
    assert keys_of(store_url) == before
    assert before[CANARY][1] == key_id(OLD)


def new_owners(booking_id: int, start: datetime = NEXT_MONDAY) -> Call:
    owner = Actor(role=Role.OWNER, id=f"owner-of-{booking_id}")
    return stories.place(booking_id, start, owner)


@pytest.mark.parametrize("vault", [BOTH, AesVault(OLD, NEW)])
async def test_what_is_new_is_wrapped_as_the_canary_is(begun, vault: Vault):
    """Whatever is first in a process: the store says which master key it is."""
    number = BOOKING_ID + 20 * 1024
    await happen(begun, vault, new_owners(number))
    assert keys_of(begun)[f"owner-of-{number}"][1] == key_id(OLD)

    async with half_done(begun):
        await happen(begun, vault, new_owners(number + 1024, NEXT_MONDAY + DAY))
    assert keys_of(begun)[f"owner-of-{number + 1024}"][1] == key_id(NEW)
    assert wrapped_by(begun, vault) == {key_id(OLD), key_id(NEW)}


async def test_a_key_made_while_the_canary_changes_is_not_left_behind(begun):
    """Who comes back after being erased gets a key by a call that locks nothing."""
    await happen(begun, BOTH, ERASED)

    async with stores.storing(begun) as store, stores.keeping(begun) as keys:
        slow: Any = Meanwhile(store, lambda: take_over(keys))
        (answered,) = await commit(
            slow, AesVault(OLD, NEW), [say("I am back.", number=70)]
        )

    assert isinstance(answered, Answered)
    assert text_of(answered, BOTH) == "I am back."
    assert keys_of(begun)[OWNER.id][1] == key_id(NEW)
    await rotate(begun)
    assert wrapped_by(begun, ONLY_NEW) == {key_id(NEW)}


async def take_over(keys: WrappedKeys) -> None:
    dying: Any = Dying(keys, 1, late=True)
    with pytest.raises(Died):
        await rotating.rotate(dying, BOTH, LATE, told_of_nothing)


class Meanwhile:
    """A store in which something happens once before the first locked transaction."""

    def __init__(self, store: stores.Store, happens: Any) -> None:
        self._store, self._happens = store, happens

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def transact(self, wanted, decide, *, locked):
        if self._happens is not None and locked:
            happens, self._happens = self._happens, None
            await happens()
        return await self._store.transact(wanted, decide, locked=locked)


async def test_an_owner_who_is_erased_meanwhile_stays_erased(begun):
    async with stores.keeping(begun) as keys:
        (one, other) = await keys.after(CANARY, 9)
        assert (one.owner, other.owner) == (OWNER.id, OTHER_OWNER.id)
        await take_over(keys)
        await happen(begun, BOTH, ERASED)
        current, former = await keys.canaries()
        anew = [
            rotating.note(replace(key, wrapped=key.wrapped), key_id(NEW))
            for key in (one, other)
        ]

        assert await keys.wrap_anew(current.wrapped, anew) == 1
    assert former.wrapped_by == key_id(OLD)
    assert keys_of(begun).keys() == {CANARY, OTHER_OWNER.id}


async def test_a_key_that_nothing_opens_is_named_and_the_others_are_wrapped(begun):
    another = stories.literal(begun, keys_of(begun)[OTHER_OWNER.id][0])
    stores.execute(
        begun, f"UPDATE owner_key SET wrapped = {another} WHERE owner = '{OWNER.id}'"
    )

    rotated = await rotate(begun)

    assert (rotated.wrapped_anew, rotated.unopened) == (1, 1)
    assert rotated.examples == [OWNER.id]
    assert rotated.still_needed == [key_id(OLD).hex()]
    assert keys_of(begun)[OTHER_OWNER.id][1] == key_id(NEW)
    found = await examine(begun, BOTH)
    assert found[key_id(OLD).hex()].noted == 1


async def test_two_rotations_to_one_master_key_agree(begun):
    async with stores.keeping(begun) as one, stores.keeping(begun) as other:
        await rotating.rotate(one, BOTH, LATE, told_of_nothing, batch=1)
        rotated = await rotating.rotate(other, BOTH, LATE, told_of_nothing, batch=1)

    assert rotated.still_needed == []
    assert wrapped_by(begun, ONLY_NEW) == {key_id(NEW)}


async def test_of_two_rotations_to_two_master_keys_the_first_gives_up(begun):
    every = AesVault(OTHER, NEW, OLD)

    class Overtaken(Dying):
        def __getattr__(self, name: str) -> Any:
            if name != "count":
                return getattr(self._keys, name)
            return self._overtaken

        async def _overtaken(self) -> Sequence[Any]:
            await rotate(begun, every)
            return await self._keys.count()

    async with stores.keeping(begun) as keys:
        overtaken: Any = Overtaken(keys, 0, late=False)
        with pytest.raises(TakenOver):
            await rotating.rotate(overtaken, BOTH, LATE, told_of_nothing)

    assert wrapped_by(begun, AesVault(OTHER)) == {key_id(OTHER)}
    await begin(begun, AesVault(OTHER))


async def test_a_canary_that_was_replaced_meanwhile_is_replaced_again(begun):
    every = AesVault(OTHER, NEW, OLD)

    class Late(Dying):
        def __getattr__(self, name: str) -> Any:
            return self._late_take if name == "take_over" else getattr(self._keys, name)

        async def _late_take(self, *arguments: Any) -> bool:
            if not self._left:
                self._left = 1
                await rotate(begun, BOTH)
            return await self._keys.take_over(*arguments)

    async with stores.keeping(begun) as keys:
        late: Any = Late(keys, 0, late=False)
        await rotating.rotate(late, every, LATE, told_of_nothing)

    assert wrapped_by(begun, AesVault(OTHER)) == {key_id(OTHER)}


async def test_a_rotation_can_go_back_to_the_old_key(begun):
    async with half_done(begun):
        pass
    back = await rotate(begun, AesVault(OLD, NEW))

    assert back.still_needed == []
    assert wrapped_by(begun, ONLY_OLD) == {key_id(OLD)}
    await begin(begun, ONLY_OLD)


async def test_keys_of_an_earlier_release_are_noted(told):
    """It did not note which master key wrapped them."""
    await begin(told, ONLY_OLD)
    stores.execute(told, "UPDATE owner_key SET wrapped_by = NULL")
    assert (await examine(told, BOTH))[key_id(OLD).hex()].opened == 2

    assert (await rotate(told, ONLY_OLD)).wrapped_anew == 0
    await begin(told, ONLY_OLD)
    assert wrapped_by(told, ONLY_OLD) == {key_id(OLD)}
    assert (await rotate(told)).wrapped_anew == 2
    assert wrapped_by(told, ONLY_NEW) == {key_id(NEW)}


async def test_what_each_master_key_opens_is_counted(begun):
    new, old = key_id(NEW).hex(), key_id(OLD).hex()
    assert await examine(begun, BOTH) == {
        new: Wrapping(master_key=new, given=True),
        old: Wrapping(master_key=old, given=True, current=True, needed=True, opened=2),
    }
    async with half_done(begun):
        assert await examine(begun, BOTH) == {
            new: Wrapping(master_key=new, given=True, current=True, needed=True),
            old: Wrapping(master_key=old, given=True, needed=True, opened=2),
        }
        assert await examine(begun, ONLY_NEW) == {
            new: Wrapping(master_key=new, given=True, current=True, needed=True),
            old: Wrapping(master_key=old, needed=True, noted=2),
        }


async def test_it_tells_how_far_it_is(begun):
    seen: list[tuple[int, int]] = []
    async with stores.keeping(begun) as keys:
        await rotating.rotate(
            keys, BOTH, LATE, lambda done, of: seen.append((done, of)), batch=1
        )

    assert seen == [(1, 2), (2, 2)]
