"""What a store found for a batch, decoded: the same rows from both stores; no I/O."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from adapters import rows
from adapters.rows import UploadRow
from application.ports import KeptAnswer, KeyId, Loaded, StoredRequest, TwinId
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
        result.workshops[row[0]] = rows.stored_workshop(*row[1:])
    result.owner_keys.update((owner, key) for owner, key in found["load_owner_keys"])
    for row in found.get("load_answers", ()):
        key, kept = _kept(*row)
        result.keys[key] = kept
    for row in found.get("load_twins", ()):
        result.twins[_twin(row)] = rows.message(row[3])
    _take_holds(found.get("load_holds", ()), result)
    _take_requests(found.get("load_requests", ()), result)
    for row in found.get("load_uploads", ()):
        result.uploads[row[0]] = rows.upload(UploadRow(*row))
    for message_id, author, state in found.get("load_upload_messages", ()):
        result.upload_messages[message_id] = (author, rows.message(state))
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
    except msgspec.DecodeError as error:
        result.faults[booking_id] = error


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
        try:
            request = rows.change_request(state)
        except msgspec.DecodeError as error:
            result.faults[booking_id] = error
        else:
            result.requests[request_id] = StoredRequest(
                booking_id=booking_id, request=request
            )


def _kept(*row: Any) -> tuple[KeyId, KeptAnswer]:
    caller, scope, key, fingerprint, answer, position = row
    return (
        KeyId(caller=caller, scope=scope, key=key),
        KeptAnswer(fingerprint=fingerprint, answer=answer, position=position),
    )


def _twin(row: Row) -> TwinId:
    return TwinId(booking_id=row[0], author=row[1], client_message_id=row[2])
