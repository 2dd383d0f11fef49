"""Plain SQL migrations, applied by yoyo; a release knows all of its own by name.

What a migration does and the mark that it was done are one transaction, so a process
killed at any moment leaves a store that the next run brings up. One whose name ends in
`.after` is an after half: it may only be applied when no process of the release before
works any more. All others leave room for that release: both work meanwhile.
"""

# pyright: reportMissingTypeStubs=false

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import Enum
from importlib import resources
from typing import Any

import msgspec
from yoyo import read_migrations  # pyright: ignore[reportUnknownVariableType]

from adapters import errors
from projections.epoch import EPOCH

TABLE = "_yoyo_migration"
AFTER = ".after"


def known(package: str) -> list[str]:
    """Return the ids of the migrations that a package brings, oldest first."""
    files = resources.files(package).joinpath("migrations").iterdir()
    return sorted(f.name.removesuffix(".sql") for f in files if f.name.endswith(".sql"))


def is_after(name: str) -> bool:
    return name.endswith(AFTER)


class State(Enum):
    APPLIED = "applied"
    MISSING = "missing"
    TO_COME = "to come"
    NEWER = "of a newer release"


class Migration(msgspec.Struct, frozen=True, kw_only=True):
    """How it stands with one: an after half is to come where others are missing."""

    name: str
    state: State


def status(applied: Iterable[str], package: str) -> list[Migration]:
    """Return how it stands with each that the store or this release knows."""
    done, ours = set(applied), known(package)
    return [
        Migration(name=name, state=_state(name, done, ours))
        for name in sorted(done.union(ours))
    ]


def _state(name: str, done: set[str], ours: Sequence[str]) -> State:
    if name not in ours:
        return State.NEWER
    if name in done:
        return State.APPLIED
    return State.TO_COME if is_after(name) else State.MISSING


def refuse_newer(applied: Iterable[str], package: str) -> None:
    """Raise if a newer release took what this one needs: it left room until then."""
    unknown = set(applied) - set(known(package))
    if taken := [name for name in unknown if is_after(name)]:
        raise errors.StoreNewer(taken)


def refuse_unready(applied: Iterable[str], package: str) -> None:
    """Raise unless this release can work on the store; an after half is no matter."""
    done = set(applied)
    refuse_newer(done, package)
    if missing := {name for name in known(package) if not is_after(name)} - done:
        raise errors.StoreNotMigrated(missing)


def refuse_foreign(applied: Iterable[str], tables: Iterable[str], package: str) -> None:
    """Raise if nothing of ours is where others have `tables`: it is their place.

    The tables are looked for first: ours come in one transaction with their mark.
    """
    others = [name for name in tables if "yoyo" not in name]
    if others and not set(applied).intersection(known(package)):
        raise errors.StoreForeign(others)


def to_do(applied: Iterable[str], package: str, *, after: bool) -> list[str]:
    """Return what is missing, oldest first: the before halves, or with `after` all.

    A store that has nothing yet gets all: nobody works on it. Raises `StoreHalfway`
    when an earlier release was not finished, since its after half comes first.
    """
    done = set(applied)
    refuse_newer(done, package)
    missing = [name for name in known(package) if name not in done]
    if after or not done:
        return missing
    before = [name for name in missing if not is_after(name)]
    if skipped := [
        name for name in missing[: _reach(missing, before)] if is_after(name)
    ]:
        raise errors.StoreHalfway(skipped)
    return before


def _reach(missing: Sequence[str], before: Sequence[str]) -> int:
    """Return up to where `missing` has what is in `before`."""
    return missing.index(before[-1]) if before else 0


def refuse_epoch(found: tuple[int] | None) -> None:
    """Raise unless the head row is there, and the read models are this release's."""
    if found is None or found[0] > EPOCH:
        raise errors.StoreTakenOver
    if found[0] < EPOCH:
        raise errors.StoreBehind


def bring_up(backend: Any, package: str, *, after: bool) -> list[str]:
    """Apply what `to_do` says, and return it; the caller holds the store's lock."""
    backend.init_database()
    # Under our own lock nobody can hold yoyo's: a row in it is of a killed process.
    backend.break_lock()
    backend.ensure_internal_schema_updated()
    cursor = backend.execute(f"SELECT migration_id FROM {TABLE}")  # noqa: S608 - ours
    names = to_do([row[0] for row in cursor.fetchall()], package, after=after)

    def is_due(migration: Any) -> bool:
        return migration.id in names

    missing = backend.to_apply(read_migrations(f"package:{package}:migrations"))
    missing = missing.filter(is_due)
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
