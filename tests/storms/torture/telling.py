"""What the processes of the torture tell: a JSON array a line, told when it is true."""

import sys
from typing import Any

import msgspec


class Wrote(msgspec.Struct, frozen=True, array_like=True, tag="wrote"):
    """`count` versions of a stream from `version` on are committed, from `position` on.

    It took `seconds` since `began`, by the clock that all processes share.
    """

    stream: str
    version: int
    count: int
    position: int
    began: float
    seconds: float


class Answered(msgspec.Struct, frozen=True, array_like=True, tag="answered"):
    """A command was answered with the position of its event."""

    command_id: str
    position: int


class Met(msgspec.Struct, frozen=True, array_like=True, tag="met"):
    """`ready`, `rolled back`, `stale` or `away`: counted, and needed to have been."""

    what: str


Told = Wrote | Answered | Met
_decoder: msgspec.json.Decoder[Told] = msgspec.json.Decoder(Told)
_encode = msgspec.json.Encoder().encode


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader saw; `skipped` are positions that it never was shown.

    `digest` is over all that it saw, in its order.
    """

    reader: str
    last: int
    skipped: list[int]
    doubled: int
    disordered: int
    digest: str


def tell(*told: Any) -> None:
    """Tell all at once: whoever is killed has told whole lines, or part of the last."""
    sys.stdout.buffer.write(b"".join(_encode(one) + b"\n" for one in told))
    sys.stdout.buffer.flush()


def begin() -> None:
    """Say that all is ready, and wait for the others."""
    tell(Met("ready"))
    sys.stdin.read()


def heard(line: bytes) -> Told | None:
    """Return what a line says; a process that was killed may have told half of it."""
    return _decoder.decode(line) if line.endswith(b"\n") else None


def line(position: int, stream: str, version: int) -> bytes:
    """Return what a digest is made of."""
    return f"{position} {stream} {version}\n".encode()
