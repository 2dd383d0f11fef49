"""Batches made of facts, for tests of stores: no decision stands between."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from application.stored import (
    Append,
    BookingChange,
    Loaded,
    Upload,
    UploadStatus,
    Wanted,
    WorkshopChange,
)
from application.writing import Ends, write
from domain import booking, events, identity, workshop
from domain.events import AnyEvent, BookingEvent, Recorded
from domain.identity import Actor
from domain.structs import replace
from tests import stores
from tests.examples import (
    BOOKING_ID,
    MONDAY,
    ORG_NR,
    OWNER,
    PLACED,
    POLICY,
    THURSDAY,
    origin,
    slot,
    uuid,
)
from tests.golden.box import FixedBox

ADDED = events.WorkshopAdded(org_nr=ORG_NR, name="Verksted", policy=POLICY)
ANNOUNCED = Upload(
    id=uuid(700),
    booking_id=BOOKING_ID,
    owner=OWNER.id,
    name="Dent.jpg",
    size=1234,
    sha256=bytes(32),
    content_type=None,
    stored_sha256=None,
    status=UploadStatus.CREATED,
    message_id=None,
    created_at=MONDAY + timedelta(microseconds=1),
)
CAME = replace(
    ANNOUNCED,
    content_type="image/jpeg",
    stored_sha256=bytes(range(32)),
    status=UploadStatus.COMPLETE,
)
Decide = Callable[[Loaded], Append]


def placed(
    booking_id: int = BOOKING_ID,
    start: datetime = THURSDAY,
    *,
    owner: Actor = OWNER,
    org_nr: int = ORG_NR,
    bay: int = 1,
    group_id: UUID | None = None,
) -> events.Placed:
    return replace(
        PLACED,
        booking_id=booking_id,
        owner=owner.id,
        org_nr=org_nr,
        group_id=group_id or uuid(booking_id),
        slot=slot(start, bay=bay),
    )


class Facts:
    """What happens in one batch, stream by stream; `at` is the time of all of it."""

    def __init__(self, *, at: datetime = MONDAY, by: Actor = OWNER) -> None:
        self._origin = origin(at, by)
        self._workshops: list[events.WorkshopAdded] = []
        self._bookings: dict[int, list[BookingEvent]] = {}

    def workshop(self, org_nr: int = ORG_NR) -> "Facts":
        self._workshops.append(replace(ADDED, org_nr=org_nr))
        return self

    def place(self, *placed: events.Placed) -> "Facts":
        for event in placed:
            self.booking(event.booking_id, event)
        return self

    def booking(self, booking_id: int, *happened: BookingEvent) -> "Facts":
        self._bookings.setdefault(booking_id, []).extend(happened)
        return self

    @property
    def wanted(self) -> Wanted:
        return Wanted(bookings=tuple(self._bookings))

    def append(self, loaded: Loaded) -> Append:
        batch, ends = Append(), Ends(loaded)
        for added in self._workshops:
            self._add_workshop(added, batch, ends)
        for booking_id, happened in self._bookings.items():
            stored = loaded.bookings.get(booking_id)
            before = None if stored is None else stored.booking
            stream_id = identity.booking_stream(booking_id)
            end = ends.of(stream_id)
            recorded = self._recorded(happened, end.version)
            written = write(stream_id, end, recorded, FixedBox(), len(batch.stored))
            after = booking.fold(written.recorded, before)
            assert after is not None
            batch.stored.extend(written.stored)
            batch.bookings[booking_id] = BookingChange(
                before=before,
                after=after,
                recorded=list(written.recorded),
                ordinals=list(written.ordinals),
                tip=written.tip,
            )
        return batch

    def _add_workshop(
        self, added: events.WorkshopAdded, batch: Append, ends: Ends
    ) -> None:
        stream_id = identity.workshop_stream(added.org_nr)
        recorded = self._recorded([added], 0)
        end = ends.of(stream_id)
        written = write(stream_id, end, recorded, None, len(batch.stored))
        batch.stored.extend(written.stored)
        batch.workshops[added.org_nr] = WorkshopChange(
            after=workshop.evolve(None, added),
            recorded=list(written.recorded),
            ordinals=list(written.ordinals),
            tip=written.tip,
        )

    def _recorded(
        self, happened: Sequence[AnyEvent], version: int
    ) -> list[Recorded[Any]]:
        return [
            Recorded(version=v, origin=self._origin, event=event)
            for v, event in enumerate(happened, start=version + 1)
        ]


async def happen(store: stores.Store, facts: Facts) -> int:
    """Commit `facts`; return the log's last position before them."""
    last: int = await store.transact(facts.wanted, facts.append, locked=True)
    return last


async def write_down(store: stores.Store, batch: Append) -> None:
    await store.transact(Wanted(), lambda _loaded: batch, locked=True)


async def look(store: stores.Store, wanted: Wanted, *, locked: bool = False) -> Loaded:
    """Return what the store has of `wanted`."""
    found: list[Loaded] = []

    def keep(loaded: Loaded) -> Append:
        found.append(loaded)
        return Append()

    assert await store.transact(wanted, keep, locked=locked) == 0
    return found[0]
