"""A document is read strictly, and all that is wrong with it is told at once."""

from enum import Enum

import msgspec
import pytest

from application import documents
from application.documents import InvalidDocument


class Colour(Enum):
    RED = "RED"


class Wheel(msgspec.Struct, kw_only=True):
    spokes: int
    sizes: tuple[tuple[str, str], ...] = ()


class Bicycle(msgspec.Struct, kw_only=True):
    name: str
    wheels: tuple[Wheel, ...]
    colour: Colour = Colour.RED
    electric: bool = False


def problems(value: object) -> list[tuple[str, str]]:
    with pytest.raises(InvalidDocument) as caught:
        documents.convert(value, Bicycle)
    return [(problem.pointer, problem.code) for problem in caught.value.problems]


def test_what_is_right_is_read():
    found = documents.convert(
        {
            "name": "one",
            "wheels": [{"spokes": 32, "sizes": [["a", "b"]]}],
            "colour": "RED",
        },
        Bicycle,
    )

    assert found == Bicycle(name="one", wheels=(Wheel(spokes=32, sizes=(("a", "b"),)),))


def test_all_that_is_wrong_is_told_with_its_place():
    value = {
        "wheels": [
            {"spokes": "32"},
            5,
            {"spokes": 1.0, "sizes": [["a"], ["a", "b"], ["a", 5], "ab"]},
        ],
        "colour": "BLUE",
        "electric": 1,
        "bell/~": True,
    }

    assert problems(value) == [
        ("/name", "required"),
        ("/wheels/0/spokes", "type"),
        ("/wheels/1", "type"),
        ("/wheels/2/spokes", "type"),
        ("/wheels/2/sizes/0", "length"),
        ("/wheels/2/sizes/2/1", "type"),
        ("/wheels/2/sizes/3", "type"),
        ("/colour", "format"),
        ("/electric", "type"),
        ("/bell~1~0", "unknown_member"),
    ]


def test_a_choice_is_made_by_a_string():
    assert problems({"name": "x", "wheels": [], "colour": 1}) == [("/colour", "type")]


def test_what_no_store_can_keep_is_no_text():
    assert problems({"name": "a\x00b", "wheels": []}) == [("/name", "format")]


@pytest.mark.parametrize("value", [None, [], "x", 1, {"name": "x", "wheels": {}}])
def test_another_shape_is_told_of(value: object):
    assert [code for _pointer, code in problems(value)] == ["type"]


@pytest.mark.parametrize(
    "text", [b"", b"{", b'{"a": "\xff"}', b'"\\ud800"', b"[" * 100_000, b"{} {}"]
)
def test_what_is_no_json_is_told_of(text: bytes):
    with pytest.raises(InvalidDocument) as caught:
        documents.decode(text)

    (problem,) = caught.value.problems
    assert (problem.pointer, problem.code) == ("", "malformed")
