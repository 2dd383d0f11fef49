"""What the use cases need of the outside, as Protocols; adapters do not inherit them.

What goes in and out of a store is in `stored`.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from application.stored import Append, Loaded, Upload, Wanted


class Store(Protocol):
    """The one way in. One transaction at a time, each holding the head row."""

    async def transact(
        self, wanted: Wanted, decide: Callable[[Loaded], Append], *, locked: bool
    ) -> int:
        """Load, call `decide`, and commit what it returns, or nothing if that is empty.

        With `locked` the head row is taken before the load, so that nobody else can
        conflict; without it a store may load first (SQLite always locks). Returns the
        log's last position before the batch (0 if nothing was to be written). Raises
        `Conflict`, `Unavailable`, `OutcomeUnknown`, `EpochChanged`.
        """
        ...

    async def committed(self, append: Append) -> int | None:
        """Return the log's last position before `append`, or None if it is not there.

        To be asked after `OutcomeUnknown`, of what `decide` returned then; whoever may
        still be committing it is waited for. What is neither event nor answer is not
        looked for: to write it twice is to write it once. Raises `Unavailable`.
        """
        ...

    async def draw_ids(self, org_nr: int, count: int) -> Sequence[int]:
        """Return `count` new booking ids of the workshop's slice, never given before.

        Slice 0 begins with 1024; ids are `n * 1024 + slice`.
        """
        ...


class Sweeps(Protocol):
    """What is swept up behind the commands, and what belongs to an owner.

    Whatever writes takes the head row first, changes `limit` rows at most, and returns
    how many those were. Raises `Unavailable`, and `EpochChanged` where it writes.
    """

    async def moment(self, now: datetime) -> datetime:
        """Return the earlier of `now` and the clock of the store's server.

        What is swept by mistake does not come back.
        """
        ...

    async def due(
        self, now: datetime, limit: int, without: Collection[int] = ()
    ) -> Sequence[int]:
        """Return bookings that the clock has changed without an event, oldest first.

        Those of `without` are passed over.
        """
        ...

    async def doomed(self, limit: int) -> Sequence[Upload]:
        """Return uploads whose bytes must go, and then they."""
        ...

    async def bookings_of(self, owner: str) -> Sequence[int]: ...

    async def doom_unused(self, before: datetime, limit: int) -> int:
        """Doom uploads made `before` that no message uses."""
        ...

    async def remove(self, uploads: Sequence[UUID]) -> int:
        """Remove those of `uploads` that are doomed."""
        ...

    async def forget_keys(self, before: datetime, limit: int) -> int:
        """Remove idempotency keys that were used `before`, with their answers."""
        ...


class Clock(Protocol):
    def __call__(self) -> datetime:
        """Return now, aware and in UTC."""
        ...


class Ids(Protocol):
    def __call__(self) -> UUID:
        """Return a new UUIDv7."""
        ...
