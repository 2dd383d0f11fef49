"""Rows that answer questions, as what the use cases know; no I/O."""

from collections.abc import Iterable, Sequence

from adapters import rows
from adapters.asking import (
    BookingSeen,
    EventSeen,
    MessageSeen,
    RequestSeen,
    WorkshopSeen,
)
from application.queries import Seen, SeenMessage, SeenRequest
from application.stored import StoredWorkshop
from application.streams import LogEntry


def booking(row: BookingSeen | RequestSeen) -> Seen:
    return Seen(
        stored=rows.stored_booking(
            row.version, row.chain, row.at, row.position, row.state
        ),
        workshop=rows.workshop(row.workshop),
        owner_key=row.owner_key,
    )


def change_request(row: RequestSeen) -> SeenRequest:
    return SeenRequest(booking(row), rows.change_request(row.request))


def message(row: MessageSeen) -> SeenMessage:
    return SeenMessage(row.version, rows.message(row.state))


def workshop(row: WorkshopSeen) -> StoredWorkshop:
    return rows.stored_workshop(row.version, row.chain, row.at, row.position, row.state)


def entries(found: Iterable[EventSeen]) -> Sequence[LogEntry]:
    return [
        LogEntry(
            position=row.position,
            version=row.version,
            topic=row.topic,
            state=row.state,
        )
        for row in found
    ]
