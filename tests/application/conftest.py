"""A store with a story in it, told once and copied for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import servers, stories


@pytest.fixture(scope="session")
def told_postgres(postgres_server: str) -> Iterator[str]:
    """Yield the URL of a database to copy."""
    with servers.fresh_database(postgres_server) as url:
        yield stories.told(url)


@pytest.fixture(scope="session")
def told_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder to copy."""
    folder = tmp_path_factory.mktemp("told")
    stories.told(servers.sqlite_url(folder))
    return folder


@pytest.fixture
def told_on_sqlite(told_sqlite: Path, tmp_path: Path) -> str:
    """Return the URL of a SQLite store in which the whole story happened."""
    shutil.copytree(told_sqlite, tmp_path, dirs_exist_ok=True)
    return servers.sqlite_url(tmp_path)


@pytest.fixture
def told_on_postgres(told_postgres: str, postgres_server: str) -> Iterator[str]:
    """Yield the URL of a PostgreSQL store in which the whole story happened."""
    template = servers.database_name(told_postgres)
    with servers.fresh_database(postgres_server, template) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def told(request: pytest.FixtureRequest) -> str:
    """Return the URL of such a store, of each kind in turn."""
    url: str = request.getfixturevalue(f"told_on_{request.param}")
    return url
