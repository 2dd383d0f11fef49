"""Rebuilds while others write, and rebuilds that are killed: no row is lost."""

import asyncio
import itertools
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from application.answers import Answered
from application.calls import Call
from application.committer import commit
from application.queries import Seen
from application.rebuild import Rebuilt, rebuild
from application.verify import verify
from domain import commands
from domain.policy import MoveLimit, OpenLimit
from domain.structs import replace
from tests import stores, stories
from tests.examples import BOOKING_ID, DAY, HOUR, MONDAY, OPERATOR, ORG_NR, POLICY
from tests.stories import BOOKINGS, PENDING_ID, VAULT

OWNERS = 30
REBUILDS = 4  # that had something to catch up with
VERIFIES = 5
WRITERS = 2
ROOT = Path(__file__).parents[2]
STEPS = ("prepare", "{}", "fill", "finish", "catch_up", "_advance", "_rename", "swap")
SAID = "SELECT booking_id FROM message"
TURN = timedelta(minutes=75)  # a service with its buffer
# One owner has all bookings, and moves them as often as there is time.
LENIENT = stories.workshop(
    commands.AddWorkshop(
        at=MONDAY,
        by=OPERATOR,
        org_nr=ORG_NR,
        name="Verksted",
        policy=replace(
            POLICY,
            rules=replace(
                POLICY.rules,
                open_bookings=OpenLimit(limit=OWNERS),
                max_reschedules=MoveLimit(limit=1_000_000),
            ),
        ),
    )
)


def test_what_is_written_during_rebuilds_is_in_the_rows(store_url):
    stories.told(store_url, [LENIENT, *map(placed, range(OWNERS))])

    with writing(store_url) as writers:
        late = 0
        while late < REBUILDS and not any(writer.failures for writer in writers):
            late += rebuilt(store_url, writers).caught_up > 0

    assert [writer.failures for writer in writers] == [[]] * WRITERS
    said = sum((writer.said for writer in writers), Counter[int]())
    assert said == Counter(
        booking_id for (booking_id,) in stories.rows(store_url, SAID)
    )
    assert differences(store_url) == ()


def test_verify_tells_of_nothing_that_is_just_being_written(store_url):
    stories.told(store_url, [LENIENT, *map(placed, range(OWNERS))])

    with writing(store_url) as writers:
        for _time in range(VERIFIES):
            wait_for_more(writers)
            assert differences(store_url) == ()

    assert [writer.failures for writer in writers] == [[]] * WRITERS


def test_a_rebuild_may_be_killed_after_each_step(store_url):
    stories.told(store_url)
    write = "_insert" if stores.is_sqlite(store_url) else "_copy"

    for number, step in enumerate(STEPS):
        before = stories.tables(store_url)

        killed(store_url, step.format(write))

        assert stories.tables(store_url) == before
        start = MONDAY + (1 + number) * timedelta(weeks=1)
        move = stories.move(PENDING_ID, start, at=MONDAY + DAY, number=60 + number)
        asyncio.run(stories.tell(store_url, [move]))
        assert differences(store_url) == ()
    with stores.shadow(store_url) as shadow:
        assert rebuild(shadow).streams == len(BOOKINGS) + 1
    assert differences(store_url) == ()


def killed(url: str, step: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.storms.rebuilder", url, step],
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL


def differences(url: str) -> Sequence[str]:
    with stores.snapshot(url) as snapshot:
        return tuple(found.words for found in verify(snapshot).differences)


def start_of(number: int, choice: int) -> datetime:
    """Return one of the times that belong to a booking alone."""
    day, turn = divmod(2 * number, 6)
    weeks, weekday = divmod(day, 6)
    monday = MONDAY - 2 * HOUR + (1 + weeks) * timedelta(weeks=1)
    return monday + weekday * DAY + (turn + choice) * TURN


def placed(number: int) -> Call:
    return stories.place(BOOKING_ID + 1024 * number, start_of(number, 0))


class Writer:
    """An owner who moves bookings and says so, until told to stop."""

    def __init__(self, url: str, mine: Sequence[int], first: int) -> None:
        self._url = url
        self._mine = mine
        self._numbers = itertools.count(first)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._write()))
        self.wrote = threading.Event()
        self.said: Counter[int] = Counter()
        self.failures: list[object] = []

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    async def _write(self) -> None:
        async with (
            stores.storing(self._url) as store,
            stores.reading(self._url) as reader,
        ):
            for round_ in itertools.count(1):
                for several in batched(self._mine, 3):
                    calls = [self._call(number, round_) for number in several]
                    outcomes = await commit(store, VAULT, calls)
                    for call, outcome in zip(calls, outcomes, strict=True):
                        self._take(call, outcome)
                        found = await reader.booking(call.booking_id)
                        self._must_show(found, outcome)
                    self.wrote.set()
                    if self._stop.is_set() or self.failures:
                        return

    def _call(self, number: int, round_: int) -> Call:
        """Move to the other time; every fifth booking asks for it, too late."""
        start = start_of(number, round_ % 2)
        at = MONDAY if number % 5 else start_of(number, 0) - HOUR
        if not number % 5:
            start += timedelta(weeks=5)
        return stories.move(
            BOOKING_ID + 1024 * number,
            start,
            at=at,
            number=next(self._numbers),
            text="Another time?",
        )

    def _take(self, call: Call, outcome: object) -> None:
        if not isinstance(outcome, Answered) or outcome.answer.refused is not None:
            self.failures.append(outcome)
        else:
            self.said[call.booking_id] += 1

    def _must_show(self, found: Seen | None, outcome: object) -> None:
        """Whoever was answered sees at least what the answer told."""
        if found is None or not isinstance(outcome, Answered):
            self.failures.append((found, outcome))
        elif found.stored.head.position < outcome.position:
            self.failures.append((found.stored.head, outcome.position))


def batched(numbers: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for first in range(0, len(numbers), size):
        yield numbers[first : first + size]


@contextmanager
def writing(url: str) -> Iterator[list[Writer]]:
    numbers = range(OWNERS)
    writers = [
        Writer(url, numbers[n::WRITERS], first=(n + 1) * 10**9) for n in range(WRITERS)
    ]
    with ExitStack() as stack:
        for writer in writers:
            writer.start()
            stack.callback(writer.stop)
        yield writers


def wait_for_more(writers: Sequence[Writer]) -> None:
    for writer in writers:
        writer.wrote.clear()
        writer.wrote.wait()


def rebuilt(url: str, writers: Sequence[Writer]) -> Rebuilt:
    """Rebuild once, after everybody has written something more."""
    wait_for_more(writers)
    with stores.shadow(url) as shadow:
        return rebuild(shadow)
