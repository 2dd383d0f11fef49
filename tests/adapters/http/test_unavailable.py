"""A store that goes away while it is served: 503, and back without a restart."""

from collections.abc import Generator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from tests.adapters.http.api import Api, Shop, move, running, say, wire
from tests.examples import FRIDAY, SATURDAY, THURSDAY


@contextmanager
def away(server_url: str, url: str) -> Generator[None]:
    """Close the database to everyone, and cut those off who are connected."""
    name = sql.Identifier(str(conninfo_to_dict(url)["dbname"]))
    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(allow.format(name, sql.SQL("false")))
        connection.execute(cut, [conninfo_to_dict(url)["dbname"]])
        try:
            yield
        finally:
            connection.execute(allow.format(name, sql.SQL("true")))


@pytest.fixture
def postgres_api(postgres_url: str) -> Generator[Api]:
    with running(postgres_url) as api:
        yield api


def test_without_its_store_it_says_so_and_recovers(
    postgres_server: str, postgres_url: str, postgres_api: Api
):
    api = postgres_api
    line = Shop(api).pending()
    assert line.put(say()).status_code == 200
    with away(postgres_server, postgres_url):
        answers = [
            line.put(move(FRIDAY)),
            line.put(move(FRIDAY)),
            line.get(),
            api.ask("GET", "/api/co/bookings", line.owner),
            api.ask("GET", "/health/ready", None),
        ]
        assert api.ask("GET", "/health/live", None).status_code == 200
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert answer.headers["retry-after"] == "1"
        assert "postgres" not in answer.text

    assert api.ask("GET", "/health/ready", None).status_code == 200
    assert line.data()["service_start_time"] == wire(THURSDAY)
    assert line.put(move(SATURDAY)).status_code == 200
