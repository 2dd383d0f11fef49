"""The port `Reader` over rounds: each question is asked of both stores in one form."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, TypeVar
from uuid import UUID

from adapters import asking, rows, seeing
from adapters.asking import BookingSeen, Number
from adapters.rounds import Lookup, Query, Read, Rounds, Value
from application.listing import ListKey, Only, OnlyRequests, RequestKey
from application.queries import (
    Listed,
    Logged,
    Occupied,
    Past,
    Requests,
    Seen,
    SeenRequest,
    SeenUpload,
    Thread,
)
from application.stored import StoredWorkshop, Upload
from application.streams import LogEntry
from domain import identity

R = TypeVar("R", bound=tuple[Any, ...])

# No event has this version, and no id is so low.
_END, _NOBODY = 2**62, 0
# Few enough that their events are decoded before anybody notices.
_STREAMS = 50


class CoalescingReader:
    """The port `Reader` over a function that answers a whole round."""

    def __init__(self, read: Read) -> None:
        self._rounds = Rounds(read)

    async def booking(self, booking_id: int) -> Seen | None:
        row = await self._row(asking.BOOKING, booking_id)
        return None if row is None else seeing.booking(row)

    async def bookings(
        self, owner: str, only: Only, *, after: ListKey | None, limit: int
    ) -> Sequence[Seen]:
        found = await self._all(asking.owners_bookings(owner, only, after, limit))
        return [seeing.booking(row) for row in found]

    async def workshops_bookings(
        self, org_nr: int, only: Only, *, offset: int, limit: int
    ) -> Listed:
        return await self._listed(
            *asking.workshops_bookings(org_nr, only, offset, limit)
        )

    async def group(
        self, org_nr: int, group_id: UUID, *, offset: int, limit: int
    ) -> Listed:
        return await self._listed(*asking.group(org_nr, group_id, offset, limit))

    async def change_request(
        self, booking_id: int, request_id: UUID
    ) -> SeenRequest | None:
        row = await self._row(asking.CHANGE_REQUEST, request_id)
        if row is None or row.id != booking_id:
            return None
        return seeing.change_request(row)

    async def workshops_change_request(
        self, org_nr: int, request_id: UUID
    ) -> SeenRequest | None:
        row = await self._row(asking.CHANGE_REQUEST, request_id)
        if row is None or row.org_nr != org_nr:
            return None
        return seeing.change_request(row)

    async def change_requests(
        self, booking_id: int, *, after: RequestKey | None, limit: int
    ) -> Requests | None:
        found = await self._of_booking(
            booking_id, asking.change_requests(booking_id, after, limit)
        )
        if found is None:
            return None
        seen, page = found
        return Requests(seen, [rows.change_request(row.state) for row in page])

    async def workshops_change_requests(
        self, org_nr: int, only: OnlyRequests, *, after: RequestKey | None, limit: int
    ) -> Sequence[SeenRequest]:
        found = await self._all(
            asking.workshops_change_requests(org_nr, only, after, limit)
        )
        return [seeing.change_request(row) for row in found]

    async def messages(
        self, booking_id: int, *, after: int, limit: int
    ) -> Thread | None:
        found = await self._of_booking(
            booking_id, asking.messages(booking_id, after, limit)
        )
        if found is None:
            return None
        seen, page = found
        return Thread(seen, [seeing.message(row) for row in page])

    async def history(
        self, booking_id: int, *, after: int, limit: int
    ) -> Logged | None:
        stream = identity.booking_stream(booking_id)
        found = await self._of_booking(
            booking_id, asking.events(stream, after, after + limit)
        )
        return None if found is None else Logged(found[0], seeing.entries(found[1]))

    async def past(self, booking_id: int) -> Past | None:
        whole = asking.events(identity.booking_stream(booking_id), 0, _END)
        found = await self._of_booking(booking_id, whole)
        if found is None:
            return None
        seen, events = found
        policies = await self._workshops_log(seen.stored.booking.org_nr)
        return Past(seen, seeing.entries(events), policies)

    async def holds(
        self, org_nr: int, *, since: datetime, until: datetime
    ) -> Occupied | None:
        turn = self._rounds.join()
        workshop = turn.look(asking.WORKSHOP, org_nr)
        taken = turn.query(asking.holds(org_nr, since, until))
        await turn.answered()
        row = workshop()
        if row is None:
            return None
        return Occupied(seeing.workshop(row), [rows.hold(slot) for slot in taken()])

    async def upload(self, booking_id: int, upload_id: UUID) -> SeenUpload | None:
        turn = self._rounds.join()
        booking = turn.look(asking.BOOKING, booking_id)
        upload = turn.look(asking.UPLOAD, upload_id)
        await turn.answered()
        seen, row = booking(), upload()
        if seen is None or row is None or row.booking_id != booking_id:
            return None
        return SeenUpload(seeing.booking(seen), rows.upload(row))

    async def uploads(self, booking_id: int) -> Sequence[Upload]:
        found = await self._all(asking.uploads(booking_id))
        return [rows.upload(row) for row in found]

    async def workshop(self, org_nr: int) -> StoredWorkshop | None:
        row = await self._row(asking.WORKSHOP, org_nr)
        return None if row is None else seeing.workshop(row)

    async def decided(
        self, org_nr: int, *, since: datetime
    ) -> AsyncIterator[Sequence[LogEntry]]:
        changed = [row.number for row in await self._all(asking.changed(org_nr, since))]
        for first in range(0, len(changed), _STREAMS):
            some = asking.streams(changed[first : first + _STREAMS])
            events = await self._all(some)
            for _stream, found in groupby(events, key=lambda row: row.stream_id):
                yield seeing.entries(found)

    async def ping(self) -> None:
        await self.booking(_NOBODY)

    async def _workshops_log(self, org_nr: int) -> Sequence[LogEntry]:
        whole = asking.events(identity.workshop_stream(org_nr), 0, _END)
        return seeing.entries(await self._all(whole))

    async def _row(self, lookup: Lookup[R], key: Value) -> R | None:
        turn = self._rounds.join()
        row = turn.look(lookup, key)
        await turn.answered()
        return row()

    async def _all(self, query: Query[R]) -> Sequence[R]:
        turn = self._rounds.join()
        found = turn.query(query)
        await turn.answered()
        return found()

    async def _of_booking(
        self, booking_id: int, query: Query[R]
    ) -> tuple[Seen, Sequence[R]] | None:
        """Return a booking, if there is one, beside what was asked of it."""
        turn = self._rounds.join()
        booking = turn.look(asking.BOOKING, booking_id)
        found = turn.query(query)
        await turn.answered()
        row = booking()
        return None if row is None else (seeing.booking(row), found())

    async def _listed(self, counts: Query[Number], sees: Query[BookingSeen]) -> Listed:
        turn = self._rounds.join()
        count, page = turn.query(counts), turn.query(sees)
        await turn.answered()
        return Listed(count()[0].number, [seeing.booking(row) for row in page()])
