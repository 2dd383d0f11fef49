"""Fixtures: servers, and stores that belong to one test alone."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from adapters import logs
from tests import buckets, servers
from tests.buckets import S3

# What would lead a test to somebody's real store, or change how ours is set up.
_FOREIGN = (
    "AWS_",
    "BOOKINGS_",
    "DATABASE_URL",
    "OTEL_",
    "PORT",
    "POSTGRES_",
    "REDIS_URL",
    "SQLITE_",
)


# What takes longest begins first, so that nobody waits for it alone in the end.
LONGEST = ("test_three_readings", "test_fuzz", "test_storm", "test_pages", "test_kill")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.stem not in LONGEST)


@pytest.fixture(scope="session", autouse=True)
def _environment_of_tests() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as environment:
        for name in list(os.environ):
            if name.startswith(_FOREIGN):
                environment.delenv(name)
        yield


@pytest.fixture(autouse=True)
def _log_of_one_test() -> Iterator[None]:
    """Let no test log to where a command of an earlier one was told to."""
    handlers = list(logging.root.handlers)
    logs.request.set(None)
    yield
    logging.root.handlers[:] = handlers
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Yield the URL of a server on which tests make databases of their own."""
    with servers.running_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """Yield the URL of a Redis that is shared: keys have prefixes of their own."""
    with servers.running_redis() as url:
        yield url


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """Yield a server that keeps files as S3 does."""
    with buckets.running_s3() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """Yield the URL of an empty PostgreSQL database."""
    with servers.fresh_database(postgres_server) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Return the URL of an SQLite store that does not exist yet."""
    return servers.sqlite_url(tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of an empty store, of each kind in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(scope="session")
def node() -> Path:
    """Return the path of the `node` program."""
    return servers.NODE
