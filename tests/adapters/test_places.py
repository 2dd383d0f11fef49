"""Uploads go where the settings say; what cannot be meant ends the start in a line."""

from pathlib import Path

import pytest

from adapters.places import Bucket, uploads_at
from adapters.settings import Settings, SettingsError, read_settings

POSTGRES = {"DATABASE_URL": "postgresql://localhost/bookings"}
S3 = POSTGRES | {
    "BOOKINGS_UPLOADS": "s3://photos/of/cars",
    "BOOKINGS_S3_REGION": "eu-north-1",
    "BOOKINGS_S3_KEY_ID": "key",
    "BOOKINGS_S3_SECRET": "hush",
}


def settings(given: dict[str, str], **more: str | None) -> Settings:
    """Return settings; None takes one away."""
    found = {name: value for name, value in (given | more).items() if value is not None}
    return read_settings(found)


def test_beside_sqlite_they_are_beside_the_store():
    given = read_settings({"DATABASE_URL": "sqlite:////srv/bookings/store.db"})

    assert uploads_at(given) == Path("/srv/bookings/uploads")


def test_a_folder_can_be_named_that_is_still_to_be_made(tmp_path: Path):
    wanted = tmp_path / "not" / "yet"

    assert uploads_at(settings(POSTGRES, BOOKINGS_UPLOADS=str(wanted))) == wanted
    assert uploads_at(settings({}, BOOKINGS_UPLOADS="some/where")) == Path("some/where")
    assert not wanted.parent.exists()


def test_a_bucket_can_be_named_and_is_at_amazon_unless_an_endpoint_is():
    place = Bucket(
        name="photos",
        prefix="of/cars",
        endpoint="https://s3.eu-north-1.amazonaws.com",
        region="eu-north-1",
        key_id="key",
        secret="hush",  # noqa: S106 - nobody's
    )

    assert uploads_at(settings(S3)) == place
    assert uploads_at(
        settings(S3, BOOKINGS_S3_ENDPOINT="http://localhost:9000")
    ) == Bucket(**(_fields(place) | {"endpoint": "http://localhost:9000"}))


def _fields(of: Bucket) -> dict[str, str]:
    return {name: getattr(of, name) for name in of.__struct_fields__}


@pytest.mark.parametrize("url", ["s3://photos", "s3://photos/"])
def test_a_whole_bucket_can_be_ours(url: str):
    place = uploads_at(settings(S3, BOOKINGS_UPLOADS=url))

    assert isinstance(place, Bucket)
    assert (place.name, place.prefix) == ("photos", "")


def test_the_secret_can_be_in_a_file(tmp_path: Path):
    (tmp_path / "secret").write_text("hush\n")
    given = settings(
        S3,
        BOOKINGS_S3_SECRET=None,
        BOOKINGS_S3_SECRET_FILE=str(tmp_path / "secret"),
    )

    place = uploads_at(given)

    assert isinstance(place, Bucket)
    assert place.secret == "hush"  # noqa: S105 - nobody's


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"BOOKINGS_UPLOADS": None}, "On PostgreSQL BOOKINGS_UPLOADS must be set"),
        ({"BOOKINGS_UPLOADS": "gs://photos"}, "BOOKINGS_UPLOADS is a folder, or s3"),
        ({"BOOKINGS_UPLOADS": "s3://"}, "BOOKINGS_UPLOADS is a folder, or s3"),
        ({"BOOKINGS_UPLOADS": "s3://Photos"}, "BOOKINGS_UPLOADS is a folder, or s3"),
        ({"BOOKINGS_UPLOADS": "s3://photos//a"}, "BOOKINGS_UPLOADS is a folder, or s3"),
        ({"BOOKINGS_UPLOADS": "s3://photos/.."}, "BOOKINGS_UPLOADS is a folder, or s3"),
        (
            {"BOOKINGS_UPLOADS": "s3://photos/a/../b"},
            "BOOKINGS_UPLOADS is a folder, or",
        ),
        (
            {"BOOKINGS_UPLOADS": "s3://k:hush@photos"},
            "BOOKINGS_UPLOADS is a folder, or",
        ),
        ({"BOOKINGS_UPLOADS": "/dev/null/uploads"}, "BOOKINGS_UPLOADS: nothing can be"),
        ({"BOOKINGS_S3_KEY_ID": None}, "With S3, BOOKINGS_S3_KEY_ID and"),
        ({"BOOKINGS_S3_SECRET": None}, "With S3, BOOKINGS_S3_KEY_ID and"),
        (
            {"BOOKINGS_S3_SECRET_FILE": "x"},
            "BOOKINGS_S3_SECRET and BOOKINGS_S3_SECRET_F",
        ),
        (
            {"BOOKINGS_S3_ENDPOINT": "localhost:9000"},
            "BOOKINGS_S3_ENDPOINT begins with",
        ),
    ],
)
def test_what_cannot_be_meant_is_told_in_one_line(
    more: dict[str, str | None], line: str
):
    with pytest.raises(SettingsError) as caught:
        uploads_at(settings(S3, **more))

    message = str(caught.value)
    assert message.startswith(line)
    assert "\n" not in message
    assert "hush" not in message
