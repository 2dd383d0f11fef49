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


@pytest.fixture(params=["sqlite", "postgres"])
def told(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a store in which the whole story happened."""
    if request.param == "sqlite":
        folder: Path = request.getfixturevalue("told_sqlite")
        shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
        yield servers.sqlite_url(tmp_path)
    else:
        template = servers.database_name(request.getfixturevalue("told_postgres"))
        server: str = request.getfixturevalue("postgres_server")
        with servers.fresh_database(server, template) as url:
            yield url
