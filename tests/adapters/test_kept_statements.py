"""What the last release says to PostgreSQL is understood by today's schema.

`tests/golden/statements` has its statements, in a folder named by its last migration.
They are asked to be understood, not done: what they mean is held elsewhere.
"""

from pathlib import Path
from typing import Any

import psycopg
import pytest
import yoyo
from psycopg import pq

from adapters import migrations, sql
from tests import stores

FOLDER = Path(__file__).parents[1] / "golden" / "statements"
RELEASES = sorted(path.name for path in FOLDER.iterdir())


@pytest.fixture(params=RELEASES)
def release(request: pytest.FixtureRequest) -> str:
    """Return the last migration of a release."""
    name: str = request.param
    return name


@pytest.fixture
def upgraded(release: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the URL of a store with all that has come since, but for after halves."""

    def leaves_room(migration: Any) -> bool:
        return migration.id <= release or not migrations.is_after(migration.id)

    def before_halves(where: str) -> Any:
        return yoyo.read_migrations(where).filter(leaves_room)

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "read_migrations", before_halves)
        stores.migrate(postgres_url)
    return postgres_url


def not_understood(url: str, release: str) -> list[str]:
    """Return the names of the statements that the server does not understand."""
    failed: list[str] = []
    with psycopg.connect(url, autocommit=True) as conn:
        for file in sorted((FOLDER / release).glob("*.sql")):
            for name, statement in sql.parse(file.read_text()).items():
                result = conn.pgconn.prepare(b"", statement.encode())
                if result.status != pq.ExecStatus.COMMAND_OK:
                    failed.append(name)
    return failed


def test_each_statement_of_the_last_release_is_understood(upgraded: str, release: str):
    assert not_understood(upgraded, release) == []


def test_a_column_that_is_taken_away_too_early_is_noticed(upgraded: str, release: str):
    stores.execute(upgraded, "ALTER TABLE owner_key DROP COLUMN wrapped")

    assert "see_bookings" in not_understood(upgraded, release)


def test_each_release_is_named_by_a_migration():
    assert RELEASES
    assert set(RELEASES) <= set(migrations.known("adapters.postgres"))
