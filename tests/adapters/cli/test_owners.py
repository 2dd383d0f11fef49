"""`bookings export` and `bookings erase`, on both stores and with real files."""

import asyncio
import hashlib
import json
import stat
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from adapters import bootstrap, clock
from application import blobs
from application.calls import AnyCall, Call, UploadCall
from application.demo import FIRST, KARI
from application.stored import Upload, UploadStatus
from domain import commands
from domain.personal import Words
from tests import files
from tests.adapters.cli.conftest import Bookings

UPLOAD = UUID("0193a1b2-0000-7000-8000-000000000001")
ERASE = ("erase", "--owner", KARI.id)


@pytest.fixture
def demo(bookings: Bookings, migrated: str) -> str:
    """Make a store with the demo, where Kari has sent a photo with a message."""
    assert bookings("demo", "--yes").code == 0
    asyncio.run(_attach_a_photo())
    return migrated


async def _attach_a_photo() -> None:
    hashed = hashlib.sha256(files.JPEG).digest()
    upload = Upload(
        id=UPLOAD,
        booking_id=FIRST,
        owner=KARI.id,
        name="dent.jpg",
        size=len(files.JPEG),
        sha256=None,
        content_type="image/jpeg",
        stored_sha256=hashed,
        status=UploadStatus.COMPLETE,
        message_id=None,
        created_at=clock.now(),
    )
    await bootstrap.uploads(bootstrap.settings()).keep(blobs.path(upload), files.JPEG)
    await _commit(
        UploadCall(
            command_id=clock.new_id(),
            request_id=clock.new_id(),
            at=clock.now(),
            actor=KARI,
            booking_id=FIRST,
            owner=KARI.id,
            upload=upload,
            is_new=True,
        )
    )
    await _commit(_message("See the dent.", UPLOAD))


def _message(text: str, *uploads: UUID) -> Call:
    now = clock.now()
    wish = commands.AppendMessage(
        at=now,
        by=KARI,
        message_id=clock.new_id(),
        personal=Words(text=text, captions=("left",) * len(uploads)),
        uploads=uploads,
    )
    return Call(
        command_id=clock.new_id(),
        request_id=clock.new_id(),
        at=now,
        actor=KARI,
        booking_id=FIRST,
        wishes=(wish,),
    )


async def _commit(*calls: AnyCall) -> None:
    async with bootstrap.opened(bootstrap.settings()) as store:
        for outcome in await store.commit(calls):
            assert not isinstance(outcome, Exception)
            assert outcome.answer.refused is None


def exported(bookings: Bookings, to: Path) -> dict[int, Any]:
    done = bookings("export", "--owner", KARI.id, "--to", str(to))
    assert (done.code, done.err) == (0, "")
    lines = (to / "bookings.jsonl").read_text().splitlines()
    return {one["booking"]["id"]: one for one in map(json.loads, lines)}


@pytest.mark.usefixtures("demo")
def test_all_that_an_owner_has_is_written_and_opened(
    bookings: Bookings, tmp_path: Path
):
    to = tmp_path / "new" / "kari"
    found = exported(bookings, to)
    first = found[FIRST]

    assert len(found) == 3
    assert first["booking"]["vehicle"]["plate"] == "EL 12345"
    assert [m["text"] for m in first["messages"]] == [
        "The brakes squeal when it rains.",
        "We will take it for a drive first.",
        "See the dent.",
    ]
    assert first["history"][0]["type"] == "booking.placed"
    assert first["history"][-1]["changes"][0]["to"]["text"] == "See the dent."
    cancelled = [one["booking"]["cancellation"] for one in found.values()]
    assert "The car is sold." in [c["reason"] for c in cancelled if c]
    (upload,) = first["uploads"]
    assert (upload["id"], upload["name"]) == (str(UPLOAD), "dent.jpg")
    assert (to / upload["file"]).read_bytes() == files.JPEG
    assert upload["sha256"] == hashlib.sha256(files.JPEG).hexdigest()
    assert stat.S_IMODE(to.stat().st_mode) == 0o700


@pytest.mark.usefixtures("demo")
def test_a_folder_that_is_there_is_left_alone(bookings: Bookings, tmp_path: Path):
    done = bookings("export", "--owner", KARI.id, "--to", str(tmp_path))

    assert done.code == 2
    assert done.err.endswith("is there already; --to is a new folder.\n")


@pytest.mark.usefixtures("demo")
def test_a_folder_that_cannot_be_made_is_told_of(bookings: Bookings, tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    to = tmp_path / "file" / "kari"
    done = bookings("export", "--owner", KARI.id, "--to", str(to))

    assert done.code == 2
    assert "cannot be made" in done.err


@pytest.mark.usefixtures("migrated")
def test_of_a_stranger_there_is_nothing(bookings: Bookings, tmp_path: Path):
    to = tmp_path / "new"
    done = bookings("export", "--owner", "nobody", "--to", str(to))
    erased = bookings("erase", "--owner", "nobody", "--yes")

    assert (done.code, done.out) == (1, "")
    assert done.err == "bookings: There is nothing of 'nobody' here.\n"
    assert not to.exists()
    assert (erased.code, erased.err) == (0, "")
    assert erased.out == "There is nothing personal of 'nobody' here.\n"


@pytest.mark.usefixtures("demo")
def test_nothing_is_erased_before_that_is_said_twice(
    bookings: Bookings, tmp_path: Path
):
    done = bookings(*ERASE)

    assert done.code == 2
    assert "3 bookings" in done.err
    assert "--yes" in done.err
    found = exported(bookings, tmp_path / "new")
    assert found[FIRST]["booking"]["vehicle"]["plate"] == "EL 12345"


@pytest.mark.usefixtures("demo")
def test_what_is_erased_is_null_everywhere_and_the_log_is_whole(
    bookings: Bookings, tmp_path: Path
):
    before = exported(bookings, tmp_path / "before")
    done = bookings(*ERASE, "--yes")
    after = exported(bookings, tmp_path / "after")

    assert (done.code, done.err) == (0, "")
    assert "3 bookings" in done.out
    assert "1 files" in done.out
    first = after[FIRST]
    assert first["booking"]["vehicle"]["plate"] is None
    assert {m["text"] for m in first["messages"]} == {None}
    captions = [a["caption"] for m in first["messages"] for a in m["attachments"]]
    assert captions == [None]
    assert all(
        one["booking"]["cancellation"]["reason"] is None
        for one in after.values()
        if one["booking"]["cancellation"]
    )
    assert first["uploads"] == []
    assert not any((tmp_path / "uploads").rglob("*"))
    erased = first["history"][-1]
    assert erased["type"] == "booking.erased"
    assert erased["actor"]["role"] == "system"
    revision = before[FIRST]["booking"]["revision"]
    assert first["booking"]["revision"] == revision + 1
    words = json.dumps(list(after.values()))
    assert "squeal" not in words
    assert "EL 12345" not in words
    verified = bookings("verify")
    assert (verified.code, verified.err) == (0, "")
    rebuilt = bookings("rebuild")
    assert rebuilt.code == 0
    assert exported(bookings, tmp_path / "again") == after


@pytest.mark.usefixtures("demo")
def test_an_erased_owner_who_comes_back_has_a_new_key(
    bookings: Bookings, tmp_path: Path
):
    bookings(*ERASE, "--yes")
    asyncio.run(_commit(_message("It is me again.")))
    texts = [m["text"] for m in exported(bookings, tmp_path / "new")[FIRST]["messages"]]

    assert texts == [None, None, None, "It is me again."]
    assert bookings("verify").code == 0
    assert bookings(*ERASE, "--yes").code == 0
    messages = exported(bookings, tmp_path / "newer")[FIRST]["messages"]
    assert {message["text"] for message in messages} == {None}


@pytest.mark.usefixtures("demo")
def test_what_others_have_is_left_alone(bookings: Bookings, tmp_path: Path):
    bookings(*ERASE, "--yes")
    to = tmp_path / "ola"
    assert bookings("export", "--owner", "ola", "--to", str(to)).code == 0
    lines = (to / "bookings.jsonl").read_text().splitlines()

    plates = {json.loads(line)["booking"]["vehicle"]["plate"] for line in lines}
    assert plates == {"BT 67890"}
