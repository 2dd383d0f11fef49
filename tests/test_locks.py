"""The locks name whatever is installed by them, so that nothing newer comes with it."""

import re
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-otel.lock", "requirements-test.lock")
Extras = frozenset[str]


def locked(lock: str) -> dict[str, Extras]:
    """Return the extras with which each package is locked."""
    lines = re.findall(r"^[a-z].*==[^\\]+", (ROOT / lock).read_text(), re.MULTILINE)
    pinned = map(Requirement, lines)
    return {canonicalize_name(one.name): frozenset(one.extras) for one in pinned}


def asked_for(by: str, extras: Extras) -> Iterator[tuple[str, Extras]]:
    """Yield what an installed package needs with extras of its own."""
    try:
        found = map(Requirement, requires(by) or [])
    except PackageNotFoundError:
        return  # of another system
    for one in found:
        if one.extras and any(_is_needed(one, extra) for extra in (extras or {""})):
            yield canonicalize_name(one.name), frozenset(one.extras)


def _is_needed(one: Requirement, extra: str) -> bool:
    return one.marker is None or one.marker.evaluate({"extra": extra})


def missing(pinned: Mapping[str, Extras]) -> list[str]:
    return [
        f"{by} asks for {name} with {', '.join(sorted(extras - pinned[name]))}"
        for by, own in pinned.items()
        for name, extras in asked_for(by, own)
        if not extras <= pinned[name]
    ]


@pytest.mark.parametrize("lock", LOCKS)
def test_extras_that_a_locked_package_asks_for_are_locked_as_such(lock: str):
    # Otherwise pip 23 looks for the newest that has them, and finds it without a hash.
    pinned = locked(lock)

    assert len(pinned) > 20
    assert missing(pinned) == []


def test_a_lock_without_an_extra_is_found_out():
    pinned = locked("requirements-test.lock")

    without = pinned | {"coverage": Extras()}
    assert missing(without) == ["pytest-cov asks for coverage with toml"]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_hashes_and_no_addresses(lock: str):
    text = (ROOT / lock).read_text()

    assert "://" not in text
    _head, *entries = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)
    assert len(entries) >= len(locked(lock))
    assert all("--hash=sha256:" in entry for entry in entries)
