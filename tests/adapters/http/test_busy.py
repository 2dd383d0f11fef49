"""More calls than can wait, and a store that is too slow for them: 503, and later."""

from collections.abc import Iterator

import psycopg
import pytest

from adapters.sqlite import writer
from tests import stores
from tests.adapters.http.api import Api, Ask, Shop, running, say

TOLD = {
    "Too many calls wait already.",
    "It waited for too long, and did not happen.",
    "Whether it happened is not known yet.",
}


@pytest.fixture(params=["sqlite", "postgres"])
def api(request: pytest.FixtureRequest) -> Iterator[Api]:
    """Yield an API that lets three calls wait, and none of them for long."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    with running(url, room=3, seconds=0.3) as api:
        yield api


def at_once(api: Api, asked: list[Ask]):
    """Ask while nobody can write."""
    if stores.is_sqlite(api.url):
        with writer.turn(stores.sqlite_path(api.url)):
            return api.ask_at_once(*asked)
    with psycopg.connect(api.url) as conn:
        conn.execute("SELECT FROM log_head FOR UPDATE")
        return api.ask_at_once(*asked)


def test_each_is_told_to_come_back_and_why(api: Api):
    line = Shop(api).pending()
    put = Ask(method="PUT", path=line.path, by=line.owner, json=say())
    before = api.log_length()

    answers = at_once(api, [put] * 12)

    told = [answer.json()["detail"] for answer in answers]
    assert set(told) <= TOLD
    assert told.count("Too many calls wait already.") >= 12 - 2 * 3
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert answer.headers["retry-after"] == "1"
    while (again := line.put(say())).status_code == 503:
        told.append(again.json()["detail"])
    assert again.status_code == 200
    # It, and of the others at most those of whom nobody knew.
    unknown = told.count("Whether it happened is not known yet.")
    assert 1 <= api.log_length() - before <= 1 + unknown
