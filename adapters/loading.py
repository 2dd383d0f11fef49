"""What a store found for a batch, decoded: the same rows from both stores; no I/O."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from adapters import rows
from application.ports import KeptAnswer, KeyId, Loaded, TwinId
from projections.slots import SlotRow

Table = Sequence[Sequence[Any]]


def loaded(found: Mapping[str, Table]) -> Loaded:
    """Decode what the statements `load_…` found, each under its name."""
    result = Loaded()
    for booking_id, *stored in found["load_bookings"]:
        try:
            result.bookings[booking_id] = rows.stored_booking(*stored)
        except msgspec.DecodeError as error:
            result.faults[booking_id] = error
    for org_nr, *stored in found["load_workshops"]:
        result.workshops[org_nr] = rows.stored_workshop(*stored)
    result.owner_keys.update((owner, key) for owner, key in found["load_owner_keys"])
    for row in found.get("load_answers", ()):
        key, kept = _kept(*row)
        result.keys[key] = kept
    for row in found.get("load_twins", ()):
        result.twins[_twin(row)] = rows.message(row[3])
    result.holds += [rows.hold(SlotRow(*row)) for row in found.get("load_holds", ())]
    return result


def _kept(*row: Any) -> tuple[KeyId, KeptAnswer]:
    caller, scope, key, fingerprint, answer, position = row
    return (
        KeyId(caller=caller, scope=scope, key=key),
        KeptAnswer(fingerprint=fingerprint, answer=answer, position=position),
    )


def _twin(row: Sequence[Any]) -> TwinId:
    return TwinId(booking_id=row[0], author=row[1], client_message_id=row[2])
