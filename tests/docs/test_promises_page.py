"""The page of promises names tests that exist, and at least one for each promise."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reference/promises.md").read_text()
# What follows has no test, and says so.
HELD, UNHELD = PAGE.split("## What no test holds")
ROWS = re.findall(r"^\| (?!-)(.+) \|$", HELD, re.MULTILINE)
PROMISES = [row for row in ROWS if not row.endswith("| held by")]
NAMED = sorted(set(re.findall(r"`(test_\w+)`", PAGE)))


@pytest.fixture(scope="module")
def written() -> set[str]:
    """Return the names of all tests."""
    return {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)\(", file.read_text())
    }


@pytest.mark.parametrize("promise", PROMISES)
def test_each_promise_is_held_by_a_test(promise: str):
    *_told, held_by = promise.split(" | ")

    assert re.fullmatch(r"`test_\w+`(, `test_\w+`)*", held_by)


@pytest.mark.parametrize("name", NAMED)
def test_each_test_that_is_named_is_there(name: str, written: set[str]):
    assert name in written


def test_promises_are_found():
    assert len(PROMISES) > 30
    assert len(NAMED) > 40


def test_what_no_test_holds_names_none():
    assert "test_" not in UNHELD
