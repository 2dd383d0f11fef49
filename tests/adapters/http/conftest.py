"""The API on each kind of store; the stores are shared by the tests of a module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import servers
from tests.adapters.http.api import Api, Shop, running


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def api(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    if request.param == "sqlite":
        folder: Path = tmp_path_factory.mktemp("store")
        with running(servers.sqlite_url(folder)) as api:
            yield api
    else:
        server: str = request.getfixturevalue("postgres_server")
        with servers.fresh_database(server) as url, running(url) as api:
            yield api


@pytest.fixture
def shop(api: Api) -> Shop:
    return Shop(api)
