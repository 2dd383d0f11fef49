"""What bytes are, by the bytes alone: one of `TYPES` from first to last, or nothing.

`puremagic` says what the beginning looks like, and the structure has to bear it out: a
photo that broke off on its way is refused, and so is one that hides something else.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

import puremagic

_magic = cast(
    "Callable[[bytes], Sequence[Any]]",
    puremagic.magic_string,  # pyright: ignore[reportUnknownMemberType] - has no types
)
_HEAD = 4096
# What is made of more is made to keep us busy.
_MOST_PARTS = 65_536
_MOST_PICTURES = 16

_HEVC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"})
_HEIF = _HEVC | {b"mif1", b"msf1"}
_PNG = b"\x89PNG\r\n\x1a\n"
_PICTURE, _SCAN, _END = b"\xff\xd8", 0xDA, 0xD9
# A segment's length counts itself.
_LENGTH = 2
# What ends coded data: neither a stuffed byte, nor a restart, nor a filler.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
_PADDING = re.compile(rb"\x00*")
_PDF_HEAD = re.compile(rb"%PDF-[12]\.[0-9]\s")
_PDF_TAIL = re.compile(rb"startxref\s+[0-9]+\s+%%EOF[\s\x00]*\Z")
_PDF_TAIL_BYTES = 1024
_SAMSUNG_HEAD, _SAMSUNG_RECORD = struct.Struct("<4sII"), struct.Struct("<HHII")


def content_type(content: bytes) -> str | None:
    """Return which of `TYPES` all of `content` is, or None."""
    looks = set(_looks_like(content))
    return next(
        (name for name, is_one in TYPES.items() if name in looks and is_one(content)),
        None,
    )


def _looks_like(content: bytes) -> Iterator[str]:
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF:
        # `puremagic` knows neither all brands of HEIC, nor one name for those it knows.
        yield "image/heic"
    try:
        found = _magic(content[:_HEAD])
    except (puremagic.PureError, ValueError):
        return
    yield from (match.mime_type for match in found)


def _is_jpeg(content: bytes) -> bool:
    """Whether it is a picture, behind which phones put further ones, or a film."""
    at = 0
    for _picture in range(_MOST_PICTURES):
        end = _picture_ends(content, at)
        if end is None:
            return False
        if _is_film(content, end) or _is_samsungs(content, end):
            return True
        at = _padded(content, end)
        if at == len(content):
            return True
    return False


def _padded(content: bytes, at: int) -> int:
    padding = _PADDING.match(content, at)
    return at if padding is None else padding.end()


def _picture_ends(content: bytes, at: int) -> int | None:
    """Return where the JPEG picture that begins at `at` ends, if it does both."""
    if not content.startswith(_PICTURE, at):
        return None
    at, is_coded = at + 2, False
    for _segment in range(_MOST_PARTS):
        marker = content[at : at + 2]
        if not _MARKER.fullmatch(marker):
            return None
        if marker[1] == _END:
            return at + 2 if is_coded else None
        length = int.from_bytes(content[at + 2 : at + 4])
        if length < _LENGTH:
            return None
        at += 2 + length
        if marker[1] == _SCAN:
            is_coded = True
            found = _MARKER.search(content, at)
            at = len(content) if found is None else found.start()
    return None


def _is_film(content: bytes, at: int) -> bool:
    return content.startswith(b"ftyp", at + 4) and _boxes(content, at) is not None


def _is_samsungs(content: bytes, at: int) -> bool:
    """Whether the rest is records of Samsung's camera: data, directory, `SEFT`."""
    directory = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    if not content.endswith(b"SEFT") or directory < at:
        return False
    first = directory + _SAMSUNG_HEAD.size
    if first > len(content):
        return False
    mark, _version, count = _SAMSUNG_HEAD.unpack_from(content, directory)
    if mark != b"SEFH" or first + count * _SAMSUNG_RECORD.size != len(content) - 8:
        return False
    records = _SAMSUNG_RECORD.iter_unpack(content[first:-8])
    return at == directory - max((back for _, _, back, _ in records), default=0)


def _is_png(content: bytes) -> bool:
    """Whether chunks with right checksums follow each other from `IHDR` to `IEND`."""
    at, names = len(_PNG), set[bytes]()
    if not content.startswith(_PNG):
        return False
    for _chunk in range(_MOST_PARTS):
        end = at + 12 + int.from_bytes(content[at : at + 4])
        checksum = int.from_bytes(content[end - 4 : end])
        if end > len(content) or zlib.crc32(content[at + 4 : end - 4]) != checksum:
            return False
        name = content[at + 4 : at + 8]
        if (name == b"IHDR") != (not names):
            return False
        names.add(name)
        if name == b"IEND":
            return end == len(content) and b"IDAT" in names
        at = end
    return False


def _is_heic(content: bytes) -> bool:
    boxes = _boxes(content, 0)
    if boxes is None or not {b"ftyp", b"meta", b"mdat"} <= boxes.keys():
        return False
    brands = content[8 : min(boxes[b"ftyp"], _HEAD)]
    return any(brands[at : at + 4] in _HEVC for at in range(0, len(brands), 4))


def _boxes(content: bytes, at: int) -> dict[bytes, int] | None:
    """Return which boxes fill `content` from `at` on, with where the last such ends.

    What names the type (`ftyp`) comes first, and once.
    """
    found = dict[bytes, int]()
    for _box in range(_MOST_PARTS):
        if at == len(content):
            return found
        size, least = int.from_bytes(content[at : at + 4]), 8
        if size == 1:
            size, least = int.from_bytes(content[at + 8 : at + 16]), 16
        elif size == 0:
            size = len(content) - at
        name = content[at + 4 : at + 8]
        if size < least or at + size > len(content):
            return None
        if (name == b"ftyp") != (not found):
            return None
        found[name] = at + size
        at += size
    return None


def _is_pdf(content: bytes) -> bool:
    """Whether it begins and ends as such; what is between, only a reader can tell."""
    end = content[-_PDF_TAIL_BYTES:]
    return bool(_PDF_HEAD.match(content) and _PDF_TAIL.search(end))


TYPES: Mapping[str, Callable[[bytes], bool]] = {
    "image/jpeg": _is_jpeg,
    "image/png": _is_png,
    "image/heic": _is_heic,
    "application/pdf": _is_pdf,
}
