"""Examples in docstrings are so."""

import doctest
import importlib
import pkgutil
from types import ModuleType

import pytest

PACKAGES = ("domain", "application", "projections", "adapters")


def modules() -> list[ModuleType]:
    return [
        importlib.import_module(found.name)
        for package in PACKAGES
        for found in pkgutil.walk_packages(
            importlib.import_module(package).__path__, f"{package}."
        )
    ]


WITH_EXAMPLES = [
    module
    for module in modules()
    if any(test.examples for test in doctest.DocTestFinder().find(module))
]


def test_there_are_examples():
    assert WITH_EXAMPLES


@pytest.mark.parametrize("module", WITH_EXAMPLES, ids=lambda module: module.__name__)
def test_examples_in_docstrings_are_so(module: ModuleType):
    tried = doctest.testmod(module, raise_on_error=True)

    assert tried.attempted > 0
