"""A server's disk is lost; a base backup and the archived log bring it back.

All that was archived is there, whole calls with their keys, and what was not is not;
up to a point that was named before a mistake, nothing of what came after.
"""

import asyncio
import re
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from tests import moving, running
from tests.moving import Mover
from tests.storms import archived
from tests.storms.archived import Archived
from tests.storms.torture.server import own_server

OWNERS = ["kari", "ola"]
MOVES = 20  # of each owner that are told between one step and the next
POINT = "before_a_mistake"

Counts = dict[str, int]


class Lost(NamedTuple):
    """What was told of each booking, and how much of it when."""

    backup: Archived
    movers: dict[str, Mover]
    moment: datetime
    before_point: Counts
    after_point: Counts
    before_archived: Counts


@pytest.fixture(scope="module")
def lost() -> Iterator[Lost]:
    """Lose a server's disk, some moves after the last segment that it archived."""
    with own_server() as primary:
        backup = Archived(primary)
        booked = asyncio.run(running.place_one_each(primary.url, OWNERS))
        with (
            running.serving(primary.url) as (server,),
            moving.moving(booked, [server.url]) as moved,
        ):
            movers = dict(zip(booked, moved, strict=True))
            go_on(movers)
            backup.back_up()
            go_on(movers)
            before_point = told(movers)
            moment = backup.name_point(POINT)
            after_point = told(movers)
            go_on(movers)
            before_archived = told(movers)
            backup.archive_all()
            go_on(movers)
        primary.lose_disk()
        yield Lost(backup, movers, moment, before_point, after_point, before_archived)


def go_on(movers: dict[str, Mover]) -> None:
    for mover in movers.values():
        mover.wait_anew(MOVES)


def told(movers: dict[str, Mover]) -> Counts:
    return {owner: len(mover.told) for owner, mover in movers.items()}


def restored(url: str, lost: Lost) -> Counts:
    """Return how many moves of each are there: what was told, in order, to a point."""
    found: Counts = {}
    for owner, mover in lost.movers.items():
        moves = moving.moves_of(url, mover.booking_id)
        assert moves == mover.told[: len(moves)]
        found[owner] = len(moves)
    return found


def must_be_right(url: str) -> None:
    for word in ("migrate", "verify", "doctor"):
        done = running.bookings(url, word)
        assert done.returncode == 0, done.stdout + done.stderr


def test_what_was_archived_comes_back_and_what_was_not_can_be_sent_again(lost: Lost):
    archive = lost.backup.archive
    with lost.backup.restored("restored") as server:
        must_be_right(server.url)
        kept = restored(server.url, lost)
        with running.serving(server.url) as (served,):
            for owner, mover in lost.movers.items():
                assert lost.before_archived[owner] <= kept[owner] < len(mover.told)
                as_it_was_and_goes_on(served.url, owner, mover, kept[owner])
        must_be_right(server.url)

    assert lost.backup.archive == archive


def as_it_was_and_goes_on(address: str, owner: str, mover: Mover, kept: int) -> None:
    path = f"{address}/api/co/bookings/{mover.booking_id}"
    bearer = {"Authorization": f"Bearer {running.token(owner)}"}
    last, gone = mover.told[kept - 1], mover.told[-1]
    with httpx.Client(headers=bearer, trust_env=False, timeout=30) as client:
        assert start_of(client.get(path)) == last
        again = put_again(client, path, last)
        assert again.json()["meta"]["idempotent_replay"] is True
        anew = put_again(client, path, gone)
        assert anew.json()["data"]["result"]["outcome"] == "rescheduled"
        assert "idempotent_replay" not in anew.json()["meta"]
        assert start_of(client.get(path)) == gone


def put_again(client: httpx.Client, path: str, start: datetime) -> httpx.Response:
    """Send a mover's call once more, with its key."""
    body, key = {"service_start_time": start.isoformat()}, start.isoformat()
    return client.put(path, json=body, headers={"Idempotency-Key": key})


def start_of(shown: httpx.Response) -> datetime:
    return datetime.fromisoformat(shown.json()["data"]["service_start_time"])


@pytest.mark.parametrize("by", ["name", "time"])
def test_up_to_a_point_all_is_there_and_nothing_that_came_after_it(lost: Lost, by: str):
    point = {"name": POINT, "time": lost.moment.isoformat()}[by]
    target = f"recovery_target_{by} = '{point}'"
    stopping = re.sub(r"recovery_target_time = '.*'", target, archived.STOPPING)
    with lost.backup.restored(f"stopped-by-{by}", stopping) as server:
        must_be_right(server.url)
        kept = restored(server.url, lost)

    for owner in OWNERS:
        # One more may have been under way.
        assert lost.before_point[owner] <= kept[owner] <= lost.after_point[owner] + 1


def test_a_segment_is_archived_whole_once_and_never_written_over(tmp_path: Path):
    (tmp_path / "wal").mkdir()
    segment = tmp_path / "segment"
    segment.write_text("Monday")
    command = archived.archiving(tmp_path).replace("%p", str(segment))

    def archive(name: str) -> int:
        words = ["sh", "-c", command.replace("%f", name)]
        return subprocess.run(words, check=False).returncode

    # A server that was killed amid it, and one that was killed before it noted it.
    (tmp_path / "wal" / "0001.part").write_text("Mon")
    assert [archive("0001"), archive("0001")] == [0, 0]
    segment.write_text("Tuesday")
    assert archive("0001") != 0
    assert archive("0002") == 0

    assert {one.name: one.read_text() for one in (tmp_path / "wal").iterdir()} == {
        "0001": "Monday",
        "0002": "Tuesday",
    }
