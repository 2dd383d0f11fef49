"""What replay, rebuild and verify say when there is no store to look at."""

import gc
import sqlite3
from pathlib import Path

import psycopg
import pytest

from adapters.errors import StoreUnreachable
from tests import stores

DATABASE_ERRORS = (psycopg.Error, sqlite3.Error)
NOWHERE = "postgresql://postgres@127.0.0.1:1/bookings"


@pytest.fixture(params=["sqlite", "postgres"])
def nowhere(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/missing.db"
    return NOWHERE


@pytest.mark.parametrize("look", [stores.log, stores.snapshot, stores.shadow])
def test_a_store_that_cannot_be_reached_is_said_in_one_line(nowhere, look, tmp_path):
    with pytest.raises(StoreUnreachable) as raised, look(nowhere):
        pass

    assert raised.value.exit_code == 3
    assert str(raised.value).startswith("The store cannot be reached: ")
    assert "\n" not in str(raised.value)
    assert list(Path(tmp_path).iterdir()) == []


@pytest.mark.parametrize("look", [stores.log, stores.snapshot, stores.shadow])
def test_a_mistake_of_ours_is_not_taken_for_the_store_s(store_url, look):
    stores.migrate(store_url)

    with pytest.raises(ZeroDivisionError), look(store_url):
        raise ZeroDivisionError


@pytest.mark.parametrize("look", [stores.log, stores.snapshot])
def test_who_looks_cannot_write(store_url, look):
    stores.migrate(store_url)

    with (
        look(store_url) as looking,
        pytest.raises(DATABASE_ERRORS, match=r"read-?only"),
    ):
        looking._conn.execute("DELETE FROM slot")  # noqa: SLF001 - nothing else writes


def test_who_looks_leaves_garbage_collection_as_it_was(store_url):
    stores.migrate(store_url)
    with stores.snapshot(store_url):
        assert not gc.isenabled()

    assert gc.isenabled()
