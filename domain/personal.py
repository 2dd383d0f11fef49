"""Personal data of events: plain when just decided, sealed once stored.

No decision reads it: without its owner's key it is null, and everything still folds.
"""

import msgspec


class Sealed(msgspec.Struct, frozen=True, kw_only=True, tag="sealed"):
    """Ciphertext of the event at `version` of its stream: nonce, text, tag."""

    version: int
    bytes: bytes


class Plate(msgspec.Struct, frozen=True, kw_only=True, tag="plate"):
    plate: str


class Reason(msgspec.Struct, frozen=True, kw_only=True, tag="reason"):
    reason: str


class Note(msgspec.Struct, frozen=True, kw_only=True, tag="note"):
    """What goes with a decision on a change request."""

    note: str


class Words(msgspec.Struct, frozen=True, kw_only=True, tag="words"):
    """The text of a message and the captions of its attachments, in their order."""

    text: str | None = None
    captions: tuple[str | None, ...] = ()


Plain = Plate | Reason | Note | Words
