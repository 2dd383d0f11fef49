"""The log under processes that write and are killed, while others read it by position.

Missed, doubled, out of order, holes: none, ever. `make torture` does it for long.
"""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests import stores
from tests.storms.torture.judge import Verdict
from tests.storms.torture.server import own_server
from tests.storms.torture.torture import Plan, torture

COMMITS = 150
Event = tuple[str, int, int]  # stream, version, position


def start(url: str, name: str, commits: int) -> subprocess.Popen[str]:
    module = "tests.storms.log_writer"
    return subprocess.Popen(
        [sys.executable, "-m", module, url, name, str(commits)],
        stdout=subprocess.PIPE,
        text=True,
    )


def told(lines: Iterator[str]) -> list[Event]:
    words = [line.split() for line in lines if line.endswith("\n")]
    return [
        (stream, int(version), int(position)) for stream, version, position in words
    ]


class Tail:
    """A reader of the log that begins before there is anything to read."""

    def __init__(self, recorder: stores.Recorder) -> None:
        self.seen: list[Event] = []
        self._subscription = recorder.subscribe(gt=0)
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        for n in self._subscription:
            self.seen.append((str(n.originator_id), n.originator_version, n.id))

    def up_to(self, position: int) -> list[Event]:
        """Return what was seen once `position` was, or when the reader gave up."""
        while self._thread.is_alive() and not self._has(position):
            self._thread.join(0.05)
        return self.seen

    def _has(self, position: int) -> bool:
        return bool(self.seen) and self.seen[-1][2] >= position

    def stop(self) -> None:
        self._subscription.stop()
        self._thread.join()


@contextmanager
def tailing(recorder: stores.Recorder) -> Iterator[Tail]:
    tail = Tail(recorder)
    try:
        yield tail
    finally:
        tail.stop()


def are_whole(seen: list[Event]) -> bool:
    """Whether each stream's versions came in their order, from 1, without a gap."""
    streams: dict[str, list[int]] = {}
    for stream, version, _position in seen:
        streams.setdefault(stream, []).append(version)
    return all(vs == list(range(1, len(vs) + 1)) for vs in streams.values())


@pytest.fixture
def recorder(sqlite_url):
    stores.migrate(sqlite_url)
    with stores.recording(sqlite_url) as recorder:
        yield recorder


def test_nothing_is_missed_doubled_out_of_order_or_left_out_on_postgresql():
    with own_server() as server:
        outcome = torture(
            server, Plan(events=12_000, writers=8, kills=4, server_kills=1)
        )

    assert outcome.failures == []
    assert outcome.verdict == Verdict()
    assert outcome.lacking == []
    assert outcome.events >= outcome.plan.events


def test_nothing_is_missed_doubled_out_of_order_or_left_out_on_sqlite(
    sqlite_url, recorder
):
    with tailing(recorder) as tail:
        writers = [start(sqlite_url, name, COMMITS) for name in ("1", "2")]
        victim = start(sqlite_url, "3", 1_000_000)
        assert victim.stdout is not None
        first_words = told(victim.stdout.readline() for _ in range(40))
        victim.kill()
        rest, _ = victim.communicate()
        acknowledged = first_words + told(iter(rest.splitlines(keepends=True)))
        for writer in writers:
            output, _ = writer.communicate()
            assert writer.returncode == 0
            acknowledged += told(iter(output.splitlines(keepends=True)))
        last = recorder.max_notification_id()
        assert last is not None

        seen = tail.up_to(last)

    assert are_whole(seen)
    assert [position for _stream, _version, position in seen] == list(
        range(1, last + 1)
    )
    assert set(acknowledged) <= set(seen)
    assert len(acknowledged) == len(set(acknowledged))
    # The victim may have committed once without having told anybody.
    untold = set(seen) - set(acknowledged)
    assert {stream for stream, _version, _position in untold} <= {
        "booking-3",
        "booking-0",
    }
    assert len(untold) <= 6
