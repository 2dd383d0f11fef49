"""The audit chain: each event names the hash of all before it in its stream.

The first `prev` is SHA-256 of the stream's id; the next is SHA-256 over the last `prev`
(32 bytes), version (8 bytes), length of the topic (4 bytes), topic and stored bytes, so
that order, bytes and stream are bound. Integers are big-endian.
"""

from hashlib import sha256


def genesis(stream_id: str) -> bytes:
    """Return the `prev` of version 1 of `stream_id`."""
    return sha256(stream_id.encode()).digest()


def link(prev: bytes, version: int, topic: str, state: bytes) -> bytes:
    """Return the `prev` that the event after this one must have."""
    name = topic.encode()
    return sha256(
        b"".join(
            (
                prev,
                version.to_bytes(8),
                len(name).to_bytes(4),
                name,
                state,
            )
        )
    ).digest()
