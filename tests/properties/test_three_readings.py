"""SQLite, PostgreSQL and an independent model, through the same random histories."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.properties import harness
from tests.properties.machine import ThreeReadings


@pytest.fixture(scope="module")
def stores(
    postgres_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[harness.Stores]:
    folder: Path = tmp_path_factory.mktemp("three-readings")
    with harness.stores(postgres_server, folder) as made:
        yield made


def test_both_stores_and_the_model_tell_the_same(stores: harness.Stores) -> None:
    class Machine(ThreeReadings):
        pass

    Machine.stores = stores
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=40,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
