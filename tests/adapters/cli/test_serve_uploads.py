"""Photos of real size go through real servers, into a bucket that all of them share."""

import asyncio
import os
import subprocess
from typing import Any

import httpx
import pytest

from adapters import clock
from tests import files, running, stores
from tests.buckets import S3
from tests.programs import BOOKINGS
from tests.running import Serving

KARI = "kari"
MIB = 1024 * 1024
# As large as they may be.
PHOTO = files.png(files.chunk(b"teSt", os.urandom(10 * MIB - len(files.PNG) - 12)))


def ask(server: Serving, method: str, path: str, **more: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {running.token(KARI)}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=60) as client:
        return client.request(method, path, **more)


def worked(url: str, more: dict[str, str]) -> int:
    """Sweep once; return the exit code."""
    done = subprocess.run(
        [BOOKINGS, "worker", "--once"],
        env=running.environment(url) | more,
        check=False,
        timeout=120,
    )
    return done.returncode


@pytest.fixture
def folder() -> str:
    """Return the name of a folder of the test's own in the bucket."""
    return str(clock.new_id())


def test_a_photo_goes_through_any_process_into_the_bucket_and_out_of_it(
    postgres_url: str, s3: S3, folder: str
):
    bookings = asyncio.run(running.place_one_each(postgres_url, [KARI]))
    uploads = f"/api/co/bookings/{bookings[KARI]}/uploads"
    more = s3.environment(folder)

    with running.serving(postgres_url, processes=2, more=more) as (one, other):
        made = ask(one, "POST", uploads, json={"size": len(PHOTO), "name": "bil.png"})
        where = made.headers["location"]
        sent = ask(other, "PUT", where, content=PHOTO)
        seen = ask(one, "GET", where)

    assert (made.status_code, sent.status_code, seen.status_code) == (201, 200, 200)
    assert sent.json()["data"]["content_type"] == "image/png"
    assert seen.content == PHOTO
    upload_id, sha256 = made.json()["data"]["id"], sent.json()["data"]["sha256"]
    assert s3.paths(folder) == [f"up_loads/{bookings[KARI]}/{upload_id}/{sha256}"]

    stores.execute(
        postgres_url, "UPDATE upload SET created_at = created_at - interval '2 days'"
    )
    assert worked(postgres_url, more) == 0
    assert s3.paths(folder) == []


def test_a_photo_that_breaks_off_leaves_nothing_and_can_be_sent_again(
    sqlite_url: str,
):
    bookings = asyncio.run(running.place_one_each(sqlite_url, [KARI]))
    uploads = f"/api/co/bookings/{bookings[KARI]}/uploads"

    def half() -> object:
        yield PHOTO[: len(PHOTO) // 2]
        raise ConnectionResetError

    with running.serving(sqlite_url) as (server,):
        where = ask(server, "POST", uploads, json={"size": len(PHOTO)}).headers[
            "location"
        ]
        with pytest.raises(ConnectionResetError):
            ask(server, "PUT", where, content=half())
        assert ask(server, "GET", where).status_code == 404
        assert not running.uploads(sqlite_url).exists()

        assert ask(server, "PUT", where, content=PHOTO).status_code == 200
        assert ask(server, "GET", where).content == PHOTO
