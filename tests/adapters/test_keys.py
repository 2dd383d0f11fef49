"""Secrets are given, or made beside a SQLite store; they are never guessed or shown."""

import os
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from stat import S_IMODE

import pytest

from adapters.keys import load_keys
from adapters.settings import Settings, SettingsError, read_settings

JWT_SECRET = "s" * 32
MASTER_KEY = b64encode(b"m" * 32).decode()
POSTGRES = {"DATABASE_URL": "postgresql://localhost/bookings"}


@pytest.fixture
def beside_a_store(tmp_path: Path) -> Settings:
    return read_settings({"DATABASE_URL": f"sqlite:///{tmp_path}/var/bookings.db"})


def test_secrets_are_taken_from_the_environment():
    keys = load_keys(
        read_settings(
            POSTGRES
            | {"BOOKINGS_JWT_SECRET": JWT_SECRET, "BOOKINGS_MASTER_KEY": MASTER_KEY}
        )
    )

    assert keys.jwt_secrets == (b"s" * 32,)
    assert keys.master_keys == (b"m" * 32,)


def test_secrets_are_taken_from_files_without_their_last_newline(tmp_path: Path):
    (tmp_path / "jwt").write_text(JWT_SECRET + "\n")
    (tmp_path / "master").write_text(MASTER_KEY + "\n")

    keys = load_keys(
        read_settings(
            POSTGRES
            | {
                "BOOKINGS_JWT_SECRET_FILE": str(tmp_path / "jwt"),
                "BOOKINGS_MASTER_KEY_FILE": str(tmp_path / "master"),
            }
        )
    )

    assert keys.jwt_secrets == (b"s" * 32,)
    assert keys.master_keys == (b"m" * 32,)


def test_of_several_master_keys_the_first_is_to_come(tmp_path: Path):
    other = b64encode(b"o" * 32).decode()
    (tmp_path / "master").write_text(f"{other}\r\n{MASTER_KEY}\n\n")
    environ = POSTGRES | {"BOOKINGS_JWT_SECRET": JWT_SECRET}

    in_a_file = {"BOOKINGS_MASTER_KEY_FILE": str(tmp_path / "master")}
    in_a_word = {"BOOKINGS_MASTER_KEY": f"{other} {MASTER_KEY}"}

    for given in (in_a_file, in_a_word):
        keys = load_keys(read_settings(environ | given))
        assert keys.master_keys == (b"o" * 32, b"m" * 32)


def test_of_several_secrets_the_first_signs(tmp_path: Path):
    (tmp_path / "jwt").write_text(f"{'new ' * 9}\r\n\n{JWT_SECRET}\n")
    environ = {
        "BOOKINGS_JWT_SECRET_FILE": str(tmp_path / "jwt"),
        "BOOKINGS_MASTER_KEY": MASTER_KEY,
    }

    keys = load_keys(read_settings(POSTGRES | environ))

    new = ("new " * 9).strip().encode()
    assert keys.jwt_secrets == (new, JWT_SECRET.encode())
    assert keys.signs_with == new


def test_beside_sqlite_missing_secrets_are_made_once(
    beside_a_store: Settings, tmp_path: Path
):
    first = load_keys(beside_a_store)

    assert load_keys(beside_a_store) == first
    assert len(first.master_keys[0]) == 32
    assert {file.name for file in (tmp_path / "var").iterdir()} == {
        "jwt_secret",
        "master_key",
    }


def test_secrets_that_are_made_are_read_by_their_owner_alone(
    beside_a_store: Settings, tmp_path: Path
):
    before = os.umask(0)
    try:
        load_keys(beside_a_store)
    finally:
        os.umask(before)

    modes = {S_IMODE(file.stat().st_mode) for file in (tmp_path / "var").iterdir()}
    assert modes == {0o600}


def test_no_two_stores_share_what_is_made(tmp_path: Path):
    one, two = (
        load_keys(read_settings({"DATABASE_URL": f"sqlite:///{tmp_path}/{name}/b.db"}))
        for name in ("one", "two")
    )

    assert one.jwt_secrets != two.jwt_secrets
    assert one.master_keys != two.master_keys


def test_processes_that_start_together_agree(beside_a_store: Settings):
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: load_keys(beside_a_store), range(64)))

    assert all(keys == found[0] for keys in found)


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        ({}, "On PostgreSQL BOOKINGS_JWT_SECRET or BOOKINGS_JWT_SECRET_FILE must be"),
        (
            {"BOOKINGS_JWT_SECRET": JWT_SECRET},
            "On PostgreSQL BOOKINGS_MASTER_KEY or BOOKINGS_MASTER_KEY_FILE must be set",
        ),
        ({"BOOKINGS_JWT_SECRET": "s" * 31}, "BOOKINGS_JWT_SECRET must be 32 bytes"),
        (
            {"BOOKINGS_JWT_SECRET": JWT_SECRET, "BOOKINGS_MASTER_KEY": "m" * 32},
            "BOOKINGS_MASTER_KEY must be 32 bytes in base64",
        ),
        (
            {
                "BOOKINGS_JWT_SECRET": JWT_SECRET,
                "BOOKINGS_MASTER_KEY": f"{MASTER_KEY} hush",
            },
            "BOOKINGS_MASTER_KEY must be 32 bytes in base64; several are apart by",
        ),
        (
            {"BOOKINGS_JWT_SECRET": JWT_SECRET, "BOOKINGS_MASTER_KEY": "hush?"},
            "BOOKINGS_MASTER_KEY must be 32 bytes in base64",
        ),
    ],
)
def test_a_secret_that_will_not_do_is_told_in_one_line(
    environ: dict[str, str], line: str
):
    with pytest.raises(SettingsError) as caught:
        load_keys(read_settings(POSTGRES | environ))

    message = str(caught.value)
    assert message.startswith(line)
    assert "\n" not in message
    assert "hush" not in message


def test_a_place_where_nothing_can_be_made_is_told_in_one_line(tmp_path: Path):
    (tmp_path / "var").touch()

    with pytest.raises(SettingsError, match="cannot be made"):
        load_keys(
            read_settings({"DATABASE_URL": f"sqlite:///{tmp_path}/var/bookings.db"})
        )


def test_keys_never_print_what_they_hold(beside_a_store: Settings):
    keys = load_keys(beside_a_store)

    assert f"{keys!r} {keys}" == "Keys(…) Keys(…)"


def test_a_set_of_keys_takes_the_place_of_the_secret(tmp_path: Path):
    environment = POSTGRES | {
        "BOOKINGS_MASTER_KEY": MASTER_KEY,
        "BOOKINGS_JWKS": str(tmp_path / "jwks.json"),
    }
    keys = load_keys(read_settings(environment))

    assert keys.jwt_secrets == ()
    with pytest.raises(SettingsError, match="BOOKINGS_JWKS"):
        _ = keys.signs_with
    with pytest.raises(SettingsError, match="both set"):
        load_keys(read_settings(environment | {"BOOKINGS_JWT_SECRET": JWT_SECRET}))
