"""A store that an earlier release made and filled is brought up whole."""

import base64
import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
import yoyo

from adapters import migrations
from adapters.sqlite.append import plain
from application.answers import Answer
from application.rebuild import rebuild
from application.stored import KeyId, Wanted
from application.verify import verify
from tests import stores, stories
from tests.adapters import facts
from tests.examples import BOOKING_ID, OTHER_BOOKING_ID, SATURDAY, THURSDAY, WEDNESDAY

pytestmark = pytest.mark.anyio

# Rows of a whole story, as each release wrote them: added, never changed.
FOLDER = Path(__file__).parent.parent / "golden" / "stores"
RELEASES = sorted(path.stem for path in FOLDER.glob("*.json"))


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture(params=RELEASES)
def old(request, store_url, monkeypatch):
    """Return the URL of a store as a release left it whose last migration this was."""

    def known_then(where):
        found = yoyo.read_migrations(where)
        return found.filter(lambda migration: migration.id <= request.param)

    with monkeypatch.context() as then:
        then.setattr(migrations, "read_migrations", known_then)
        stores.migrate(store_url)
    fill(store_url, json.loads((FOLDER / f"{request.param}.json").read_text()))
    return store_url


def fill(url: str, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    for table, rows in tables.items():
        for row in rows:
            named = {_column(url, table, name): v for name, v in row.items()}
            _insert(url, table, {name: _value(v) for name, v in named.items()})


def _column(url: str, table: str, name: str) -> str:
    """Return where a position is: in the log that is the library's own column."""
    if (table, name) != ("stored_events", "position"):
        return name
    return "rowid" if stores.is_sqlite(url) else "notification_id"


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        ((kind, text),) = value.items()
        return base64.b64decode(text) if kind == "base64" else text.encode()
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return value


def _insert(url: str, table: str, row: Mapping[str, Any]) -> None:
    is_sqlite = stores.is_sqlite(url)
    places = ", ".join(["?" if is_sqlite else "%s"] * len(row))
    query = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})"  # noqa: S608
    if is_sqlite:
        with closing(sqlite3.connect(stores.sqlite_path(url))) as conn:
            conn.execute(query, [plain(value) for value in row.values()])
            conn.commit()
    else:
        with psycopg.connect(url) as conn:
            conn.execute(query.encode(), list(row.values()))


def test_it_is_sound_without_a_rebuild(old):
    stores.migrate(old)

    with stores.snapshot(old) as snapshot:
        report = verify(snapshot)

    assert report.differences == ()
    assert report.events > 0
    stores.check(old)


def test_a_rebuild_makes_the_same_rows(old):
    stores.migrate(old)
    before = stories.tables(old)

    with stores.shadow(old) as shadow:
        rebuild(shadow)

    assert stories.tables(old) == before


async def test_it_knows_what_the_clock_does_next(store_url, old):
    stores.migrate(old)

    async with stores.sweeping(store_url) as sweeps:
        assert await sweeps.due(SATURDAY, 9) == [
            OTHER_BOOKING_ID,
            BOOKING_ID,
            stories.PENDING_ID,
        ]
        assert len(await sweeps.due(THURSDAY, 9)) == 2
        assert len(await sweeps.due(WEDNESDAY, 9)) == 0


async def test_what_was_kept_under_a_key_stays(store_url, old):
    stores.migrate(old)
    key = KeyId(caller="owner-1", scope=f"booking-{BOOKING_ID}", key="k-1")

    async with stores.storing(store_url) as store:
        found = await facts.look(store, Wanted(bookings=(BOOKING_ID,), keys=(key,)))

    answer = msgspec.json.decode(found.keys[key].answer, type=Answer)
    assert answer.result is not None
    assert answer.result.change_request is not None
    assert answer.result.change_request.asked is not None
    assert found.keys[key].fingerprint == bytes(32)
    assert found.bookings[BOOKING_ID].booking.open_request is not None
