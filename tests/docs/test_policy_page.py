"""The page about policies shows a whole, sound document, and the true limits."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from domain.policy import Policy, Rules
from domain.soundness import problems

PAGE = (Path(__file__).parents[2] / "docs/reference/policy.md").read_text()
SHOWN = re.findall(r"^```json\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
LIMITS = re.findall(r"^\| `(/\S+)` \| (\d+) \| (\d+) \|$", PAGE, re.MULTILINE)


def shown() -> Any:
    (document,) = SHOWN
    return msgspec.json.decode(document)


def with_number(pointer: str, number: int) -> Policy:
    """Return the shown policy with one other number, and the widest horizon."""
    document = shown()
    document["rules"]["target_window"]["horizon_days"] = 732
    *path, last = pointer.strip("/").split("/")
    part = document
    for name in path:
        part = part[int(name)] if name.isdigit() else part[name]
    assert last in part
    part[last] = number
    return msgspec.convert(document, Policy)


def test_the_document_is_whole_and_sound():
    document = shown()
    policy = msgspec.convert(document, Policy)

    assert problems(policy) == []
    assert msgspec.json.decode(msgspec.json.encode(policy)) == document


def test_its_rules_are_the_defaults():
    assert msgspec.convert(shown(), Policy).rules == Rules()


@pytest.mark.parametrize(("pointer", "least", "most"), LIMITS)
def test_a_number_has_the_limits_that_the_page_tells(
    pointer: str, least: str, most: str
):
    for number in (int(least), int(most)):
        assert problems(with_number(pointer, number)) == []
    for number in (int(least) - 1, int(most) + 1):
        wrong = [at for at, _code, _detail in problems(with_number(pointer, number))]
        assert wrong == [pointer]


def test_no_number_of_the_document_is_without_limits():
    numbers = set(re.findall(r'"(\w+)": \d', SHOWN[0]))

    assert {pointer.rpartition("/")[2] for pointer, *_limits in LIMITS} == numbers


@pytest.mark.parametrize("rule", msgspec.structs.fields(Rules), ids=lambda f: f.name)
def test_every_rule_is_explained(rule: msgspec.structs.FieldInfo):
    assert f"| `{rule.name}` |" in PAGE
