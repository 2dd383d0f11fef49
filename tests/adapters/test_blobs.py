"""Bytes are kept for good, in a folder and in a bucket alike, and gone when removed."""

import asyncio
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters import blobs, clock
from adapters.blobs import LocalBlobs, S3Blobs
from adapters.places import Bucket, uploads_at
from adapters.settings import read_settings
from application.blobs import Blobs, NoBlob
from application.failures import Unavailable
from domain.structs import replace
from tests.buckets import S3, SECRET

FOLDER = "123/0193a1b2-1234-7abc-8def-0123456789ab"
PATH = f"{FOLDER}/00ff"
LONG = os.urandom(3 * blobs.PIECE + 1)

Keep = Callable[[str, bytes], None]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "var" / "uploads"


@pytest.fixture
def folder() -> str:
    """Return the name of a folder of the test's own."""
    return str(clock.new_id())


@pytest.fixture
def bucket(s3: S3, folder: str) -> Bucket:
    place = uploads_at(read_settings(s3.environment(folder)))
    assert isinstance(place, Bucket)
    return place


@pytest.fixture(params=["folder", "bucket"])
def kept(request: pytest.FixtureRequest) -> Blobs:
    if request.param == "bucket":
        found: Bucket = request.getfixturevalue("bucket")
        return blobs.at(found)
    root: Path = request.getfixturevalue("root")
    return blobs.at(root)


def keep(kept: Blobs, path: str, content: bytes) -> None:
    asyncio.run(kept.keep(path, content))


def read(kept: Blobs, path: str) -> list[bytes]:
    async def all_of_it() -> list[bytes]:
        return [piece async for piece in await kept.read(path)]

    return asyncio.run(all_of_it())


def remove(kept: Blobs, folder: str) -> None:
    asyncio.run(kept.remove(folder))


def test_what_was_kept_can_be_read_in_pieces(kept: Blobs):
    keep(kept, PATH, LONG)

    pieces = read(kept, PATH)

    assert b"".join(pieces) == LONG
    assert max(map(len, pieces)) <= 2 * blobs.PIECE


def test_to_keep_it_twice_is_once(kept: Blobs):
    keep(kept, PATH, b"photo")
    keep(kept, PATH, b"photo")

    assert read(kept, PATH) == [b"photo"]


def test_two_who_keep_the_same_at_once_both_succeed(kept: Blobs):
    async def both() -> None:
        await asyncio.gather(*(kept.keep(PATH, LONG) for _time in range(4)))

    asyncio.run(both())

    assert b"".join(read(kept, PATH)) == LONG


def test_a_name_that_lasted_without_its_bytes_gets_them_again(kept: Blobs):
    keep(kept, PATH, b"")

    keep(kept, PATH, b"photo")

    assert read(kept, PATH) == [b"photo"]


def test_what_was_never_kept_is_not_there(kept: Blobs):
    with pytest.raises(NoBlob):
        read(kept, PATH)
    keep(kept, PATH, b"photo")
    with pytest.raises(NoBlob):
        read(kept, f"{FOLDER}/11ff")


def test_a_removed_folder_is_gone_and_its_neighbours_stay(kept: Blobs):
    near = f"{FOLDER}0/00ff"
    for path in (PATH, f"{FOLDER}/11ff", near):
        keep(kept, path, b"photo")

    remove(kept, FOLDER)
    remove(kept, FOLDER)

    for gone in (PATH, f"{FOLDER}/11ff"):
        with pytest.raises(NoBlob):
            read(kept, gone)
    assert read(kept, near) == [b"photo"]


def test_to_remove_what_was_never_there_is_nothing(kept: Blobs):
    remove(kept, FOLDER)

    with pytest.raises(NoBlob):
        read(kept, PATH)


def test_file_and_folders_are_synced_before_it_is_said_to_be_kept(
    root: Path, monkeypatch: pytest.MonkeyPatch
):
    synced = list[Path]()
    fsync = os.fsync

    def watch(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watch)

    keep(LocalBlobs(root), PATH, b"photo")

    ancestors = (root / PATH).parents
    assert synced == [root.parent, root / PATH, *ancestors[:3]]
    assert ancestors[2] == root


def test_a_draft_that_a_killed_process_left_is_removed_too(root: Path):
    kept = LocalBlobs(root)
    keep(kept, PATH, b"photo")
    (root / f"{PATH}#1").write_bytes(b"half a pho")

    remove(kept, FOLDER)

    assert list(root.iterdir()) == []


def test_nobody_else_on_the_machine_can_look_into_the_folder(root: Path):
    keep(LocalBlobs(root), PATH, b"photo")

    assert stat.S_IMODE(root.stat().st_mode) == stat.S_IRWXU


def test_a_folder_that_nothing_goes_into_is_not_made(root: Path):
    kept = LocalBlobs(root)
    with pytest.raises(NoBlob):
        read(kept, PATH)
    remove(kept, FOLDER)

    assert not root.parent.exists()


def test_a_disk_that_takes_nothing_is_unavailable(root: Path):
    root.mkdir(parents=True)
    (root / "123").write_text("a file where a folder should be")

    with pytest.raises(Unavailable):
        keep(LocalBlobs(root), PATH, b"photo")


def test_a_bucket_is_shared_with_what_else_is_in_it(
    bucket: Bucket, s3: S3, folder: str
):
    kept = S3Blobs(bucket)
    s3.put(f"{folder}/others/{PATH}")
    keep(kept, PATH, b"photo")
    assert s3.paths(folder) == [f"others/{PATH}", f"up_loads/{PATH}"]

    remove(kept, FOLDER)

    assert s3.paths(folder) == [f"others/{PATH}"]


def test_a_bucket_takes_nothing_that_is_signed_with_another_key(bucket: Bucket):
    kept = S3Blobs(replace(bucket, secret=SECRET[::-1]))

    with pytest.raises(Unavailable):
        keep(kept, PATH, b"photo")


@pytest.mark.parametrize(
    "variable",
    [
        ("AWS_ACCESS_KEY_ID", "another"),
        ("AWS_SECRET_ACCESS_KEY", "another"),
        ("AWS_SESSION_TOKEN", "another"),
        ("AWS_SKIP_SIGNATURE", "true"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_REGION", "eu-north-1"),
        ("AWS_CONDITIONAL_PUT", "disabled"),
        ("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "true"),
    ],
)
def test_no_variable_of_another_program_changes_the_bucket(
    bucket: Bucket, variable: tuple[str, str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(*variable)
    kept = S3Blobs(bucket)

    keep(kept, PATH, b"photo")
    keep(kept, PATH, b"photo")

    assert read(kept, PATH) == [b"photo"]


def test_a_bucket_that_cannot_be_reached_is_unavailable():
    place = Bucket(
        name="bucket",
        prefix="",
        endpoint="http://127.0.0.1:1",
        region="us-east-1",
        key_id="key",
        secret="hush",  # noqa: S106 - nobody's
    )
    kept = S3Blobs(place)

    for call in (
        lambda: keep(kept, PATH, b"photo"),
        lambda: read(kept, PATH),
        lambda: remove(kept, FOLDER),
    ):
        with pytest.raises(Unavailable):
            call()
    assert "hush" not in repr(place)
