"""What a store found for a batch, decoded: the same rows from both stores; no I/O."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from adapters import rows
from adapters.rows import UploadRow
from application.failures import Unreadable
from application.stored import KeptAnswer, KeyId, Loaded, StoredRequest, TwinId
from projections.slots import SlotRow

Row = Sequence[Any]
Table = Sequence[Row]

_SLOT = len(SlotRow._fields)


def loaded(found: Mapping[str, Table]) -> Loaded:
    """Decode what the statements `load_…` found, each under its name."""
    result = Loaded()
    for row in (*found["load_bookings"], *found.get("load_owned", ())):
        _take_booking(row, result)
    for row in (*found["load_workshops"], *found.get("load_owned_workshops", ())):
        _take_workshop(row, result)
    for owner, key, sealed_by in found["load_owner_keys"]:
        result.owner_keys[owner] = key
        if sealed_by is not None:
            result.sealed_by[key] = sealed_by
    for row in found.get("load_answers", ()):
        key, kept = _kept(*row)
        result.keys[key] = kept
    for row in found.get("load_twins", ()):
        with _noting(row[0], result):
            result.twins[_twin(row)] = rows.message(row[3])
    _take_holds(found.get("load_holds", ()), result)
    _take_requests(found.get("load_requests", ()), result)
    _take_uploads(found, result)
    for owner, org_nr, booking_id, start in found.get("load_pending", ()):
        result.pending.setdefault((owner, org_nr), {})[booking_id] = start
    result.groups.update(
        (row[0], row[1], row[2]) for row in found.get("load_groups", ())
    )
    return result


def _take_booking(row: Row, result: Loaded) -> None:
    booking_id, *stored = row
    try:
        result.bookings[booking_id] = rows.stored_booking(*stored)
    except Unreadable as unreadable:
        result.faults[booking_id] = unreadable


def _take_workshop(row: Row, result: Loaded) -> None:
    org_nr, *stored = row
    try:
        result.workshops[org_nr] = rows.stored_workshop(*stored)
    except Unreadable as unreadable:
        result.workshop_faults[org_nr] = unreadable


def _take_holds(table: Iterable[Row], result: Loaded) -> None:
    """Take each hold once, and the bookings of those that the clock has freed."""
    holds = {}
    for row in table:
        slot, freed = SlotRow(*row[:_SLOT]), row[_SLOT:]
        holds[slot.booking_id, slot.kind] = rows.hold(slot)
        if freed[0] is not None:
            _take_booking((slot.booking_id, *freed), result)
    result.holds += holds.values()


def _take_requests(table: Iterable[Row], result: Loaded) -> None:
    for request_id, booking_id, state in table:
        with _noting(booking_id, result):
            result.requests[request_id] = StoredRequest(
                booking_id=booking_id, request=rows.change_request(state)
            )


def _take_uploads(found: Mapping[str, Table], result: Loaded) -> None:
    """Take uploads with the messages that they belong to."""
    of_message: dict[UUID, int] = {}
    for row in map(UploadRow._make, found.get("load_uploads", ())):
        if row.message_id is not None:
            of_message[row.message_id] = row.booking_id
        with _noting(row.booking_id, result):
            result.uploads[row.id] = rows.upload(row)
    for message_id, author, state in found.get("load_upload_messages", ()):
        with _noting(of_message[message_id], result):
            result.upload_messages[message_id] = (author, rows.message(state))


def _kept(*row: Any) -> tuple[KeyId, KeptAnswer]:
    caller, scope, key, fingerprint, answer, position = row
    return (
        KeyId(caller=caller, scope=scope, key=key),
        KeptAnswer(fingerprint=fingerprint, answer=answer, position=position),
    )


def _twin(row: Row) -> TwinId:
    return TwinId(booking_id=row[0], author=row[1], client_message_id=row[2])


@contextmanager
def _noting(booking_id: int, result: Loaded) -> Generator[None]:
    """Let what cannot be read be the fault of its booking alone."""
    try:
        yield
    except Unreadable as unreadable:
        result.faults[booking_id] = unreadable
