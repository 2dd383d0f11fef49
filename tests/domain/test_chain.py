"""Each event's `prev` binds the order, the bytes and the stream of all before it."""

from hashlib import sha256

import pytest

from domain import chain

PREV = bytes(range(32))
LINKED = chain.link(PREV, 7, "booking.placed", b"{}")


def test_the_first_prev_is_the_hash_of_the_streams_name():
    assert chain.genesis("booking-123") == sha256(b"booking-123").digest()


def test_the_next_prev_is_the_hash_of_all_parts_in_order():
    parts = (
        PREV,
        b"\x00\x00\x00\x00\x00\x00\x00\x07",
        b"\x00\x00\x00\x0e",
        b"booking.placed",
        b"{}",
    )

    assert sha256(b"".join(parts)).digest() == LINKED


def test_the_length_of_the_topic_is_that_of_its_bytes():
    parts = (PREV, bytes(7), b"\x01", bytes(3), b"\x02", "ø".encode(), b"{}")

    assert chain.link(PREV, 1, "ø", b"{}") == sha256(b"".join(parts)).digest()


@pytest.mark.parametrize(
    "other",
    [
        chain.link(bytes(32), 7, "booking.placed", b"{}"),
        chain.link(PREV, 8, "booking.placed", b"{}"),
        chain.link(PREV, 7, "booking.placeD", b"{}"),
        chain.link(PREV, 7, "booking.placed", b"{ }"),
        chain.link(PREV, 7, "booking.placed{", b"}"),
    ],
    ids=["prev", "version", "topic", "bytes", "border"],
)
def test_any_other_part_gives_another_hash(other):
    assert other != LINKED
