"""The environment is read once, and a wrong word ends the start with one line."""

from pathlib import Path

import pytest

from adapters.settings import SettingsError, read_settings


def test_without_any_variable_the_store_is_a_file_in_var():
    settings = read_settings({})

    assert settings.sqlite_path == Path("var/bookings.db")
    assert (settings.host, settings.port) == ("127.0.0.1", 5000)
    assert (settings.jwt_issuer, settings.jwt_audience) == ("bookings", "bookings-api")


def test_the_environment_is_honoured():
    settings = read_settings(
        {
            "DATABASE_URL": "sqlite:////srv/store.db",
            "PORT": "8080",
            "BOOKINGS_HOST": "0.0.0.0",  # noqa: S104 - only read, never bound
            "BOOKINGS_LOG_LEVEL": "debug",
            "PATH": "/bin",
        }
    )

    assert settings.sqlite_path == Path("/srv/store.db")
    assert (settings.host, settings.port) == ("0.0.0.0", 8080)  # noqa: S104 - as above
    assert settings.log_level == "debug"


def test_calls_and_ends_have_their_time():
    given = {"BOOKINGS_CALL_SECONDS": "2.5", "BOOKINGS_GRACE_SECONDS": "30"}
    settings, usual = read_settings(given), read_settings({})

    assert (settings.call_seconds, settings.grace_seconds) == (2.5, 30)
    assert (usual.call_seconds, usual.grace_seconds) == (10, 7)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_postgresql_goes_by_both_of_its_names(scheme: str):
    settings = read_settings({"DATABASE_URL": f"{scheme}://localhost/bookings"})

    assert settings.sqlite_path is None


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        ({"DATABASE_URL": "mysql://u:hush@h/d"}, "DATABASE_URL is of the unknown kind"),
        ({"DATABASE_URL": "bookings.db?hush"}, "DATABASE_URL is no URL"),
        ({"DATABASE_URL": "sqlite:///"}, "DATABASE_URL must name a file"),
        ({"DATABASE_URL": "sqlite:///:memory:"}, "DATABASE_URL must name a file"),
        ({"DATABASE_URL": "sqlite:///a.db?hush=1"}, "DATABASE_URL must name a file"),
        ({"DATABASE_URL": ""}, "DATABASE_URL is empty"),
        ({"PORT": "http"}, "PORT: Expected `int`"),
        ({"PORT": "65536"}, "PORT: Expected `int` <= 65535"),
        ({"PORT": "-1"}, "PORT: Expected `int` >= 0"),
        ({"BOOKINGS_UPLOAD_LIMIT": "0"}, "BOOKINGS_UPLOAD_LIMIT: Expected `int` >= 1"),
        ({"BOOKINGS_UPLOAD_LIMIT": "1e9"}, "BOOKINGS_UPLOAD_LIMIT: Expected `int`"),
        ({"BOOKINGS_SWEEP_SECONDS": "0"}, "BOOKINGS_SWEEP_SECONDS: Expected `float`"),
        ({"BOOKINGS_CALL_SECONDS": "0"}, "BOOKINGS_CALL_SECONDS: Expected `float`"),
        ({"BOOKINGS_GRACE_SECONDS": "1h"}, "BOOKINGS_GRACE_SECONDS: Expected `float`"),
        ({"BOOKINGS_LOG_LEVEL": "loud"}, "BOOKINGS_LOG_LEVEL: Invalid enum value"),
        ({"REDIS_URL": "http://u:hush@h"}, "REDIS_URL begins with redis://"),
        ({"BOOKINGS_REDIS_PREFIX": "a b"}, "BOOKINGS_REDIS_PREFIX: Expected `str`"),
        ({"BOOKINGS_RATE_FAIL": "ajar"}, "BOOKINGS_RATE_FAIL: Invalid enum value"),
        ({"BOOKINGS_METRICS_PORT": "0"}, "BOOKINGS_METRICS_PORT: Expected `int` >= 1"),
        ({"BOOKINGS_LOG_REQUESTS": "maybe"}, "BOOKINGS_LOG_REQUESTS: Expected `bool`"),
        ({"BOOKINGS_JWT_SECRET": " "}, "BOOKINGS_JWT_SECRET is empty"),
        ({"BOOKINGS_JWT_SECRT": "hush"}, "BOOKINGS_JWT_SECRT is no setting"),
    ],
)
def test_what_cannot_be_meant_is_told_in_one_line(environ: dict[str, str], line: str):
    with pytest.raises(SettingsError) as caught:
        read_settings(environ)

    message = str(caught.value)
    assert message.startswith(line)
    assert "\n" not in message
    assert "hush" not in message
    assert caught.value.exit_code == 2


def test_settings_never_print_what_they_hold():
    settings = read_settings({"DATABASE_URL": "postgresql://u:hush@h/d"})

    assert "hush" not in f"{settings!r} {settings}"
