"""What the domain remembers from one call to the next, no test finds."""

import pytest

from domain import calendar


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    calendar.opening_instants.cache_clear()
