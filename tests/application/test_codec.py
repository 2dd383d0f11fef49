"""What is stored is read again, bound to its place, with what is personal sealed."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from application import codec
from application.codec import StoredEvent
from application.sealing import WrongKey
from domain import chain, events
from domain.events import AnyEvent, Recorded
from domain.personal import Plate, Reason, Sealed
from domain.structs import replace
from domain.upcasters import UPCASTERS
from tests.examples import (
    ASKED_FOR_FRIDAY,
    CANCELLED,
    CONFIRMED,
    LATE,
    MOVED_TO_FRIDAY,
    OWNER,
    PLACED,
    PLATE,
    SAID_HELLO,
    STAFF,
    origin,
)
from tests.golden.box import FixedBox

STREAM = "booking-123"
BOX = FixedBox()
PREV = bytes(range(32))


def at(version: int, event: AnyEvent) -> Recorded[Any]:
    return Recorded(version=version, origin=origin(LATE, OWNER), event=event)


def stored(version: int, event: AnyEvent, prev: bytes = PREV) -> StoredEvent:
    return codec.record(codec.seal(at(version, event), STREAM, BOX), STREAM, prev)


def document(version: int, event: AnyEvent) -> dict[str, Any]:
    envelope: dict[str, Any] = msgspec.json.decode(stored(version, event).state)
    return envelope


def changed(document: dict[str, Any], **members: object) -> bytes:
    return msgspec.json.encode({**document, **members})


@pytest.fixture
def retired(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Return a stored event of a tag that an upcaster knows, and its reader not."""
    monkeypatch.setitem(
        UPCASTERS,
        "booking.accepted",
        lambda event: {**event, "type": "booking.confirmed"},
    )
    return changed(document(2, CONFIRMED), event={"type": "booking.accepted"})


def test_an_envelope_has_these_members():
    assert document(2, CONFIRMED) == {
        "at": "2026-06-03T09:00:00Z",
        "actor": {"role": "owner", "id": "owner-1"},
        "request_id": "00000000-0000-7000-8000-000000000009",
        "command_id": "00000000-0000-7000-8000-000000000010",
        "prev": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "event": {"type": "booking.confirmed"},
    }


def test_an_event_is_stored_under_its_stream_version_and_tag():
    event = stored(3, MOVED_TO_FRIDAY)

    assert event.originator_id == "booking-123"
    assert event.originator_version == 3
    assert event.topic == "booking.rescheduled"


@pytest.mark.parametrize(
    "event",
    [PLACED, CONFIRMED, MOVED_TO_FRIDAY, CANCELLED, SAID_HELLO, ASKED_FOR_FRIDAY],
    ids=codec.tag_of,
)
def test_what_is_read_is_what_was_sealed_and_stored(event):
    sealed = codec.seal(at(7, event), STREAM, BOX)

    read = codec.decode(codec.record(sealed, STREAM, PREV).state, 7)

    assert read == (sealed, PREV)


@pytest.mark.parametrize(
    ("event", "secret"),
    [(PLACED, b"AB12345"), (CANCELLED, b"Sold"), (SAID_HELLO, b"Hello")],
)
def test_what_is_personal_is_stored_only_sealed(event, secret):
    state = stored(1, event).state

    assert secret not in state
    assert b'"personal"' not in state
    assert b'"sealed"' in state


def test_sealed_bytes_are_bound_to_their_stream_and_version():
    sealed = codec.seal(at(1, PLACED), STREAM, BOX).event.personal

    assert codec.unseal(sealed, STREAM, BOX) == PLATE
    with pytest.raises(WrongKey):
        codec.unseal(sealed, "booking-124", BOX)
    with pytest.raises(WrongKey):
        codec.unseal(replace(sealed, version=2), STREAM, BOX)
    with pytest.raises(WrongKey):
        codec.unseal(sealed, STREAM, FixedBox(bytes(32)))


def test_what_binds_them_is_the_streams_name_and_eight_bytes_of_the_version():
    assert codec.aad("booking-123", 258) == b"booking-123\0\0\0\0\0\0\1\2"


def test_what_is_sealed_knows_its_version():
    sealed = codec.seal(at(9, PLACED), STREAM, BOX).event.personal

    assert isinstance(sealed, Sealed)
    assert sealed.version == 9


@pytest.mark.parametrize("box", [BOX, None])
def test_what_has_nothing_personal_passes_unsealed(box):
    for event in (CONFIRMED, replace(PLACED, personal=None)):
        recorded = at(2, event)

        assert codec.seal(recorded, STREAM, box) is recorded


def test_what_is_sealed_is_not_sealed_again():
    once = codec.seal(at(1, PLACED), STREAM, BOX)

    assert codec.seal(once, STREAM, None) is once


def test_without_a_key_nothing_personal_is_let_through():
    with pytest.raises(ValueError, match="no key to seal booking-123 with"):
        codec.seal(at(1, PLACED), STREAM, None)


@pytest.mark.parametrize("plain", [Plate(plate="X"), Reason(reason="Æ")])
def test_each_kind_of_personal_data_is_opened_as_what_it_was(plain):
    event = replace(CANCELLED, personal=plain)

    sealed = codec.seal(at(1, event), STREAM, BOX).event.personal

    assert codec.unseal(sealed, STREAM, BOX) == plain


def test_the_chain_is_over_the_bytes_as_they_are_stored():
    first = stored(1, PLACED, chain.genesis(STREAM))
    second_prev = chain.link(chain.genesis(STREAM), 1, first.topic, first.state)
    second = stored(2, CONFIRMED, second_prev)

    assert codec.decode(second.state, 2)[1] == second_prev


def test_many_events_are_read_at_once_from_the_first_version_on():
    sealed = [codec.seal(at(v, e), STREAM, BOX) for v, e in _history(start=4)]
    states = [codec.record(one, STREAM, PREV).state for one in sealed]

    read = codec.decode_many(b"[" + b",".join(states) + b"]", first=4)

    assert read == [(one, PREV) for one in sealed]
    assert codec.decode_many(b"[]") == []
    assert codec.decode_many(b"[" + states[0] + b"]")[0][0].version == 1


def test_a_retired_tag_is_read_as_todays_event(retired):
    assert codec.decode(retired, 2) == (at(2, CONFIRMED), PREV)


def test_a_retired_tag_among_many_is_read_as_todays_event(retired):
    first = codec.seal(at(1, PLACED), STREAM, BOX)
    states = (codec.record(first, STREAM, PREV).state, retired)

    read = codec.decode_many(b"[" + b",".join(states) + b"]")

    assert read == [(first, PREV), (at(2, CONFIRMED), PREV)]


def test_an_old_shape_keeps_what_was_sealed_in_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(
        UPCASTERS,
        "booking.called_off",
        lambda event: {**event, "type": "booking.cancelled"},
    )
    today = document(4, CANCELLED)
    old = changed(today, event={**today["event"], "type": "booking.called_off"})

    read, _prev = codec.decode(old, 4)

    assert read == codec.seal(at(4, CANCELLED), STREAM, BOX)


def test_an_unknown_tag_is_named():
    unknown = changed(document(2, CONFIRMED), event={"type": "booking.teleported"})

    with pytest.raises(codec.UnknownTag, match=r"^booking\.teleported$"):
        codec.decode(unknown, 2)
    with pytest.raises(codec.UnknownTag):
        codec.decode_many(b"[" + unknown + b"]")


@pytest.mark.parametrize(
    "state",
    [
        b"",
        b"no JSON",
        b"[]",
        b"{}",
        b"\xff",
        b'{"at": "\xff"}',
        changed(document(2, CONFIRMED), event={}),
        changed(document(2, CONFIRMED), event={"type": 5}),
        changed(document(2, CONFIRMED), event={"type": ["booking.confirmed"]}),
        changed(document(2, CONFIRMED), event="booking.confirmed"),
        changed(document(2, CONFIRMED), prev="not base64"),
        changed(document(2, CONFIRMED), at="yesterday"),
        changed(document(2, CONFIRMED), sealed="AAAA"),
        changed(document(1, PLACED), event={"type": "booking.placed"}),
    ],
)
def test_bytes_that_are_no_envelope_cannot_be_decoded(state):
    with pytest.raises(msgspec.DecodeError):
        codec.decode(state, 2)
    with pytest.raises(msgspec.DecodeError):
        codec.decode_many(b"[" + state + b"," + state + b"]")


def test_the_tag_inside_is_read_without_knowing_it(retired):
    assert codec.stored_tag(stored(3, MOVED_TO_FRIDAY).state) == "booking.rescheduled"
    assert codec.stored_tag(retired) == "booking.accepted"


def test_every_event_has_a_tag_of_its_own():
    assert set(codec.TAGS) == {
        "booking.placed",
        "booking.confirmed",
        "booking.rescheduled",
        "booking.cancelled",
        "booking.started",
        "booking.completed",
        "booking.no_show_recorded",
        "booking.marked",
        "booking.message_appended",
        "booking.change_requested",
        "booking.change_superseded",
        "booking.change_countered",
        "booking.change_approved",
        "booking.change_rejected",
        "booking.change_withdrawn",
        "booking.change_expired",
        "booking.erased",
        "workshop.added",
        "workshop.policy_changed",
    }
    assert codec.TAGS["booking.placed"] is events.Placed


def test_the_librarys_readers_get_the_event_with_its_place():
    state = stored(3, MOVED_TO_FRIDAY)

    assert codec.EventMapper().to_domain_event(state) == at(3, MOVED_TO_FRIDAY)


def test_who_acted_stands_beside_the_event():
    recorded = Recorded(version=2, origin=origin(LATE, STAFF), event=CONFIRMED)

    read, _prev = codec.decode(codec.record(recorded, STREAM, PREV).state, 2)

    assert read.origin.actor == STAFF
    assert read.origin.at == LATE
    assert isinstance(read.origin.command_id, UUID)


def _history(*, start: int) -> list[tuple[int, AnyEvent]]:
    return list(enumerate((PLACED, SAID_HELLO, CONFIRMED, CANCELLED), start=start))
