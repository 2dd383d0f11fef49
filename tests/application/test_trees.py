"""Documents side by side, and by their ends."""

from application import trees


def test_only_what_differs_is_told_by_its_path():
    old = {"id": 1, "slot": {"bay": 1, "start": "10"}, "note": None, "tags": ["a"]}
    new = {"id": 1, "slot": {"bay": 2, "start": "10"}, "tags": ["a", "b"], "by": "x"}

    assert list(trees.differing(old, new)) == [
        ("slot.bay", 1, 2),
        ("tags", ["a"], ["a", "b"]),
        ("by", None, "x"),
    ]


def test_an_object_that_goes_is_one_difference():
    assert list(trees.differing({"slot": {"bay": 1}}, {"slot": None}, "state")) == [
        ("state.slot", {"bay": 1}, None)
    ]


def test_the_ends_of_a_document_are_told_by_their_paths():
    document = {"id": 1, "note": None, "rules": [{"id": "a"}, {"id": "b"}], "off": ()}

    assert list(trees.leaves(document)) == [
        ("id", 1),
        ("rules.0.id", "a"),
        ("rules.1.id", "b"),
    ]
    assert list(trees.leaves({"day": "mon"}, "at")) == [("at.day", "mon")]
