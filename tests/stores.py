"""One name for both kinds of store, by URL, for tests that run on each."""

from pathlib import Path
from types import ModuleType

from adapters.postgres import migrate as postgres_migrate
from adapters.sqlite import migrate as sqlite_migrate

_SQLITE = "sqlite:///"


def is_sqlite(url: str) -> bool:
    return url.startswith(_SQLITE)


def sqlite_path(url: str) -> Path:
    return Path(url.removeprefix(_SQLITE))


def migrating(url: str) -> tuple[ModuleType, str]:
    """Return the module that migrates such a store, and its argument as text."""
    if is_sqlite(url):
        return sqlite_migrate, str(sqlite_path(url))
    return postgres_migrate, url


def migrate(url: str) -> list[str]:
    if is_sqlite(url):
        return sqlite_migrate.migrate(sqlite_path(url))
    return postgres_migrate.migrate(url)


def check(url: str) -> None:
    if is_sqlite(url):
        sqlite_migrate.check(sqlite_path(url))
    else:
        postgres_migrate.check(url)
