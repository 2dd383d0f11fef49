"""Events to stored bytes and back: the one way in and out of the log.

The bytes are stored as they are hashed. An envelope holds time, actor, request,
command, `prev` of the audit chain, the event, and what is personal in it, sealed.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar, get_args
from uuid import UUID

import msgspec
from eventsourcing.persistence import Mapper, StoredEvent

from application.sealing import Box
from domain.events import AnyEvent, Event, Origin, Recorded
from domain.identity import Actor
from domain.personal import Plain, Sealed
from domain.structs import replace
from domain.upcasters import upcast

__all__ = [
    "EventMapper",
    "StoredEvent",
    "UnknownTag",
    "decode",
    "decode_many",
    "record",
    "seal",
    "stored_tag",
    "unseal",
]

E = TypeVar("E", bound=AnyEvent)


class Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is stored of one event, as JSON; bytes in it are base64.

    `prev` is the hash of all before it in the stream; `sealed` is nonce, ciphertext and
    tag of the personal data, under the owner's key.
    """

    at: datetime
    actor: Actor
    request_id: UUID
    command_id: UUID
    prev: bytes
    event: AnyEvent
    sealed: bytes | None = None


class _Raw(msgspec.Struct, frozen=True, kw_only=True):
    """An envelope around an event of a retired tag."""

    at: datetime
    actor: Actor
    request_id: UUID
    command_id: UUID
    prev: bytes
    event: dict[str, Any]
    sealed: bytes | None = None


class _Tagged(msgspec.Struct, frozen=True):
    """What every event has, whichever release wrote it."""

    type: str


class _TagOnly(msgspec.Struct, frozen=True):
    event: _Tagged


class UnknownTag(Exception):
    """A stored event whose tag this release does not know: a newer one wrote it."""


TAGS: dict[str, type[Event]] = {
    str(event_type.__struct_config__.tag): event_type
    for event_type in get_args(AnyEvent)
}
_tags = {event_type: tag for tag, event_type in TAGS.items()}
_encoder = msgspec.json.Encoder()
_envelopes = msgspec.json.Decoder(Envelope)
_many = msgspec.json.Decoder(list[Envelope])
_raw = msgspec.json.Decoder(_Raw)
_tag_only = msgspec.json.Decoder(_TagOnly)
_plain: msgspec.json.Decoder[Plain] = msgspec.json.Decoder(Plain)


def tag_of(event: AnyEvent) -> str:
    return _tags[type(event)]


def stored_tag(state: bytes) -> str:
    """Return the tag inside stored bytes, which is their topic: a retired one too."""
    return _tag_only.decode(state).event.type


def aad(stream_id: str, version: int) -> bytes:
    """Return what binds sealed bytes to their event."""
    return stream_id.encode() + version.to_bytes(8, "big")


def seal(recorded: Recorded[E], stream_id: str, box: Box | None) -> Recorded[E]:
    """Return `recorded` with its personal data sealed by `box`, if it has any.

    Raises `ValueError` when there is something to seal and no box.
    """
    plain = getattr(recorded.event, "personal", None)
    if plain is None or isinstance(plain, Sealed):
        return recorded
    if box is None:
        msg = f"no key to seal {stream_id} with"
        raise ValueError(msg)
    sealed = box.seal(_encoder.encode(plain), aad(stream_id, recorded.version))
    personal = Sealed(version=recorded.version, bytes=sealed)
    return replace(
        recorded, event=msgspec.structs.replace(recorded.event, personal=personal)
    )


def unseal(sealed: Sealed, stream_id: str, box: Box) -> Plain:
    """Open personal data. Raises `WrongKey`."""
    return _plain.decode(box.open(sealed.bytes, aad(stream_id, sealed.version)))


def record(recorded: Recorded[Any], stream_id: str, prev: bytes) -> StoredEvent:
    """Return the stored form of a sealed event."""
    event, origin = recorded.event, recorded.origin
    personal = getattr(event, "personal", None)
    if personal is not None:
        event = msgspec.structs.replace(event, personal=None)
    envelope = Envelope(
        at=origin.at,
        actor=origin.actor,
        request_id=origin.request_id,
        command_id=origin.command_id,
        prev=prev,
        event=event,
        sealed=None if personal is None else personal.bytes,
    )
    return StoredEvent(
        originator_id=stream_id,
        originator_version=recorded.version,
        topic=tag_of(event),
        state=_encoder.encode(envelope),
    )


def decode(state: bytes, version: int) -> tuple[Recorded[Any], bytes]:
    """Return the event stored as `state` at `version`, and its `prev`.

    Raises `UnknownTag`, and `msgspec.DecodeError` for bytes that are no envelope.
    """
    return _recorded(_envelope(state), version)


def decode_many(states: bytes, first: int = 1) -> list[tuple[Recorded[Any], bytes]]:
    """Return the events of a JSON array of envelopes, the first at version `first`."""
    try:
        envelopes: Iterable[Envelope] = _many.decode(states)
    except msgspec.ValidationError:
        parts = msgspec.json.decode(states, type=list[msgspec.Raw])
        envelopes = [_envelope(bytes(part)) for part in parts]
    return [
        _recorded(envelope, version)
        for version, envelope in enumerate(envelopes, start=first)
    ]


def _envelope(state: bytes) -> Envelope:
    try:
        return _envelopes.decode(state)
    except msgspec.ValidationError:
        return _upcast(_raw.decode(state))


def _upcast(raw: _Raw) -> Envelope:
    msgspec.convert(raw.event, _Tagged)
    event = upcast(raw.event)
    if event["type"] not in TAGS:
        raise UnknownTag(event["type"])
    return Envelope(
        at=raw.at,
        actor=raw.actor,
        request_id=raw.request_id,
        command_id=raw.command_id,
        prev=raw.prev,
        event=msgspec.convert(event, AnyEvent),
        sealed=raw.sealed,
    )


def _recorded(envelope: Envelope, version: int) -> tuple[Recorded[Any], bytes]:
    event = envelope.event
    if envelope.sealed is not None:
        if "personal" not in event.__struct_fields__:
            msg = f"{tag_of(event)} has nothing personal that could be sealed"
            raise msgspec.ValidationError(msg)
        personal = Sealed(version=version, bytes=envelope.sealed)
        event = msgspec.structs.replace(event, personal=personal)
    origin = Origin(
        at=envelope.at,
        actor=envelope.actor,
        request_id=envelope.request_id,
        command_id=envelope.command_id,
    )
    return Recorded(version=version, origin=origin, event=event), envelope.prev


class EventMapper(Mapper[str]):
    """The library's mapper over this codec, for its readers; it does not write."""

    def __init__(self) -> None:
        pass

    def to_domain_event(  # type: ignore[override]
        self, stored_event: StoredEvent
    ) -> Recorded[Any]:
        recorded, _prev = decode(stored_event.state, stored_event.originator_version)
        return recorded
