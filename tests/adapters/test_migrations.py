"""Both schemas: made once, whole, by whoever comes first, and by nobody halfway."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import yoyo

from adapters import errors, migrations
from adapters.postgres import migrate
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


def applied_by_a_newer_release(url: str, name: str) -> None:
    stores.execute(
        url,
        # The names are of these tests.
        "INSERT INTO _yoyo_migration (migration_hash, migration_id) "  # noqa: S608
        f"VALUES ('{name}', '{name}')",
    )


def test_a_store_of_a_newer_release_is_left_alone(store_url):
    stores.migrate(store_url)
    applied_by_a_newer_release(store_url, "9999-flying-cars.after")

    with pytest.raises(errors.StoreNewer, match="9999-flying-cars") as told:
        stores.check(store_url)
    with pytest.raises(errors.StoreNewer):
        stores.migrate(store_url)
    assert told.value.exit_code == 2


def test_a_store_that_a_newer_release_began_with_is_worked_on(store_url):
    stores.migrate(store_url)
    applied_by_a_newer_release(store_url, "9999-flying-cars")

    stores.check(store_url)
    assert stores.migrate(store_url) == []


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


KNOWN = ["0001-a", "0002-b", "0003-b.after", "0004-c", "0005-d", "0006-d.after"]


@pytest.fixture
def knowing(monkeypatch):
    monkeypatch.setattr(migrations, "known", lambda _package: KNOWN)


@pytest.mark.usefixtures("knowing")
@pytest.mark.parametrize(
    ("applied", "before", "with_after"),
    [
        pytest.param([], KNOWN, KNOWN, id="a new store"),
        pytest.param(KNOWN[:3], KNOWN[3:5], KNOWN[3:], id="the release before"),
        pytest.param(KNOWN[:4], KNOWN[4:5], KNOWN[4:], id="killed in between"),
        pytest.param(KNOWN[:5], [], KNOWN[5:], id="before the after half"),
        pytest.param(KNOWN, [], [], id="all is done"),
        pytest.param([*KNOWN, "0007-e"], [], [], id="a newer one has begun"),
    ],
)
def test_the_after_half_waits_until_it_is_asked_for(applied, before, with_after):
    assert migrations.to_do(applied, "any", after=False) == before
    assert migrations.to_do(applied, "any", after=True) == with_after


@pytest.mark.usefixtures("knowing")
def test_an_upgrade_begins_when_the_one_before_has_ended():
    with pytest.raises(errors.StoreHalfway, match=r"0003-b\.after") as told:
        migrations.to_do(KNOWN[:2], "any", after=False)

    assert told.value.exit_code == 2
    assert migrations.to_do(KNOWN[:2], "any", after=True) == KNOWN[2:]


@pytest.mark.usefixtures("knowing")
def test_a_release_works_without_its_after_half_and_not_without_its_before_half():
    migrations.refuse_unready(KNOWN[:5], "any")
    with pytest.raises(errors.StoreNotMigrated, match="0005-d"):
        migrations.refuse_unready(KNOWN[:4], "any")


@pytest.mark.usefixtures("knowing")
def test_it_can_be_said_how_it_stands_with_each():
    found = migrations.status([*KNOWN[:4], "0007-e"], "any")

    assert [(one.name, one.state.value) for one in found] == [
        *((name, "applied") for name in KNOWN[:4]),
        ("0005-d", "missing"),
        ("0006-d.after", "to come"),
        ("0007-e", "of a newer release"),
    ]


def test_a_table_that_is_in_use_is_not_waited_for_for_ever(postgres_url, monkeypatch):
    def known_then(where):
        return yoyo.read_migrations(where).filter(lambda one: one.id < ALL[2])

    with monkeypatch.context() as then:
        then.setattr(migrations, "read_migrations", known_then)
        stores.migrate(postgres_url)
    monkeypatch.setattr(migrate, "TABLE_TIMEOUT", "50ms")
    monkeypatch.setattr(migrate, "PAUSE", 0)
    monkeypatch.setattr(migrate, "TRIES", 2)
    with psycopg.connect(postgres_url) as reader:
        reader.execute("SELECT FROM owner_key")

        with pytest.raises(errors.StoreBusy):
            stores.migrate(postgres_url)

    assert stores.migrate(postgres_url) == ALL[2:]


@pytest.mark.parametrize("package", ["adapters.postgres", "adapters.sqlite"])
def test_names_tell_order_and_half(package):
    names = migrations.known(package)

    assert all(re.fullmatch(r"\d{4}-[a-z]+(-[a-z]+)*(\.after)?", n) for n in names)
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
