"""Rounds of reads on PostgreSQL, on a connection of their own."""

from adapters.postgres import pipeline
from adapters.postgres.arrays import Bigints, Uuids
from adapters.postgres.plan import Statement
from adapters.postgres.session import Session, unavailable
from adapters.reading import BEGINNING, Asked, Found, Page
from application.ports import Unavailable


class PostgresReads:
    """Answers one round of questions with one Sync."""

    def __init__(self, url: str) -> None:
        self._session = Session(url)

    async def read(self, asked: Asked) -> Found:
        try:
            return await self._read(asked)
        except Unavailable:
            # The server may have closed a connection that idled; reading is safe twice.
            return await self._read(asked)

    async def close(self) -> None:
        await self._session.close()

    async def _read(self, asked: Asked) -> Found:
        statements = [
            Statement("see_bookings", (Bigints(asked.bookings),)),
            Statement("see_change_requests", (Uuids(asked.change_requests),)),
            *map(_page, asked.pages),
        ]
        async with self._session.connected() as conn:
            with unavailable():
                bookings, requests, *pages = await pipeline.run_async(conn, statements)
        return Found(
            bookings={row[0]: row for row in bookings},
            change_requests={row[0]: (row[1], row[2]) for row in requests},
            pages=list(pages),
        )


def _page(page: Page) -> Statement:
    after = page.after or BEGINNING
    return Statement(
        "see_owners_bookings", (page.owner, after.start, after.booking_id, page.limit)
    )
