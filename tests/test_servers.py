"""The servers of tests are real, durable and nobody else's."""

import os
import subprocess
from pathlib import Path

import psycopg
import pytest

from tests import servers


def test_postgres_writes_durably(postgres_url: str):
    with psycopg.connect(postgres_url) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert connection.execute(f"SHOW {setting}").fetchone() == ("on",)


def test_postgres_can_exclude_overlapping_slots(postgres_url: str):
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE EXTENSION btree_gist")


def test_each_test_gets_a_database_that_is_gone_afterwards(postgres_server: str):
    with servers.fresh_database(postgres_server) as first:
        with psycopg.connect(first) as connection:
            connection.execute("CREATE TABLE mine ()")
        with (
            servers.fresh_database(postgres_server) as second,
            psycopg.connect(second) as connection,
        ):
            tables = connection.execute("SELECT to_regclass('mine')").fetchone()
            assert tables == (None,)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(first)


def test_a_database_can_be_made_like_another(postgres_server: str):
    with servers.fresh_database(postgres_server) as model:
        with psycopg.connect(model) as connection:
            connection.execute("CREATE TABLE mine ()")
        with (
            servers.fresh_database(
                postgres_server, template=servers.database_name(model)
            ) as copy,
            psycopg.connect(copy) as connection,
        ):
            tables = connection.execute("SELECT to_regclass('mine')").fetchone()
            assert tables == ("mine",)


def test_a_server_that_the_environment_names_is_used(postgres_server: str):
    with servers.running_postgres({"TEST_DATABASE_URL": postgres_server}) as url:
        assert url == postgres_server


def test_a_redis_that_the_environment_names_is_used(redis_url: str):
    with servers.running_redis({"TEST_REDIS_URL": redis_url}) as url:
        assert url == redis_url


def test_tests_see_no_store_of_somebody_else():
    assert not {"DATABASE_URL", "REDIS_URL"} & os.environ.keys()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://me:pw@h:5/postgres?a=b", "postgresql://me:pw@h:5/mine?a=b"),
        ("postgresql:///postgres?host=/tmp/pg", "postgresql:///mine?host=/tmp/pg"),
        ("postgresql://localhost", "postgresql://localhost/mine"),
        ("postgresql://localhost?a=/b", "postgresql://localhost/mine?a=/b"),
    ],
)
def test_a_url_can_be_turned_to_another_database(url: str, expected: str):
    assert servers.on_database(url, "mine") == expected


def test_node_is_there(node: Path):
    told = subprocess.run([node, "--version"], capture_output=True, check=True)

    assert told.stdout.startswith(b"v")
