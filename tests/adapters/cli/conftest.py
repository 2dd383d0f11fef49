"""Commands called as people call them: words in; an exit code and two texts out."""

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from adapters.cli import main

KEYS = {
    "BOOKINGS_JWT_SECRET": "s" * 32,
    "BOOKINGS_MASTER_KEY": b64encode(b"m" * 32).decode(),
}


class Done(NamedTuple):
    code: int
    out: str
    err: str


Bookings = Callable[..., Done]


@pytest.fixture
def bookings(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Bookings:
    """Return a function that runs `bookings` in this process."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("BOOKINGS_UPLOADS", str(tmp_path / "uploads"))
    monkeypatch.setenv("COLUMNS", "100")

    def call(*words: str, **environ: str) -> Done:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environ.items():
                patch.setenv(name, value)
            code = main(words)
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return call


@pytest.fixture
def migrated(
    bookings: Bookings, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> str:
    """Return the URL of an empty store of each kind, which commands then use."""
    monkeypatch.setenv("DATABASE_URL", store_url)
    assert bookings("migrate").code == 0
    return store_url


@pytest.fixture
def sqlite(bookings: Bookings, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the URL of an empty SQLite store, which commands then use."""
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    assert bookings("migrate").code == 0
    return sqlite_url


@pytest.fixture
def postgres(
    bookings: Bookings, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> str:
    """Return the URL of an empty PostgreSQL store, which commands then use."""
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    assert bookings("migrate").code == 0
    return postgres_url
