"""What is done behind the commands: facts of the clock, unused uploads, used-up keys.

Nothing waits for it: answers know the clock, and what is doomed is not shown. Each step
takes a bounded batch, can be killed anywhere, and can be done by several at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from application import blobs
from application.answers import Answered
from application.blobs import Blobs
from application.calls import Call, Fault
from application.failures import Unreadable
from application.ports import Clock, Ids, Sweeps
from domain import clock

UNUSED_FOR = timedelta(days=1)
KEYS_KEPT_FOR = timedelta(days=1)
BATCH = 100

Change = Callable[[Call], Awaitable[Answered]]
"""What `Committer.change` is."""


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """`done` of what there was; `faults` are bookings that could not be decided."""

    done: int
    is_all: bool
    faults: tuple[Exception, ...] = ()


async def remove_doomed(sweeps: Sweeps, files: Blobs, limit: int = BATCH) -> int:
    """Remove `limit` doomed uploads at most; return how many. Raises `Unavailable`."""
    doomed = await sweeps.doomed(limit)
    gone = list[UUID]()
    try:
        for upload in doomed:
            await files.remove(blobs.folder(upload))
            gone.append(upload.id)
    finally:
        if gone:
            await sweeps.remove(gone)
    return len(doomed)


Step = Callable[[], Awaitable[Swept]]


class Sweeper:
    """All steps raise `Unavailable`; what was done before stays done."""

    def __init__(
        self,
        *,
        sweeps: Sweeps,
        blobs: Blobs,
        change: Change,
        now: Clock,
        new_id: Ids,
        batch: int = BATCH,
    ) -> None:
        self._sweeps = sweeps
        self._blobs = blobs
        self._change = change
        self._now = now
        self._new_id = new_id
        self._batch = batch
        # What failed since all was done last: the others behind it are looked for.
        self._failed = set[int]()

    async def write_facts(self) -> Swept:
        """Write the events of bookings and requests whose time has come."""
        now = await self._moment()
        due = await self._sweeps.due(now, self._batch, self._failed)
        outcomes = await asyncio.gather(*(self._note(one, now) for one in due))
        faults = {
            booking_id: outcome
            for booking_id, outcome in zip(due, outcomes, strict=True)
            if isinstance(outcome, Exception)
        }
        is_all = len(due) < self._batch
        self._failed = set[int]() if is_all else self._failed | faults.keys()
        return Swept(
            done=len(due) - len(faults), is_all=is_all, faults=tuple(faults.values())
        )

    async def doom_unused(self) -> Swept:
        """Give up uploads that no message has used for a day."""
        before = await self._moment() - UNUSED_FOR
        return self._swept(await self._sweeps.doom_unused(before, self._batch))

    async def remove_doomed(self) -> Swept:
        """Remove what was given up: first its bytes, then its row."""
        removed = await remove_doomed(self._sweeps, self._blobs, self._batch)
        return self._swept(removed)

    async def forget_keys(self) -> Swept:
        """Forget idempotency keys that nobody can rely on any more."""
        before = await self._moment() - KEYS_KEPT_FOR
        return self._swept(await self._sweeps.forget_keys(before, self._batch))

    @property
    def often(self) -> dict[str, Step]:
        """The steps that others may look for, by what they sweep."""
        return {"facts": self.write_facts, "doomed uploads": self.remove_doomed}

    @property
    def all(self) -> dict[str, Step]:
        rest: dict[str, Step] = {
            "unused uploads": self.doom_unused,
            "used-up keys": self.forget_keys,
        }
        return rest | self.often

    async def _moment(self) -> datetime:
        """Return the time, which is no process's alone: its clock may be ahead."""
        return await self._sweeps.moment(self._now())

    async def _note(self, booking_id: int, now: datetime) -> Answered | Exception:
        call = Call(
            command_id=self._new_id(),
            request_id=self._new_id(),
            at=now,
            actor=clock.CLOCK,
            booking_id=booking_id,
        )
        try:
            return await self._change(call)
        except (Fault, Unreadable) as failure:
            # It must not keep the others waiting.
            return failure

    def _swept(self, done: int) -> Swept:
        return Swept(done=done, is_all=done < self._batch)
