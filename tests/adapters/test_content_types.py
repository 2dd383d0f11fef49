"""Four kinds of files are let in, whole ones; whatever only looks like one is not."""

import pytest

from adapters import content_types
from adapters.content_types import content_type
from tests import files

KINDS = [pytest.param(name, content, id=name) for name, content in files.WANTED.items()]


@pytest.mark.parametrize(("name", "content"), KINDS)
def test_each_kind_is_known_by_its_bytes(name: str, content: bytes):
    assert content_type(content) == name


def test_no_other_kind_is_let_in():
    assert content_types.TYPES.keys() == files.WANTED.keys()


@pytest.mark.parametrize(("name", "content"), KINDS)
def test_a_file_that_broke_off_anywhere_is_nothing(name: str, content: bytes):
    # A PDF may end in white space, which nobody misses.
    whole = len(content.rstrip()) if name == "application/pdf" else len(content)

    assert {content_type(content[:length]) for length in range(whole)} == {None}


@pytest.mark.parametrize("behind", [files.HTML, files.ZIP, b"x"])
@pytest.mark.parametrize(("name", "content"), KINDS)
def test_a_file_with_something_else_behind_it_is_nothing(
    name: str, content: bytes, behind: bytes
):
    assert content_type(content) == name
    assert content_type(content + behind) is None


@pytest.mark.parametrize("before", [files.HTML, b"\n", b"\0"])
@pytest.mark.parametrize(("name", "content"), KINDS)
def test_a_file_with_something_before_it_is_nothing(
    name: str, content: bytes, before: bytes
):
    assert content_type(content) == name
    assert content_type(before + content) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        files.HTML,
        files.SVG,
        files.ZIP,
        files.FILM,
        b'<?xml version="1.0"?>' + files.SVG,
        b"GIF89a" + bytes(64),
        b"RIFF\x1a\0\0\0WEBPVP8L" + bytes(18),
        b"MZ" + bytes(64),
        b"\x7fELF" + bytes(64),
    ],
)
def test_other_files_are_nothing(content: bytes):
    assert content_type(content) is None


@pytest.mark.parametrize(
    "magic", [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7\n"]
)
def test_a_page_that_begins_like_a_picture_is_nothing(magic: bytes):
    assert content_type(magic + files.HTML) is None


def test_a_page_in_the_clothes_of_heic_is_nothing():
    dressed = files.box(b"ftyp", b"heic\0\0\0\0mif1heic") + files.box(
        b"free", files.HTML
    )

    assert content_type(dressed) is None


@pytest.mark.parametrize(
    ("brands", "is_heic"),
    [
        (b"heic\0\0\0\0mif1heic", True),
        (b"heix\0\0\0\0mif1heix", True),
        # As Android writes it.
        (b"mif1\0\0\0\0mif1heic", True),
        (b"msf1\0\0\0\0msf1hevc", True),
        (b"mif1\0\0\0\0mif1avif", False),
        (b"avif\0\0\0\0mif1avif", False),
        (b"mp42\0\0\0\0isommp42", False),
    ],
)
def test_heic_goes_by_several_brands_and_its_cousins_by_others(
    brands: bytes, *, is_heic: bool
):
    content = files.box(b"ftyp", brands) + files.box(b"meta", b"") + b"\0\0\0\0mdat.."

    assert content_type(content) == ("image/heic" if is_heic else None)


@pytest.mark.parametrize(
    "boxes",
    [
        [files.box(b"ftyp", b"heic\0\0\0\0heic"), files.box(b"mdat", b"")],
        [files.box(b"ftyp", b"heic\0\0\0\0heic"), b"\0\0\0\x04meta"],
        [files.box(b"ftyp", b"heic\0\0\0\0heic"), b"\0\0\0\x01meta" + bytes(8)],
        [files.HEIC, files.HEIC],
        [files.HEIC] + [files.box(b"free", b"")] * 65_536,
    ],
)
def test_heic_of_wrong_boxes_is_nothing(boxes: list[bytes]):
    assert content_type(b"".join(boxes)) is None


def test_a_large_box_has_its_size_elsewhere():
    large = b"\0\0\0\x01mdat" + (20).to_bytes(8) + b"data"

    assert content_type(files.HEIC + large) == "image/heic"


@pytest.mark.parametrize(
    "behind",
    [
        b"\0" * 7,
        files.JPEG,
        b"\0\0" + files.JPEG + files.JPEG,
        files.FILM,
        files.samsungs(b"Image_UTC_Data1700000000000"),
        files.samsungs(b"MotionPhoto_Data" + files.FILM, b"more"),
        files.JPEG + files.samsungs(b"MCC_Data242"),
    ],
)
def test_what_phones_put_behind_a_photo_is_let_through(behind: bytes):
    assert content_type(files.JPEG + behind) == "image/jpeg"


@pytest.mark.parametrize(
    "behind",
    [
        files.JPEG[:-2],
        files.FILM[:-1],
        files.FILM + files.ZIP,
        files.ZIP + files.samsungs(b"record"),
        files.samsungs(b"record") + files.ZIP,
        b"SEFT",
        bytes(4) + b"SEFT",
        files.samsungs(b"record")[:-8] + b"\xff\0\0\0SEFT",
        files.samsungs(b"record").replace(b"SEFH", b"PK\1\2"),
        files.JPEG * 16,
    ],
)
def test_what_only_resembles_that_is_not(behind: bytes):
    assert content_type(files.JPEG + behind) is None


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xd8\xff\xd9",
        files.JPEG[:2] + b"\xff\xe0\0\1" + files.JPEG[2:],
        files.JPEG[:2] + b"\xff\xff" + files.JPEG[2:],
        files.JPEG[:2] + b"\xff\xe0\0\2" * 65_536 + files.JPEG[2:],
    ],
)
def test_a_photo_of_wrong_segments_is_nothing(content: bytes):
    assert content_type(content) is None


@pytest.mark.parametrize(
    "content",
    [
        files.PNG.replace(b"IDAT", b"IDAX"),
        files.png(files.chunk(b"IHDR", b"")),
        files.png(files.chunk(b"IEND", b"")),
        files.png(files.chunk(b"teXt", b"")[:-1] + b"x"),
        files.png(*[files.chunk(b"teXt", b"")] * 65_536),
        files.PNG[:8] + files.chunk(b"teXt", b"") + files.PNG[8:],
        # What `puremagic` takes for one, for a slip in its list.
        rb"\x89PNG" + files.PNG[8:],
    ],
)
def test_a_png_of_wrong_chunks_is_nothing(content: bytes):
    assert content_type(content) is None


def test_a_pdf_may_end_in_white_space_and_have_been_added_to():
    assert content_type(files.PDF + b"\r\n\0") == "application/pdf"
    assert content_type(files.PDF + files.PDF) == "application/pdf"
