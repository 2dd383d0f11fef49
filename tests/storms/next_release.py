"""A release that comes after this one, made up: a copy that needs a column more.

It has a before half, which adds what it needs and leaves room for this release, and an
after half, which takes that room away.
"""

import shutil
from pathlib import Path

import tests
from adapters import migrations
from projections.epoch import EPOCH

ROOT = Path(tests.__path__[0]).parent
PACKAGES = ("domain", "application", "projections", "adapters")
STORES = ("adapters.postgres", "adapters.sqlite")
_LAST = len(migrations.known("adapters.postgres"))
BEFORE, AFTER = f"{_LAST + 1:04}-next", f"{_LAST + 2:04}-next.after"

_BEFORE_SQL = """\
ALTER TABLE log_head ADD COLUMN seen_by text;

CREATE INDEX booking_next_idx ON booking (owner, status);
"""
# Nobody but the next release writes a head row that has it.
_AFTER_SQL = """\
UPDATE log_head SET seen_by = 'the next release';

DROP INDEX booking_next_idx;
"""
_HEAD = "SELECT FROM log_head WHERE id = 1 FOR UPDATE;"
_NEXT_HEAD = _HEAD.replace("SELECT", "SELECT seen_by")


# What the next release adds to each booking's row, so that it reads no row made before,
# and this one none that was made by it.
_CHANGED = (
    ("projections/epoch.py", f"EPOCH = {EPOCH}", f"EPOCH = {EPOCH + 1}"),
    (
        "projections/booking.py",
        "state=_encode(booking)",
        'state=b"next " + _encode(booking)',
    ),
    (
        "adapters/rows.py",
        "_decoded(_bookings, state)",
        '_decoded(_bookings, state.partition(b"next ")[2])',
    ),
)


def with_other_rows(folder: Path) -> Path:
    """Make the release in `folder` with another projection too, and return it."""
    made_in(folder)
    for file, before, after in _CHANGED:
        _change(folder / file, before, after)
    return folder


def made_in(folder: Path) -> Path:
    """Make the release in `folder`, and return it."""
    for name in PACKAGES:
        never = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=never)
    for package in STORES:
        where = folder / package.replace(".", "/") / "migrations"
        (where / f"{BEFORE}.sql").write_text(_BEFORE_SQL)
        (where / f"{AFTER}.sql").write_text(_AFTER_SQL)
    _change(folder / "adapters/postgres/statements.sql", _HEAD, _NEXT_HEAD)
    return folder


def _change(file: Path, before: str, after: str) -> None:
    known = file.read_text()
    assert known.count(before) == 1
    file.write_text(known.replace(before, after))


def environ(folder: Path) -> dict[str, str]:
    """Return what makes programs be of that release."""
    return {"PYTHONPATH": str(folder)}
