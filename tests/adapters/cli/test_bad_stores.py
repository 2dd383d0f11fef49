"""Each command on a store that is not its release's, or another's: one clear line."""

from base64 import b64encode
from pathlib import Path

import pytest

from adapters import migrations
from tests import stores
from tests.adapters.cli.bad_setups import WORK, all_say, unchanged
from tests.adapters.cli.conftest import Bookings

OTHER_KEY = b64encode(b"o" * 32).decode()


@pytest.fixture
def demo(bookings: Bookings, migrated: str) -> str:
    """Return the URL of a store of each kind that has data."""
    assert bookings("demo", "--yes").code == 0
    return migrated


def test_tables_of_somebody_else_are_left_alone(
    bookings: Bookings, store_url: str, tmp_path: Path
):
    stores.execute(store_url, "CREATE TABLE booking (diary text)")

    with unchanged(store_url):
        all_say(bookings, {"migrate": ("migrate",)}, "foreign", DATABASE_URL=store_url)
        all_say(bookings, WORK, "no schema", DATABASE_URL=store_url)
    if stores.is_sqlite(store_url):
        path = stores.sqlite_path(store_url)
        assert not Path(f"{path}.writer").exists()
        all_say(
            bookings,
            {"backup": ("backup", str(tmp_path / "copy.db"))},
            "no schema",
            DATABASE_URL=store_url,
        )
        assert not (tmp_path / "copy.db").exists()


def test_a_store_that_was_never_made(bookings: Bookings, store_url: str):
    all_say(bookings, WORK, "no schema", DATABASE_URL=store_url)

    done = bookings("migrate", "--status", DATABASE_URL=store_url)
    assert (done.code, done.err) == (1, "bookings: Run `bookings migrate`.\n")


def test_a_schema_that_is_older(bookings: Bookings, demo: str):
    last = migrations.known("adapters.postgres")[-1]
    stores.execute(
        demo,
        # The name is one of ours.
        f"DELETE FROM _yoyo_migration WHERE migration_id = '{last}'",  # noqa: S608 - ours
    )

    with unchanged(demo):
        all_say(bookings, WORK, "no schema")
        assert bookings("migrate", "--status").code == 1


def test_a_schema_that_is_newer(bookings: Bookings, demo: str):
    stores.execute(
        demo,
        "INSERT INTO _yoyo_migration (migration_hash, migration_id) "
        "VALUES ('f00', '9999-later.after')",
    )

    with unchanged(demo):
        all_say(bookings, WORK | {"migrate": ("migrate",)}, "newer")


def test_a_store_of_another_epoch(bookings: Bookings, demo: str):
    stores.execute(demo, "UPDATE log_head SET epoch = epoch + 1")

    with unchanged(demo):
        all_say(bookings, WORK, "taken over")


def test_read_models_of_an_earlier_release(bookings: Bookings, demo: str):
    stores.execute(demo, "UPDATE log_head SET epoch = epoch - 1")
    # It stands by until others are there.
    some = {name: words for name, words in WORK.items() if name != "serve"}

    with unchanged(demo):
        all_say(bookings, some | {"after": ("migrate", "--after")}, "behind")
        status = bookings("migrate", "--status")
        assert (status.code, bookings("migrate").code) == (1, 0)
    assert bookings("rebuild", "--switch").code == 0
    assert bookings("migrate", "--status").code == 0


def test_an_upgrade_that_was_not_ended(
    bookings: Bookings, demo: str, monkeypatch: pytest.MonkeyPatch
):
    known = migrations.known("adapters.postgres")
    later = [*known, "9998-a.after", "9999-b"]
    monkeypatch.setattr(migrations, "known", lambda _package: later)

    with unchanged(demo):
        all_say(bookings, {"migrate": ("migrate",)}, "halfway")


def test_another_master_key(bookings: Bookings, demo: str):
    some = {
        name: words for name, words in WORK.items() if name not in {"verify", "rebuild"}
    }

    with unchanged(demo):
        all_say(bookings, some, "other key", BOOKINGS_MASTER_KEY=OTHER_KEY)
        assert bookings("verify", BOOKINGS_MASTER_KEY=OTHER_KEY).code == 0
