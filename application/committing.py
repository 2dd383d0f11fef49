"""How a batch comes to be committed, whatever is in its way.

Its one law: nobody is answered before it is known what was committed, and what fails
for one call fails for that call alone.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

from application.answers import Answered
from application.batch import Batch
from application.calls import AnyCall, Fault
from application.failures import Conflict, OutcomeUnknown, Unavailable
from application.kept import Pending
from application.ports import Store
from application.sealing import Vault
from application.stored import Append, Loaded
from application.wanted import wanted
from application.watching import UNWATCHED, Tried, Watch

# Seconds for which the store is asked what became of a commit, and between two tries.
PATIENCE = 10.0
PAUSE = 0.1

Outcome = Exception | Answered


class NotCommitted(Unavailable):
    """The connection was lost while committing, and nothing of it was written."""


class Broken(Fault):
    """What an error that no single call caused is to those whom it concerns."""


class To(NamedTuple):
    """Where batches go, and how long the store is asked what became of one."""

    store: Store
    vault: Vault
    patience: float
    watch: Watch


class Attempt:
    """Calls decided once; `append` is what they came to, `now` the loop's clock."""

    def __init__(
        self,
        calls: Sequence[AnyCall],
        vault: Vault,
        now: Callable[[], float],
        *,
        locked: bool,
    ) -> None:
        self._calls = calls
        self._vault = vault
        self._locked = locked
        self._now = now
        self._began = now()
        self._loaded: float | None = None
        self._decided: float | None = None
        self._outcomes: list[Exception | Pending] = []
        self.append = Append()

    def decide(self, loaded: Loaded) -> Append:
        self._loaded = self._now()
        batch = Batch(loaded, self._vault)
        self._outcomes = [batch.run(call) for call in self._calls]
        self.append = batch.append
        self._decided = self._now()
        if not self._locked and (batch.has_let_go or self.append.owner_keys):
            # Only the head row keeps others from a slot of which no row will tell, and
            # as it is which master key wraps a new key.
            raise Conflict
        return self.append

    def tried(self) -> Tried:
        """Return what it took, now that it is over."""
        times = (self._began, self._loaded, self._decided, self._now())
        return Tried(self._calls, self._locked, *times)

    def answers(self, base: int) -> list[Outcome]:
        """Return the answers, the log's last position before `append` being `base`."""
        return [
            outcome.after(base) if isinstance(outcome, Pending) else outcome
            for outcome in self._outcomes
        ]


async def commit(
    store: Store,
    vault: Vault,
    calls: Sequence[AnyCall],
    watch: Watch = UNWATCHED,
    *,
    patience: float = PATIENCE,
) -> Sequence[Outcome]:
    """Decide and commit `calls`; return the answer to each, or why it has none.

    After a connection was lost while committing, the store is asked for `patience`
    seconds at most what became of it; then each outcome is `OutcomeUnknown`. An error
    that no single call caused is raised, or each outcome is `Broken` for which nothing
    was committed, when for others something was.
    """
    locked = any(call.needs_head for call in calls)
    return await _commit(To(store, vault, patience, watch), calls, locked=locked)


def fault(call: AnyCall, cause: Exception, kind: type[Fault] = Fault) -> Fault:
    """Return what a call is told of an error that is not its caller's."""
    failed = kind(str(call.command_id))
    failed.__cause__ = cause
    return failed


async def _commit(
    to: To, calls: Sequence[AnyCall], *, locked: bool
) -> Sequence[Outcome]:
    """Commit `calls`; after a conflict all of them under the head row, then in halves.

    Under the head row nobody else can conflict, so few fail there.
    """
    try:
        return await _settle(to, calls, locked=locked)
    except Conflict as conflict:
        if locked and len(calls) == 1:
            return [fault(calls[0], conflict)]
    to.watch.conflicted(len(calls))
    if not locked:
        return await _commit(to, calls, locked=True)
    middle = len(calls) // 2
    first = await _commit(to, calls[:middle], locked=True)
    return [*first, *await _rest(to, calls[middle:], first)]


async def _rest(
    to: To, calls: Sequence[AnyCall], first: Sequence[Outcome]
) -> Sequence[Outcome]:
    """Commit what comes after `first`, whose answers stand whatever happens here."""
    broken = next((one for one in first if isinstance(one, Broken)), None)
    if broken is not None:
        return [broken] * len(calls)
    try:
        return await _commit(to, calls, locked=True)
    except Exception as error:  # noqa: BLE001 - whoever asked ends the process by it
        return [fault(call, error, Broken) for call in calls]


async def _settle(
    to: To, calls: Sequence[AnyCall], *, locked: bool
) -> Sequence[Outcome]:
    """Commit `calls`, and once more when it turns out that nothing was written.

    Raises `Conflict`.
    """
    try:
        try:
            return await _transact(to, calls, locked=locked)
        except NotCommitted:
            return await _transact(to, calls, locked=True)
    except Unavailable as unavailable:
        return [unavailable] * len(calls)


async def _transact(
    to: To, calls: Sequence[AnyCall], *, locked: bool
) -> Sequence[Outcome]:
    now = asyncio.get_running_loop().time
    attempt = Attempt(calls, to.vault, now, locked=locked)
    try:
        try:
            what = wanted(calls, seals=locked)
            base = await to.store.transact(what, attempt.decide, locked=locked)
        finally:
            to.watch.tried(attempt.tried())
    except OutcomeUnknown as unknown:
        base = await _found_out(to, attempt.append, unknown)
    return attempt.answers(base)


async def _found_out(to: To, append: Append, unknown: OutcomeUnknown) -> int:
    """Return the last position before `append`, which was committed after all.

    Raises `NotCommitted` when it was not, and `unknown` when nobody can tell in time.
    """
    try:
        async with asyncio.timeout(to.patience):
            base = await _ask(to.store, append)
    except TimeoutError:
        raise unknown from None
    if base is None:
        raise NotCommitted(str(unknown))
    return base


async def _ask(store: Store, append: Append) -> int | None:
    """Ask what became of `append` until the store is there to say so."""
    while True:
        try:
            return await store.committed(append)
        except Unavailable:
            await asyncio.sleep(PAUSE)
