"""Every event shape ever stored reads as it was meant; today's are written so again."""

import pytest

from application import codec
from domain.personal import Sealed
from tests.golden.add import add_missing
from tests.golden.shapes import BOX, FOLDER, PREV, READ_STILL, WRITTEN, tag_of

SHAPES = WRITTEN | READ_STILL


FILES = {path.name: path.read_bytes() for path in FOLDER.glob("*.json")}


def bytes_of(name: str) -> bytes:
    return FILES[f"{name}.json"]


@pytest.mark.parametrize("name", WRITTEN)
def test_an_event_is_written_as_exactly_these_bytes(name):
    assert WRITTEN[name].stored.state == bytes_of(name)


@pytest.mark.parametrize("name", SHAPES)
def test_these_bytes_are_read_as_the_event(name):
    shape = SHAPES[name]

    read, prev = codec.decode(bytes_of(name), shape.recorded.version)

    assert read == codec.seal(shape.recorded, shape.stream, BOX)
    assert prev == PREV


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_personal_in_them_can_be_opened(name):
    shape = SHAPES[name]
    read, _prev = codec.decode(bytes_of(name), shape.recorded.version)

    sealed = getattr(read.event, "personal", None)
    opened = codec.unseal(sealed, shape.stream, BOX) if sealed else None

    assert isinstance(sealed, Sealed | None)
    assert opened == getattr(shape.recorded.event, "personal", None)


@pytest.mark.parametrize("name", WRITTEN)
def test_a_file_is_named_after_the_tag_of_its_event(name):
    assert WRITTEN[name].stored.topic == tag_of(name)


def test_every_tag_has_a_file_and_every_file_its_event():
    assert {tag_of(name) for name in WRITTEN} == set(codec.TAGS)
    assert FILES.keys() == {f"{name}.json" for name in SHAPES}


def test_what_is_missing_is_added_and_what_is_there_is_left_alone(tmp_path):
    (tmp_path / "booking.placed.json").write_bytes(b"as it was")

    added = add_missing(tmp_path)

    assert added == [name for name in WRITTEN if name != "booking.placed"]
    assert (tmp_path / "booking.placed.json").read_bytes() == b"as it was"
    assert add_missing(tmp_path) == []
