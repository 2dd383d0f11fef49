"""A stream is read as far as each event follows from the one before it."""

from typing import Any

import msgspec
import pytest

from application import codec, streams
from application.streams import Broken, LogEntry
from domain import chain, events
from domain.upcasters import UPCASTERS
from tests import stories
from tests.examples import (
    BOOKING_ID,
    CONFIRMED,
    LATE,
    MOVED_TO_FRIDAY,
    ORG_NR,
    PLACED,
    POLICY,
    SAID_HELLO,
)

BOOKING = f"booking-{BOOKING_ID}"
WORKSHOP = f"workshop-{ORG_NR}"
ADDED = events.WorkshopAdded(org_nr=ORG_NR, name="Verksted", policy=POLICY)


def why(stream_id: str, *happened: Any) -> str:
    """Return why such a stream is not read."""
    with pytest.raises(Broken) as raised:
        streams.read(stream_id, stories.written(stream_id, *happened))
    return str(raised.value)


def test_a_stream_is_read_with_the_end_of_its_chain():
    entries = stories.written(BOOKING, PLACED, CONFIRMED, SAID_HELLO, MOVED_TO_FRIDAY)

    stream = streams.read(BOOKING, entries)

    last = entries[-1]
    _recorded, prev = codec.decode(last.state, last.version)
    assert stream.chain == chain.link(prev, 4, last.topic, last.state)
    assert stream.positions == [10, 20, 30, 40]
    assert [one.version for one in stream.recorded] == [1, 2, 3, 4]


def test_what_streams_lead_to_is_one_batch_from_nothing():
    folded = streams.fold(
        [
            streams.read(BOOKING, stories.written(BOOKING, PLACED, CONFIRMED)),
            streams.read(WORKSHOP, stories.written(WORKSHOP, ADDED)),
        ]
    )

    booking, workshop = folded.bookings[BOOKING_ID], folded.workshops[ORG_NR]
    assert (booking.before, booking.after.status.value) == (None, "CONFIRMED")
    assert (booking.tip.version, booking.tip.ordinal) == (2, 20)
    assert booking.tip.at == LATE
    assert (workshop.after.name, workshop.after.policy_version) == ("Verksted", 1)


@pytest.mark.parametrize(
    ("stream_id", "happened", "words"),
    [
        (BOOKING, [CONFIRMED], "booking.confirmed is no beginning of a booking."),
        (BOOKING, [ADDED], "workshop.added is no beginning of a booking."),
        (WORKSHOP, [PLACED], "booking.placed is no beginning of a workshop."),
        ("booking-5", [PLACED], "it is the beginning of booking-123."),
        ("workshop-5", [ADDED], f"it is the beginning of workshop-{ORG_NR}."),
    ],
)
def test_a_stream_begins_with_what_makes_it(stream_id, happened, words):
    assert why(stream_id, *happened) == f"{stream_id}, version 1 (position 10): {words}"


@pytest.mark.parametrize(
    ("stream_id", "happened", "words"),
    [
        (BOOKING, [PLACED, PLACED], "booking.placed is no event of a booking"),
        (BOOKING, [PLACED, ADDED], "workshop.added is no event of a booking"),
        (WORKSHOP, [ADDED, CONFIRMED], "booking.confirmed is no event of a workshop"),
    ],
)
def test_a_stream_goes_on_with_what_happens_to_it(stream_id, happened, words):
    assert why(stream_id, *happened) == (
        f"{stream_id}, version 2 (position 20): {words} that is there."
    )


@pytest.mark.parametrize(
    "name", ["booking-", "booking-0", "booking-0123", "car-1", "booking-1x", ""]
)
def test_a_stream_of_another_name_is_none(name):
    with pytest.raises(Broken) as raised:
        streams.read(name, stories.written(BOOKING, PLACED))

    assert str(raised.value) == f"{name}: no stream has such a name."


def test_the_topic_of_a_retired_tag_is_that_tag(monkeypatch):
    def accepted(event: dict[str, Any]) -> dict[str, Any]:
        return {**event, "type": "booking.confirmed"}

    monkeypatch.setitem(UPCASTERS, "booking.accepted", accepted)
    first, second = stories.written(BOOKING, PLACED, CONFIRMED)
    old = second.state.replace(b"booking.confirmed", b"booking.accepted")
    retired = LogEntry(position=20, version=2, topic="booking.accepted", state=old)

    stream = streams.read(BOOKING, [first, retired])

    assert isinstance(stream.recorded[1].event, events.Confirmed)


def test_today_s_tag_is_not_the_topic_of_a_retired_one(monkeypatch):
    def accepted(event: dict[str, Any]) -> dict[str, Any]:
        return {**event, "type": "booking.confirmed"}

    monkeypatch.setitem(UPCASTERS, "booking.accepted", accepted)
    first, second = stories.written(BOOKING, PLACED, CONFIRMED)
    wrong = msgspec.structs.replace(second, topic="booking.accepted")

    with pytest.raises(Broken, match="its topic is "):
        streams.read(BOOKING, [first, wrong])
