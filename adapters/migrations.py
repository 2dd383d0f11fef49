"""Plain SQL migrations, applied by yoyo; a release knows all of its own by name.

What a migration does and the mark that it was done are one transaction, so a process
killed at any moment leaves a store that the next run brings up.
"""

# pyright: reportMissingTypeStubs=false

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import resources
from typing import Any

from yoyo import read_migrations  # pyright: ignore[reportUnknownVariableType]

from adapters import errors

TABLE = "_yoyo_migration"


def known(package: str) -> list[str]:
    """Return the ids of the migrations that a package brings, oldest first."""
    files = resources.files(package).joinpath("migrations").iterdir()
    return sorted(f.name.removesuffix(".sql") for f in files if f.name.endswith(".sql"))


def refuse_newer(applied: Iterable[str], package: str) -> None:
    if unknown := set(applied) - set(known(package)):
        raise errors.StoreNewer(unknown)


def refuse_unready(applied: Iterable[str], package: str) -> None:
    """Raise unless the store has exactly the migrations of this release."""
    done = set(applied)
    refuse_newer(done, package)
    if missing := set(known(package)) - done:
        raise errors.StoreNotMigrated(missing)


def bring_up(backend: Any, package: str) -> list[str]:
    """Apply what is missing and return its ids; the caller holds the store's lock."""
    backend.init_database()
    # Under our own lock nobody can hold yoyo's: a row in it is of a killed process.
    backend.break_lock()
    backend.ensure_internal_schema_updated()
    cursor = backend.execute(f"SELECT migration_id FROM {TABLE}")  # noqa: S608
    refuse_newer((row[0] for row in cursor.fetchall()), package)
    missing = backend.to_apply(read_migrations(f"package:{package}:migrations"))
    with backend.lock():
        backend.apply_migrations(missing)
    return [migration.id for migration in missing]


class OneTransaction:
    """A yoyo backend's manners: apply and mark together, and keep no names of people.

    Yoyo applies on a second connection and marks afterwards: killed in between, it
    meets its own tables at every later start. It also asks for a login name, which a
    container's user need not have.
    """

    def apply_one(
        self: Any, migration: Any, force: bool = False, mark: bool = True
    ) -> None:
        self.ensure_internal_schema_updated()
        with self.transaction():
            migration.process_steps(self, "apply", force=force)
            self.log_migration(migration, "apply")
            if mark:
                self.mark_one(migration, log=False)

    def get_log_data(
        self, migration: Any = None, operation: str = "apply"
    ) -> dict[str, object]:
        return {
            "id": str(uuid.uuid4()),
            "migration_id": migration.id if migration else None,
            "migration_hash": migration.hash if migration else None,
            "username": "",
            "hostname": "",
            "created_at_utc": datetime.now(UTC).replace(tzinfo=None),
            "operation": operation,
        }
