"""Secrets out of files: each that is none is one line, which shows nothing of it."""

import os
from pathlib import Path
from threading import Thread

import msgspec
import pytest

from adapters import secret_files
from adapters.settings import SECRETS, Settings, SettingsError, read_settings

VALUES = {
    "DATABASE_URL": "postgresql://me:hush@db/bookings",
    "REDIS_URL": "rediss://:hush@cache",
    "BOOKINGS_JWT_SECRET": "hush" * 8,
    "BOOKINGS_MASTER_KEY": "hush one",
    "BOOKINGS_S3_SECRET": "hush",
}
FIELDS = {field.encode_name: field.name for field in msgspec.structs.fields(Settings)}


def told(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        read_settings(environ)
    message = str(caught.value)
    assert caught.value.__cause__ is None
    assert "\n" not in message
    assert "hush" not in message
    return message


def test_whatever_may_hold_a_secret_can_be_in_a_file():
    assert SECRETS.keys() == VALUES.keys()


@pytest.mark.parametrize("name", SECRETS)
def test_a_file_holds_it_without_white_space_around(name: str, tmp_path: Path):
    file = tmp_path / "secret"
    for before, after in (("", "\n"), ("", ""), ("\ufeff ", "\r\n\n")):
        file.write_text(before + VALUES[name] + after, "utf-8")
        settings = read_settings({f"{name}_FILE": str(file)})

        assert getattr(settings, FIELDS[name]) == VALUES[name]
        assert "hush" not in repr(settings)


@pytest.mark.parametrize("name", SECRETS)
def test_a_variable_and_its_file_are_one_too_many(name: str, tmp_path: Path):
    (tmp_path / "secret").write_text(VALUES[name])
    both = {name: VALUES[name], f"{name}_FILE": str(tmp_path / "secret")}

    assert told(both) == f"{name} and {name}_FILE are both set; unset one."


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary").write_bytes(b"\xffhush")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path, why in {
        tmp_path / "none": "No such file or directory",
        tmp_path / "folder": "Is a directory",
        tmp_path / "loop": "Too many levels of symbolic links",
        tmp_path / "binary": "it is no UTF-8 text",
        tmp_path / "bin\0ary": "it is no path",
    }.items():
        line = told({"DATABASE_URL_FILE": str(path)})

        assert line == f"DATABASE_URL_FILE: {path} cannot be read: {why}"


@pytest.mark.parametrize("content", ["", "\n", " \r\n\t\n", "\ufeff"])
def test_an_empty_file_is_no_secret(content: str, tmp_path: Path):
    (tmp_path / "secret").write_text(content, "utf-8")

    line = told({"BOOKINGS_MASTER_KEY_FILE": str(tmp_path / "secret")})
    assert line == f"BOOKINGS_MASTER_KEY_FILE: {tmp_path}/secret is empty."


def test_what_is_not_one_secret_is_none(tmp_path: Path):
    file = tmp_path / "secret"
    file.write_text("hush\nhush")
    assert "more than one line" in told({"REDIS_URL_FILE": str(file)})
    file.write_text("hush" * secret_files.MAX_BYTES)
    assert "too long" in told({"REDIS_URL_FILE": str(file)})
    assert "too long" in told({"REDIS_URL_FILE": "/dev/zero"})


def test_a_variable_that_names_no_file_is_empty():
    assert told({"DATABASE_URL_FILE": " "}).startswith("DATABASE_URL_FILE is empty")


def test_what_is_no_secret_comes_from_no_file():
    assert told({"BOOKINGS_HOST_FILE": "/etc/hostname"}) == (
        "BOOKINGS_HOST_FILE is no setting; is it misspelt?"
    )


def test_a_pipe_holds_a_secret_as_well(tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = Thread(target=pipe.write_text, args=["redis://cache\n"])
    writer.start()

    assert read_settings({"REDIS_URL_FILE": str(pipe)}).redis_url == "redis://cache"
    writer.join()


def test_what_a_file_holds_is_held_to_the_same_rules(tmp_path: Path):
    (tmp_path / "url").write_text("mysql://me:hush@db/d")

    assert told({"DATABASE_URL_FILE": str(tmp_path / "url")}).startswith(
        "DATABASE_URL is of the unknown kind 'mysql'"
    )
