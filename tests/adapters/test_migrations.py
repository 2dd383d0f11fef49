"""Both schemas: made once, whole, by whoever comes first, and by nobody halfway."""

import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from adapters import errors, migrations
from tests import stores

ALL = ["0001-spine", "0002-contract", "0003-master-keys"]

# The worst moment: everything done, nothing marked or committed yet.
KILLED_BEFORE_THE_MARK = """
import os, signal
kill = lambda *args, **options: os.kill(os.getpid(), signal.SIGKILL)
module._Backend.mark_one = kill
"""


def start(url: str, prelude: str = "") -> subprocess.Popen[bytes]:
    """Start a process that migrates the store at `url` and prints what it applied."""
    module, argument = stores.migrating(url)
    kind = "Path(argument)" if stores.is_sqlite(url) else "argument"
    program = f"""
import sys
from pathlib import Path
from {module.__package__} import migrate as module
argument = sys.argv[1]
{prelude}
print(*module.migrate({kind}))
"""
    return subprocess.Popen(
        [sys.executable, "-c", program, argument], stdout=subprocess.PIPE
    )


def test_an_empty_store_is_brought_up_once(store_url):
    assert stores.migrate(store_url) == ALL
    assert stores.migrate(store_url) == []
    stores.check(store_url)


def test_processes_that_migrate_at_once_apply_each_migration_once(store_url):
    processes = [start(store_url) for _ in range(4)]

    applied = sorted(process.communicate()[0] for process in processes)

    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert applied == [b"\n", b"\n", b"\n", " ".join(ALL).encode() + b"\n"]
    stores.check(store_url)


def test_a_process_killed_while_migrating_blocks_nobody(store_url):
    killed = start(store_url, KILLED_BEFORE_THE_MARK)
    killed.communicate()

    assert killed.returncode == -signal.SIGKILL
    with pytest.raises(errors.StoreNotMigrated):
        stores.check(store_url)
    assert stores.migrate(store_url) == ALL
    stores.check(store_url)


def test_a_store_that_was_never_migrated_says_what_to_run(store_url):
    with pytest.raises(errors.StoreNotMigrated, match="run `bookings migrate`") as told:
        stores.check(store_url)

    assert told.value.exit_code == 2


def test_a_check_makes_no_file(sqlite_url):
    with pytest.raises(errors.StoreNotMigrated):
        stores.check(sqlite_url)

    assert not stores.sqlite_path(sqlite_url).exists()


def test_a_store_of_a_newer_release_is_left_alone(store_url):
    stores.migrate(store_url)
    stores.execute(
        store_url,
        "INSERT INTO _yoyo_migration (migration_hash, migration_id) "
        "VALUES ('f00', '9999-flying-cars')",
    )

    with pytest.raises(errors.StoreNewer, match="9999-flying-cars") as told:
        stores.check(store_url)
    with pytest.raises(errors.StoreNewer):
        stores.migrate(store_url)
    assert told.value.exit_code == 2


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:///bookings?host=/nowhere",
        "postgresql://localhost:1/bookings",
        "sqlite:////dev/null/bookings.db",
    ],
)
def test_a_store_that_is_not_there_is_one_clear_line(url):
    with pytest.raises(errors.StoreUnreachable) as told:
        stores.migrate(url)

    assert str(told.value).startswith("The store cannot be reached: ")
    assert "\n" not in str(told.value)
    assert told.value.exit_code == 3


def test_a_file_that_is_no_database_is_one_clear_line(sqlite_url):
    stores.sqlite_path(sqlite_url).write_bytes(b"Dear diary, " * 1000)

    with pytest.raises(errors.StoreUnreachable, match="not a database"):
        stores.check(sqlite_url)


def test_an_address_that_libpq_does_not_understand_shows_no_password():
    with pytest.raises(errors.StoreAddressInvalid) as told:
        stores.check("postgresql://me:secret@host/db?no_such_option=1")

    assert "secret" not in str(told.value)
    assert told.value.exit_code == 2


def test_the_search_path_of_the_address_places_the_tables(postgres_url):
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE SCHEMA cell_7")
    cell = stores.in_schema(postgres_url, "cell_7")

    assert stores.migrate(cell) == ALL

    stores.check(cell)
    with pytest.raises(errors.StoreNotMigrated):
        stores.check(postgres_url)


def test_a_path_may_hold_what_means_something_in_a_url(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/50% off?/#1/bookings.db"

    assert stores.migrate(url) == ALL

    stores.check(url)
    assert stores.sqlite_path(url).exists()


def test_both_stores_have_the_same_migrations_by_name():
    assert migrations.known("adapters.postgres") == migrations.known("adapters.sqlite")
